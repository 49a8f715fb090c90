//! For tests: every overlay, at every size, in every theme, with every number of colours, and in ASCII.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use super::tests::Bench;
use super::*;
use crate::ui::contrast;
use crate::ui::snapshot::text;
use crate::ui::theme::Depth;

/// How each overlay is opened over the toys; what it says somewhere.
const OVERLAYS: [(&str, &str); 8] = [
    ("", "Alpha draws"),
    ("?", "Everywhere"),
    (":", "Find"),
    ("c", "Serial"),
    ("F1", "What a pool of threads gives"),
    ("F3", "Results"),
    ("F4", "what is done under a strategy"),
    ("/", "Filter"),
];

const DEPTHS: [Depth; 4] = [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None];

/// Whether a cell shows something that cannot be seen.
fn is_hidden(cell: &Cell) -> bool {
    let plain = !cell.modifier.contains(Modifier::REVERSED);
    plain && !cell.symbol().trim().is_empty() && cell.fg == cell.bg && cell.fg != ratatui::style::Color::Reset
}

fn drawn(bench: &mut Bench, look: Look) -> Buffer {
    bench.state.look = look;
    bench.screen();
    bench.buffer.clone()
}

#[test]
fn every_overlay_can_be_read_in_every_theme_at_every_size() {
    for (keys, says) in OVERLAYS {
        for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
            let mut bench = Bench::new(3, columns, rows);
            if !keys.is_empty() {
                bench.press(keys);
                bench.state.refresh();
            }
            let wanted = bench.screen();
            assert!(wanted.contains(says), "{keys:?}:\n{wanted}");
            for theme in ["dark", "light", "presenter"] {
                for depth in DEPTHS {
                    let place = format!("{keys:?} at {columns}x{rows}, {theme}, {depth:?}");
                    let look = Look { depth, ..Look::shipped(theme) };
                    let buffer = drawn(&mut bench, look.clone());
                    assert_eq!(text(&buffer), wanted, "{place}: the same words in every theme");
                    if depth == Depth::True {
                        assert_eq!(contrast::too_faint(&buffer, contrast::DARK), None, "{place}");
                    }
                    let hidden = buffer.content.iter().position(is_hidden);
                    assert_eq!(hidden, None, "{place}: a character in the colour of its ground");
                    let ascii = text(&drawn(&mut bench, Look { ascii: true, ..look }));
                    assert!(ascii.is_ascii(), "{place}:\n{ascii}");
                    let unknown = |text: &str| text.matches('?').count();
                    assert_eq!(unknown(&ascii), unknown(&wanted), "{place}: a glyph without a likeness\n{ascii}");
                }
            }
        }
    }
}

#[test]
fn without_unicode_the_screen_keeps_its_shape() {
    let mut bench = Bench::new(3, 80, 24);
    bench.press("F4");
    bench.state.look = Look { ascii: true, depth: Depth::Sixteen, ..Look::shipped("dark") };
    insta::assert_snapshot!("ascii_80x24", bench.screen());
}
