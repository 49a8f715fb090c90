//! Five lines for whoever starts the program for the first time.

use crate::app::keys::Keymap;
use crate::app::overlay::framed;
use crate::labs::LabAbout;
use crate::ui::Canvas;

/// Columns of the box, its frame included.
const COLUMNS: u16 = 62;

/// What is said: the action whose key stands before it, and the words.
const LINES: [(&str, &str); 5] = [
    (".next-strategy", "switches the strategy of the pane in focus, while it runs"),
    ("app.next-pane", "goes to the next pane; a page has three of seven labs"),
    ("app.code", "shows the code that runs"),
    ("app.palette", "finds what can be done by its name: try tour"),
    ("app.help", "shows every key; q leaves"),
];

/// The hint. It takes no key: whatever is done takes it away.
#[derive(Debug)]
pub struct Welcome;

impl Welcome {
    /// Draws it over the panes.
    pub fn draw(&self, canvas: &mut Canvas<'_>, keymap: &Keymap, lab: &LabAbout) {
        let rows = LINES.len() as u16 + 2;
        let mut inside = framed(canvas, COLUMNS, rows, "Welcome to fanout", "any key goes on");
        let theme = inside.theme;
        for (row, (action, words)) in LINES.into_iter().enumerate() {
            let bound = keymap.of(lab).find(|bound| bound.binding.action == action);
            let key = bound.and_then(|bound| bound.keys.first()).map(ToString::to_string).unwrap_or_default();
            inside.text(0, row as u16, &key, theme.key);
            inside.text(5, row as u16, words, theme.text);
        }
    }
}
