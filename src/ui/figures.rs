//! Figures as people read them: digits in groups, times with the unit that fits.

/// A count with its digits in groups of three: `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time in three figures and its unit: `("4.21", "ms")`.
pub fn duration(seconds: f64) -> (String, &'static str) {
    let (scaled, unit) = match seconds {
        s if s.is_nan() || s < 0.0 => return ("–".to_owned(), "s"),
        s if s < 0.999_5e-6 => (s * 1e9, "ns"),
        s if s < 0.999_5e-3 => (s * 1e6, "µs"),
        s if s < 0.999_5 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    (three_figures(scaled), unit)
}

/// A rate in three figures with the prefix that fits: `("1.25", "k")`, `("95.0", "G")`, `("640", "")`.
pub fn rate(per_second: f64) -> (String, &'static str) {
    let (scaled, prefix) = match per_second {
        r if r.is_nan() || r < 0.0 => return ("–".to_owned(), ""),
        r if r < 999.5 => (r, ""),
        r if r < 999.5e3 => (r / 1e3, "k"),
        r if r < 999.5e6 => (r / 1e6, "M"),
        r => (r / 1e9, "G"),
    };
    (three_figures(scaled), prefix)
}

/// Memory in three figures and its unit: `("433", "B")`, `("9.60", "KiB")`.
pub fn bytes(bytes: f64) -> (String, &'static str) {
    let (scaled, unit) = match bytes {
        b if b.is_nan() || b < 0.0 => return ("–".to_owned(), "B"),
        b if b < 999.5 => (b, "B"),
        b if b < 999.5 * 1024.0 => (b / 1024.0, "KiB"),
        b if b < 999.5 * 1024.0 * 1024.0 => (b / 1024.0 / 1024.0, "MiB"),
        b => (b / 1024.0 / 1024.0 / 1024.0, "GiB"),
    };
    (three_figures(scaled), unit)
}

/// A ratio in three figures: `2.04x`.
pub fn times(ratio: f64) -> String {
    format!("{}x", three_figures(ratio))
}

fn three_figures(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_time_has_three_figures_and_its_unit() {
        let read = |seconds| {
            let (number, unit) = duration(seconds);
            format!("{number} {unit}")
        };
        assert_eq!(
            [0.0, 12.34e-9, 999.9e-9, 0.004_213, 0.999_9, 75.0].map(read),
            ["0.00 ns", "12.3 ns", "1.00 µs", "4.21 ms", "1.00 s", "75.0 s"]
        );
        assert_eq!((rate(640.0), rate(1250.0)), (("640".to_owned(), ""), ("1.25".to_owned(), "k")));
        assert_eq!(rate(95.04e9), ("95.0".to_owned(), "G"));
        let read = |size| bytes(size).0 + " " + bytes(size).1;
        assert_eq!([433.0, 9830.4, 2e6, 3.5e9].map(read), ["433 B", "9.60 KiB", "1.91 MiB", "3.26 GiB"]);
    }
}
