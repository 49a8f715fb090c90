//! The README's tables come from the tables in code. `FANOUT_UPDATE=1 cargo test --test readme` rewrites them.

use std::fmt::Write as _;
use std::path::Path;

use fanout::app::keys::{GLOBAL, TOUR};
use fanout::labs::{self, Lab, Start};
use fanout::ui::input::Binding;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_tables_are_those_of_the_code() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let labs = labs::all(&Start::alone(folder.path()));
    let written = std::fs::read_to_string(README).expect("the README is there");
    let mut wanted = replaced(&written, "strategies", &strategies(&labs));
    wanted = replaced(&wanted, "keys", &keys(&labs));
    if std::env::var_os("FANOUT_UPDATE").is_some() {
        std::fs::write(Path::new(README), &wanted).expect("the README can be written");
    }
    let written = std::fs::read_to_string(README).expect("the README is there");
    assert!(
        written == wanted,
        "the README's tables are not those of the code: FANOUT_UPDATE=1 cargo test --test readme"
    );
}

fn strategies(labs: &[Box<dyn Lab>]) -> String {
    let mut text = String::new();
    for lab in labs {
        let _ = writeln!(
            text,
            "\n**{}**: {}\n\n| strategy | item | what it shows |\n|---|---|---|",
            lab.about().title,
            lab.about().line
        );
        for about in lab.strategies() {
            let item = if about.item == 0 { String::new() } else { about.item.to_string() };
            let wrong = if about.wrong_on_purpose { " (wrong on purpose)" } else { "" };
            let _ = writeln!(text, "| `{}` | {item} | {}{wrong} |", about.id, about.claim);
        }
    }
    text
}

fn keys(labs: &[Box<dyn Lab>]) -> String {
    let mut text = String::from("\n| key | everywhere | action |\n|---|---|---|\n");
    rows(&mut text, GLOBAL);
    text.push_str("\n| key | while a tour is on | action |\n|---|---|---|\n");
    rows(&mut text, TOUR);
    for lab in labs {
        let _ = writeln!(text, "\n| key | {} | action |\n|---|---|---|", lab.about().title);
        rows(&mut text, lab.about().bindings);
    }
    text
}

fn rows(text: &mut String, table: &[Binding]) {
    for binding in table {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        let keys = if keys.len() > 3 { format!("{}…{}", keys[0], keys[keys.len() - 1]) } else { keys.join(" ") };
        let _ = writeln!(text, "| {keys} | {} | `{}` |", binding.help, binding.action);
    }
}

/// The text with what stands between the two marks of this name replaced.
fn replaced(text: &str, name: &str, content: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("the README has the mark {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the README has the mark {end}"));
    format!("{before}{begin}{content}\n{end}{after}")
}
