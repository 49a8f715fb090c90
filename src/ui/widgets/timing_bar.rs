//! A measured time as a bar with whiskers, and a run under way as a bar that fills.

use ratatui::style::{Color, Style};

use crate::ui::Canvas;

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A time to draw: the bar ends at the median, the whiskers at the shortest and the longest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The middle time.
    pub median: f64,
    /// The shortest.
    pub min: f64,
    /// The longest.
    pub max: f64,
    /// What a bar over the whole width stands for, in the same unit.
    pub full: f64,
}

/// Draws a timing in the first row of the canvas. A time above zero is never drawn as nothing.
pub fn timing_bar(canvas: &mut Canvas<'_>, timing: Timing, style: Style) {
    let width = f64::from(canvas.area.width);
    let at = |value: f64| if timing.full > 0.0 { (value / timing.full).clamp(0.0, 1.0) * width } else { 0.0 };
    let (min, median, max) = (at(timing.min), at(timing.median), at(timing.max));
    filled(canvas, median, style);
    let (first, last) = (min.floor() as u16, (max.ceil() as u16).saturating_sub(1));
    // Within two columns a whisker would only make the bar's end unclear.
    if last < first + 2 {
        return;
    }
    let (open, line, close) = if canvas.theme.ascii { ("|", "-", "|") } else { ("├", "─", "┤") };
    for column in first..=last.min(canvas.area.width.saturating_sub(1)) {
        let glyph = if column == first {
            open
        } else if column == last {
            close
        } else {
            line
        };
        let inside = f64::from(column) + 0.5 < median;
        // On the bar the whisker is cut out of it; without colours, and beyond the bar, it stands in the bar's own colour.
        let style = match style.fg {
            Some(colour) if inside && colour != Color::Reset => Style::new().fg(Color::Black).bg(colour),
            _ => style,
        };
        canvas.text(column, 0, glyph, style);
    }
}

/// Draws how far a run has come, `share` from 0 to 1, in the first row of the canvas: what is done in `style`, the rest as an
/// empty track.
pub fn progress_bar(canvas: &mut Canvas<'_>, share: f64, style: Style) {
    let width = canvas.area.width;
    let track = if canvas.theme.ascii { "." } else { "░" };
    let faint = canvas.theme.faint;
    canvas.text(0, 0, &track.repeat(width.into()), faint);
    filled(canvas, share.clamp(0.0, 1.0) * f64::from(width), style);
}

/// Draws a bar of so many columns, to an eighth of one.
fn filled(canvas: &mut Canvas<'_>, columns: f64, style: Style) {
    if columns <= 0.0 {
        return;
    }
    if canvas.theme.ascii {
        canvas.text(0, 0, &"#".repeat((columns.round() as usize).max(1)), style);
        return;
    }
    let eighths = ((columns * 8.0).round() as usize).max(1);
    let bar = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    canvas.text(0, 0, &bar, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Theme;
    use crate::ui::snapshot;
    use crate::ui::theme::Depth;
    use ratatui::{buffer::Buffer, layout::Rect};

    fn timing(ascii: bool, median: f64, min: f64, max: f64) -> String {
        let theme = Theme::dark(Depth::None, ascii);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        let area = buffer.area;
        let timing = Timing { median, min, max, full: 12.0 };
        timing_bar(&mut Canvas::new(&mut buffer, area, &theme), timing, Style::new());
        snapshot::text(&buffer).trim_end().to_owned()
    }

    #[test]
    fn the_bar_ends_at_the_median_and_the_whiskers_at_the_extremes() {
        assert_eq!(timing(false, 6.5, 6.4, 6.6), "██████▌");
        assert_eq!(timing(false, 6.0, 3.0, 10.0), "███├─────┤");
        assert_eq!(timing(true, 6.0, 5.9, 6.1), "######");
        assert_eq!(timing(true, 6.0, 3.0, 10.0), "###|-----|");
        assert_eq!(timing(false, 0.001, 0.001, 0.001), "▏", "something is not nothing");
        assert_eq!(timing(false, 99.0, 1.0, 99.0), "█├─────────┤", "what is too long is cut");
    }

    #[test]
    fn a_run_fills_its_track() {
        let picture = |share| snapshot::picture(8, 1, |canvas| progress_bar(canvas, share, Style::new()));
        assert_eq!([picture(0.0), picture(0.5), picture(2.0)], ["░░░░░░░░\n", "████░░░░\n", "████████\n"]);
    }
}
