//! A table of results, written for people, as CSV or as Markdown.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::headless::{Failure, Format};

/// A column's heading and how its cells stand.
#[derive(Debug, Clone)]
pub struct Column {
    /// The heading, as in CSV.
    pub title: Cow<'static, str>,
    /// Numbers stand at the right.
    pub right: bool,
}

/// Rows under headings.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// A column of text.
pub fn text(title: impl Into<Cow<'static, str>>) -> Column {
    Column { title: title.into(), right: false }
}

/// A column of numbers.
pub fn number(title: impl Into<Cow<'static, str>>) -> Column {
    Column { title: title.into(), right: true }
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: vec![] }
    }

    /// Adds a row, a cell for each column.
    pub fn row(&mut self, cells: impl Into<Vec<String>>) {
        let cells = cells.into();
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// Writes it to stdout. JSON has its own form, and is not a table's to write.
    pub fn print(&self, format: Format) -> Result<(), Failure> {
        let text = match format {
            Format::Csv => self.csv(),
            Format::Markdown => self.markdown(),
            Format::Human | Format::Json => self.aligned(),
        };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Columns aligned by spaces.
    pub fn aligned(&self) -> String {
        let widths = self.widths();
        let mut out = String::new();
        for cells in std::iter::once(self.headings()).chain(self.rows.clone()) {
            let mut line = String::new();
            for ((cell, column), width) in cells.iter().zip(&self.columns).zip(&widths) {
                let fill = " ".repeat(width - cell.width());
                let _ = if column.right { write!(line, "{fill}{cell}  ") } else { write!(line, "{cell}{fill}  ") };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// Comma-separated values with a header (RFC 4180).
    pub fn csv(&self) -> String {
        let quoted = |cell: &String| {
            if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let lines = std::iter::once(self.headings()).chain(self.rows.clone());
        lines.map(|cells| cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n").collect()
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rules: Vec<String> =
            self.columns.iter().map(|column| if column.right { "---:" } else { "---" }.to_owned()).collect();
        let escaped = |cells: &Vec<String>| cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>();
        let mut out = line(&self.headings()) + &line(&rules);
        for cells in &self.rows {
            out.push_str(&line(&escaped(cells)));
        }
        out
    }

    fn headings(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.title.to_string()).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let width = |place: usize| self.rows.iter().map(|cells| cells[place].width()).max().unwrap_or(0);
        self.columns.iter().enumerate().map(|(place, column)| column.title.width().max(width(place))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([text("strategy"), number("seconds")]);
        table.row(["serial".to_owned(), "12.5".to_owned()]);
        table.row(["a,\"b\"|".to_owned(), "1".to_owned()]);
        table
    }

    #[test]
    fn a_table_is_written_in_three_ways() {
        assert_eq!(table().aligned(), "strategy  seconds\nserial       12.5\na,\"b\"|          1\n");
        assert_eq!(table().csv(), "strategy,seconds\nserial,12.5\n\"a,\"\"b\"\"|\",1\n");
        assert_eq!(
            table().markdown(),
            "| strategy | seconds |\n| --- | ---: |\n| serial | 12.5 |\n| a,\"b\"\\| | 1 |\n"
        );
    }
}
