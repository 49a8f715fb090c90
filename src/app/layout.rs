//! Where everything stands, for each size of the terminal.
//!
//! ```text
//! ┌ header: labs, pulse ────────────┐      on less than 76x20, or zoomed:
//! │ pane 1          │ pane 2        │      ┌ header ─────────┐
//! │                 │               │      │ the pane in     │
//! ├─────────────────┴───────────────┤      │ focus           │
//! │ pane 3                          │      │                 │
//! └ status: notice or keys ─────────┘      └ status ─────────┘
//! ```
//!
//! Three labs make a page; the page shown is the one that holds the focus.

use ratatui::layout::{Constraint, Layout as Split, Rect};

/// The smallest terminal that anything is drawn on.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Below this the pane in focus stands alone.
const THREE_PANES: (u16, u16) = (76, 20);

/// Labs on one page.
const PAGE: usize = 3;

/// The rectangles of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The names of the labs, and the pulse.
    pub header: Rect,
    /// All that lies between header and status.
    pub body: Rect,
    /// Lab and rectangle of each pane that is shown, frame included.
    pub panes: Vec<(usize, Rect)>,
    /// The notice, or the keys that matter now.
    pub status: Rect,
}

impl Layout {
    /// The layout of a screen with so many labs; None when it is too small for anything.
    pub fn new(area: Rect, labs: usize, focus: usize, zoomed: bool) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let [header, body, status] =
            Split::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        let first = focus / PAGE * PAGE;
        let page: Vec<usize> = (first..labs.min(first + PAGE)).collect();
        let alone = zoomed || area.width < THREE_PANES.0 || area.height < THREE_PANES.1;
        let panes =
            if alone { vec![(focus, body)] } else { page.iter().copied().zip(places(body, page.len())).collect() };
        Some(Self { header, body, panes, status })
    }

    /// The lab whose pane is at this cell, and the pane.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<(usize, Rect)> {
        self.panes.iter().copied().find(|(_, area)| area.contains((column, row).into()))
    }

    /// The pane of a lab, if it is shown.
    pub fn pane(&self, lab: usize) -> Option<Rect> {
        self.panes.iter().find(|(shown, _)| *shown == lab).map(|(_, area)| *area)
    }
}

/// The inside of a pane's frame.
pub fn inside(pane: Rect) -> Rect {
    Rect { x: pane.x + 1, y: pane.y + 1, width: pane.width.saturating_sub(2), height: pane.height.saturating_sub(2) }
}

fn places(body: Rect, count: usize) -> Vec<Rect> {
    let halves = |area: Rect| {
        let [left, right] = Split::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
        [left, right]
    };
    match count {
        0 => vec![],
        1 => vec![body],
        2 => halves(body).to_vec(),
        _ => {
            let [top, bottom] = Split::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(body);
            let [left, right] = halves(top);
            vec![left, right, bottom]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: u16, rows: u16, labs: usize, focus: usize, zoomed: bool) -> Option<Layout> {
        Layout::new(Rect::new(0, 0, columns, rows), labs, focus, zoomed)
    }

    #[test]
    fn panes_fill_the_body_without_overlap() {
        for (columns, rows) in [(80, 24), (120, 40), (200, 60), (76, 20), (400, 200)] {
            for labs in 1..=7 {
                for focus in 0..labs {
                    let layout = layout(columns, rows, labs, focus, false).unwrap();
                    let cells: u32 = layout.panes.iter().map(|(_, area)| area.area()).sum();
                    assert_eq!(cells, layout.body.area(), "{columns}x{rows}, {labs} labs");
                    assert!(layout.pane(focus).is_some(), "the pane in focus is shown");
                    for (lab, area) in &layout.panes {
                        assert_eq!(layout.pane_at(area.x, area.y), Some((*lab, *area)));
                    }
                }
            }
        }
    }

    #[test]
    fn small_screens_show_one_pane_and_tiny_ones_none() {
        assert_eq!(layout(39, 12, 3, 0, false), None);
        assert_eq!(layout(40, 11, 3, 0, false), None);
        assert_eq!(layout(40, 12, 3, 1, false).unwrap().panes, [(1, Rect::new(0, 1, 40, 10))]);
        assert_eq!(layout(120, 40, 3, 2, true).unwrap().panes, [(2, Rect::new(0, 1, 120, 38))]);
    }
}
