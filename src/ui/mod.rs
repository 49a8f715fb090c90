//! Floor 2: input, theme, canvas and widgets. Knows no lab.
