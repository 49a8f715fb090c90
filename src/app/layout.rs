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
//! Three labs make a page; the page shown is the one that holds the focus. A tour takes a column at the right from
//! [`WIDE`] columns on, else a strip above the status, and the panes share the rest.

use ratatui::layout::{Constraint, Layout as Split, Rect};

/// The smallest terminal that anything is drawn on.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Below this the pane in focus stands alone.
const THREE_PANES: (u16, u16) = (76, 20);

/// From here on a tour's text stands in a column of its own.
const WIDE: u16 = 110;

/// Columns of a tour's text at the right, and rows of it at the bottom.
const TOUR: (u16, u16) = (42, 9);

/// Labs on one page.
const PAGE: usize = 3;

/// The rectangles of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The names of the labs, and the pulse.
    pub header: Rect,
    /// All that lies between header and status, but for the tour.
    pub body: Rect,
    /// Lab and rectangle of each pane that is shown, frame included.
    pub panes: Vec<(usize, Rect)>,
    /// The tour's text, while one is on.
    pub tour: Option<Rect>,
    /// The notice, or the keys that matter now.
    pub status: Rect,
}

impl Layout {
    /// The layout of a screen with so many labs, and a tour if one is on; None when it is too small for anything.
    pub fn new(area: Rect, labs: usize, focus: usize, zoomed: bool, touring: bool) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let [header, body, status] =
            Split::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        let (body, tour) = if touring { beside_tour(body) } else { (body, None) };
        let first = focus / PAGE * PAGE;
        let page: Vec<usize> = (first..labs.min(first + PAGE)).collect();
        let alone = zoomed || body.width < THREE_PANES.0 || body.height + 2 < THREE_PANES.1;
        let panes =
            if alone { vec![(focus, body)] } else { page.iter().copied().zip(places(body, page.len())).collect() };
        Some(Self { header, body, panes, tour, status })
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

/// What is left of the body beside a tour, and the tour's place.
fn beside_tour(body: Rect) -> (Rect, Option<Rect>) {
    let (columns, rows) = TOUR;
    let [rest, tour] = if body.width >= WIDE {
        Split::horizontal([Constraint::Fill(1), Constraint::Length(columns)]).areas(body)
    } else {
        Split::vertical([Constraint::Fill(1), Constraint::Length(rows.min(body.height / 2))]).areas(body)
    };
    (rest, Some(tour))
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
        Layout::new(Rect::new(0, 0, columns, rows), labs, focus, zoomed, false)
    }

    #[test]
    fn a_tour_stands_beside_the_panes_or_below_them() {
        let touring = |columns, rows| Layout::new(Rect::new(0, 0, columns, rows), 3, 0, false, true).unwrap();
        let wide = touring(120, 40);
        assert_eq!((wide.tour, wide.body), (Some(Rect::new(78, 1, 42, 38)), Rect::new(0, 1, 78, 38)));
        assert_eq!(wide.panes.len(), 3);
        let narrow = touring(80, 24);
        assert_eq!((narrow.tour, narrow.panes), (Some(Rect::new(0, 14, 80, 9)), vec![(0, Rect::new(0, 1, 80, 13))]));
        let tiny = touring(40, 12);
        assert_eq!(tiny.tour.unwrap().height + tiny.body.height, 10);
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
