//! Floor 1: workers, runners, strategies, measurement. Knows no lab and no screen.
