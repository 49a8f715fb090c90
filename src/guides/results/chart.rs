//! The bar chart of a results card.

use std::fmt::Write as _;

use super::Results;
use crate::runtime::machine::Machine;

/// The picture's width, the room of names at the left and of numbers at the right, in its own units.
const WIDTH: f64 = 860.0;
const NAMES: f64 = 190.0;
const NUMBERS: f64 = 190.0;
/// Round the picture, and from one bar to the next.
const MARGIN: f64 = 24.0;
const STEP: f64 = 34.0;
const BAR: f64 = 20.0;
/// Above the first bar: title, and what the numbers are.
const HEAD: f64 = 78.0;

/// The chart as SVG, on white, so that it stands on every page.
pub(super) fn svg(results: &Results, machine: &Machine) -> String {
    let height = HEAD + STEP * results.rows.len() as f64 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\" font-size=\"15\" fill=\"#1a2230\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#ffffff\"/>\n"
    );
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = out.write_fmt(text);
        out.push('\n');
    };
    let Results { title, what, .. } = results;
    let (top, second) = (MARGIN + 18.0, MARGIN + 42.0);
    line(format_args!(
        "<text x=\"{MARGIN}\" y=\"{top}\" font-size=\"20\" font-weight=\"600\">{}</text>",
        escaped(title)
    ));
    line(format_args!("<text x=\"{MARGIN}\" y=\"{second}\" fill=\"#5c677a\">{}</text>", escaped(what)));
    let full = WIDTH - 2.0 * MARGIN - NAMES - NUMBERS;
    let left = MARGIN + NAMES;
    for (place, row) in results.rows.iter().enumerate() {
        let y = HEAD + MARGIN / 2.0 + STEP * place as f64;
        let base = y + BAR * 0.75;
        let width = (row.share * full).max(2.0);
        let mark = if row.measured.contended { "~ " } else { "" };
        let times = row.times.map(|times| format!("{times:.2}x")).unwrap_or_default();
        let (name_end, number_end) = (left - 12.0, WIDTH - MARGIN - 76.0);
        line(format_args!("<text x=\"{name_end}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>", escaped(row.title)));
        line(format_args!(
            "<rect class=\"bar\" x=\"{left}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"#0072b2\"/>"
        ));
        line(format_args!(
            "<text x=\"{number_end}\" y=\"{base:.1}\" text-anchor=\"end\" font-weight=\"600\">{mark}{}</text>",
            escaped(&row.measured.text())
        ));
        let right = WIDTH - MARGIN;
        line(format_args!("<text x=\"{right}\" y=\"{base:.1}\" text-anchor=\"end\" fill=\"#5c677a\">{times}</text>"));
    }
    let foot = height - MARGIN / 2.0;
    let contended = if results.is_contended() { " · ~ contended: others used the machine" } else { "" };
    line(format_args!(
        "<text x=\"{MARGIN}\" y=\"{foot}\" font-size=\"12\" fill=\"#5c677a\">{}{contended}</text>",
        escaped(&machine.line())
    ));
    out.push_str("</svg>\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
