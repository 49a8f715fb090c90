//! The decision tree, answered by keys; at its leaf what to take, and what was measured behind it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::overlay::{Outcome, Overlay, cards, framed};
use crate::guides::advice::adviser::{Adviser, Asked};
use crate::guides::advice::evidence::{self, Board, Finding, Topic};
use crate::guides::advice::tree::{Answer, Leaf, Node, Question, ROOT, SEED_THRESHOLD};
use crate::guides::cards::Shown;
use crate::ui::figures::grouped;
use crate::ui::input::{Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::wrap::wrapped;
use crate::ui::{Canvas, Theme};

/// Columns of the box, its frame included.
const COLUMNS: u16 = 92;

/// On a screen of so many rows the whole tree is drawn, on a lower one the way that was taken.
const WHOLE_TREE: u16 = 39;

/// Columns for a finding's number and unit.
const NUMBER: usize = 9;
const UNIT: usize = 19;

/// The tree, and the way taken so far.
#[derive(Debug)]
pub struct Advice {
    adviser: Adviser,
    /// The measurement under way, which ends when this overlay does.
    asked: Option<Asked>,
    /// A leaf was reached, and what is missing behind it is to be measured as soon as the adviser is free.
    due: bool,
    /// The answers given.
    path: Vec<&'static Answer>,
    /// The adviser's changes that were drawn.
    seen: u64,
    scroll: usize,
    hidden: usize,
}

impl Advice {
    /// The tree at its root.
    pub fn new(adviser: Adviser) -> Self {
        Self { adviser, asked: None, due: false, path: Vec::new(), seen: 0, scroll: 0, hidden: 0 }
    }

    fn node(&self) -> Node {
        self.path.last().map_or(Node::Ask(&ROOT), |answer| answer.then)
    }

    fn answer(&mut self, character: char) -> Outcome {
        match self.node() {
            Node::Ask(question) => {
                if let Some(answer) = question.by_key(character) {
                    self.path.push(answer);
                    self.scroll = 0;
                    self.due = matches!(answer.then, Node::Take(_));
                    self.begin_due();
                } else if character == 'r' && question.by_value("few").is_some() {
                    self.measure(&[Topic::Crossover]);
                }
            }
            Node::Take(leaf) if character == 'r' => self.measure(leaf.evidence),
            Node::Take(_) => {}
        }
        Outcome::Stay
    }

    /// Takes the last answer back, and ends what is measured behind it.
    fn back(&mut self) -> Outcome {
        self.path.pop();
        self.scroll = 0;
        self.due = false;
        self.asked = None;
        Outcome::Stay
    }

    /// Measures what is missing behind the leaf that was reached, once, unless something else is being measured.
    fn begin_due(&mut self) {
        let Node::Take(leaf) = self.node() else { return };
        let (missing, busy) = self.missing(leaf.evidence);
        if self.due && !busy {
            self.due = false;
            self.asked = (!missing.is_empty()).then(|| self.adviser.ask(missing));
        }
    }

    /// Measures what is missing; all of it again when nothing is.
    fn measure(&mut self, topics: &[Topic]) {
        let (missing, busy) = self.missing(topics);
        if !busy {
            self.asked = Some(self.adviser.ask(if missing.is_empty() { topics.to_vec() } else { missing }));
        }
    }

    /// Those of the topics that have no number to quote yet; and whether something is being measured now.
    fn missing(&self, topics: &[Topic]) -> (Vec<Topic>, bool) {
        self.adviser.look(|board, now| {
            let found = |topic: &Topic| matches!(board.get(topic), Some(Ok(findings)) if is_quoted(findings));
            (topics.iter().copied().filter(|topic| !found(topic)).collect(), now.is_some())
        })
    }

    fn scroll_by(&mut self, rows: isize) -> Outcome {
        self.scroll = self.scroll.saturating_add_signed(rows).min(self.scroll + self.hidden);
        Outcome::Stay
    }
}

/// Whether every number that was to be measured is there.
fn is_quoted(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.value.is_some())
}

impl Overlay for Advice {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Named(NamedKey::Esc) | KeyCode::Char('q') => Outcome::Close,
            KeyCode::Named(NamedKey::Backspace | NamedKey::Left) => self.back(),
            KeyCode::Named(NamedKey::Down) => self.scroll_by(1),
            KeyCode::Named(NamedKey::Up) => self.scroll_by(-1),
            KeyCode::Named(NamedKey::Enter) => match self.node() {
                Node::Take(leaf) => Outcome::Do(cards::open(Shown { lab: leaf.lab, strategy: leaf.strategy })),
                Node::Ask(_) => Outcome::Stay,
            },
            KeyCode::Char(character) => self.answer(character),
            _ => Outcome::Stay,
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.scroll_by(1),
            MouseKind::WheelUp => self.scroll_by(-1),
            MouseKind::Press => Outcome::Close,
            MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn refresh(&mut self) -> bool {
        self.begin_due();
        let changes = self.adviser.changes();
        let fresh = changes != self.seen;
        self.seen = changes;
        fresh
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let width = usize::from(COLUMNS.min(canvas.area.width).saturating_sub(4));
        let whole = canvas.area.height >= WHOLE_TREE;
        let path = &self.path;
        let lines = self.adviser.look(|board, now| {
            let mut page = Page { theme, board, now, whole, width, lines: Vec::new() };
            page.question(&ROOT, "", path, true);
            match self.node() {
                Node::Take(leaf) => page.leaf(leaf),
                Node::Ask(question) => page.threshold(question),
            }
            page.lines
        });
        let rows = (lines.len() as u16 + 2).min(canvas.area.height);
        let foot = match self.node() {
            Node::Ask(_) => "the letters answer · Backspace back · Esc closes",
            Node::Take(_) => "Enter opens the lab on it · r measures again · Backspace back · Esc closes",
        };
        let mut inside = framed(canvas, COLUMNS, rows, "What should I take?", foot);
        let hidden = lines.len().saturating_sub(usize::from(inside.area.height));
        let scroll = self.scroll.min(hidden);
        for (row, line) in lines.iter().skip(scroll).take(usize::from(inside.area.height)).enumerate() {
            inside.line(row as u16, line);
        }
        (self.scroll, self.hidden) = (scroll, hidden - scroll);
    }
}

/// The lines of the overlay while they are made.
struct Page<'a> {
    theme: &'a Theme,
    board: &'a Board,
    now: Option<Topic>,
    whole: bool,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    /// A question and its answers, with what lies below the answers that were given; below the others when the whole tree is
    /// drawn. `taken` tells whether the way leads here.
    fn question(&mut self, question: &'static Question, prefix: &str, path: &[&'static Answer], taken: bool) {
        let theme = self.theme;
        let open = taken && path.is_empty();
        let style = if open { theme.strong } else { self.style(taken) };
        self.lines
            .push(Line::from(vec![Span::styled(prefix.to_owned(), theme.faint), Span::styled(question.text, style)]));
        for (index, answer) in question.answers.iter().enumerate() {
            let chosen = taken && path.first().is_some_and(|given| std::ptr::eq(*given, answer));
            if !(open || chosen || self.whole) {
                continue;
            }
            let last = index + 1 == question.answers.len();
            self.answer(question, answer, &format!("{prefix}{}", if last { "└─ " } else { "├─ " }), open, chosen);
            let below = format!("{prefix}{}", if last { "   " } else { "│  " });
            if let Node::Ask(next) = answer.then
                && (chosen || self.whole)
            {
                self.question(next, &below, if chosen { &path[1..] } else { &[] }, chosen);
            }
        }
    }

    fn answer(&mut self, question: &Question, answer: &Answer, prefix: &str, open: bool, chosen: bool) {
        let theme = self.theme;
        let (key, text) = match (open, chosen) {
            (true, _) => (theme.key, theme.text),
            (false, true) => (theme.accent, theme.accent),
            (false, false) => (theme.dim, theme.dim),
        };
        let mark = if chosen { "▸".to_owned() } else { answer.key.to_string() };
        let mut spans = vec![
            Span::styled(prefix.to_owned(), theme.faint),
            Span::styled(mark, key),
            Span::styled(format!(" {}", self.words(question, answer)), text),
        ];
        if let Node::Take(leaf) = answer.then
            && (chosen || self.whole)
        {
            spans.push(Span::styled(format!(" → {}", leaf.title), if chosen { theme.strong } else { theme.dim }));
        }
        self.lines.push(Line::from(spans));
    }

    /// What an answer says: few and many by the threshold that holds now.
    fn words(&self, question: &Question, answer: &Answer) -> String {
        let threshold = grouped(evidence::threshold(self.board).unwrap_or(SEED_THRESHOLD) as u64);
        match answer.value {
            "few" => format!("few: fewer than {threshold}"),
            "many" if question.by_value("few").is_some() => format!("many: {threshold} and more"),
            _ => answer.text.to_owned(),
        }
    }

    /// Where the threshold comes from, below the question that it decides.
    fn threshold(&mut self, question: &Question) {
        if question.by_value("few").is_none() {
            return;
        }
        let text = match evidence::threshold(self.board) {
            Some(here) => format!("threshold: {} measured here, {SEED_THRESHOLD} in the seed", grouped(here as u64)),
            None if self.now.is_some() => "measuring where coroutines overtake a pool …".to_owned(),
            None => format!("threshold: {SEED_THRESHOLD} by the seed; r measures it here"),
        };
        self.lines.extend([Line::default(), Line::styled(text, self.theme.dim)]);
    }

    fn leaf(&mut self, leaf: &Leaf) {
        let theme = self.theme;
        self.lines.push(Line::default());
        self.lines.push(Line::from(vec![
            Span::styled(format!("Take {}", leaf.title), theme.strong),
            Span::styled(format!("   {} lab, {}", leaf.lab, leaf.strategy), theme.dim),
        ]));
        for topic in leaf.evidence {
            self.topic(*topic);
        }
        for (who, text) in [("The seed:", leaf.seed), ("In Rust:", leaf.rust)] {
            for (line, words) in wrapped(&format!("{who} {text}"), self.width).into_iter().enumerate() {
                let style = if line == 0 { theme.text } else { theme.dim };
                self.lines.push(Line::styled(words, style));
            }
        }
    }

    /// What was found on a topic, or how far it has come.
    fn topic(&mut self, topic: Topic) {
        let theme = self.theme;
        let line = |text: String, style: Style| Line::styled(format!("  {text}"), style);
        if self.now == Some(topic) {
            return self.lines.push(line(format!("● measuring {}", topic.words()), theme.good));
        }
        match self.board.get(&topic) {
            None => self.lines.push(line(format!("– {}: not measured here", topic.words()), theme.dim)),
            Some(Err(why)) => self.lines.push(line(format!("✗ {}: {why}", topic.words()), theme.warn)),
            Some(Ok(findings)) => {
                let lines: Vec<Line<'static>> = findings.iter().map(|finding| self.finding(finding)).collect();
                self.lines.extend(lines);
            }
        }
    }

    fn finding(&self, finding: &Finding) -> Line<'static> {
        let theme = self.theme;
        let number = finding.value.map_or("–".to_owned(), number);
        let style = if finding.of_seed { theme.dim } else { theme.strong };
        let claim = if finding.of_seed { theme.dim } else { theme.text };
        Line::from(vec![
            Span::styled(format!("{number:>NUMBER$}"), style),
            Span::styled(format!(" {:UNIT$}", finding.unit), theme.dim),
            Span::styled(finding.claim.clone(), claim),
        ])
    }

    fn style(&self, taken: bool) -> Style {
        if taken { self.theme.text } else { self.theme.dim }
    }
}

/// A number as it is read: in groups when it is large.
fn number(value: f64) -> String {
    if value >= 1000.0 { grouped(value.round() as u64) } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::labs::Start;
    use crate::ui::snapshot::picture;

    fn advice() -> Advice {
        let folder = tempfile::tempdir().unwrap();
        // "This program" is the test: it is no worker process.
        let start = Start { executable: PathBuf::new(), ..Start::alone(folder.path()) };
        Advice::new(Adviser::new(&start))
    }

    fn press(advice: &mut Advice, keys: &str) -> Outcome {
        keys.split(' ').map(|key| advice.key(key.parse().unwrap())).last().unwrap()
    }

    #[test]
    fn every_leaf_is_reached_by_keys_and_opened_by_enter() {
        let ways = [
            ("w o", "life serial"),
            ("w f", "life thread-pool"),
            ("w m y", "pulse spawn-blocking"),
            ("w m n", "guess coroutines"),
            ("c o y", "gcd native"),
            ("c o n", "gcd serial"),
            ("c m y y", "gcd native-rayon"),
            ("c m y n", "gcd processes"),
            ("c m n y", "gcd native"),
            ("c m n n", "life rayon"),
        ];
        for (keys, opened) in ways {
            let mut advice = advice();
            assert_eq!(press(&mut advice, "Enter"), Outcome::Stay, "a question opens nothing");
            assert_eq!(press(&mut advice, keys), Outcome::Stay);
            let action = format!("app.open {opened}").parse().unwrap();
            assert_eq!(press(&mut advice, "Enter"), Outcome::Do(action), "{keys}");
            assert_eq!(press(&mut advice, "x Esc"), Outcome::Close);
        }
    }

    #[test]
    fn backspace_takes_an_answer_back() {
        let mut advice = advice();
        press(&mut advice, "w m Backspace f");
        assert!(matches!(advice.node(), Node::Take(leaf) if leaf.strategy == "thread-pool"));
        press(&mut advice, "Backspace Backspace Backspace c");
        assert!(matches!(advice.node(), Node::Ask(question) if question.flag == "concurrency"));
    }

    #[test]
    fn what_is_missing_behind_a_leaf_is_measured_when_it_is_reached() {
        let mut advice = advice();
        press(&mut advice, "c o n");
        let Node::Take(leaf) = advice.node() else { panic!("a leaf") };
        let deadline = Instant::now() + Duration::from_mins(1);
        while advice.adviser.look(|board, now| now.is_some() || !board.contains_key(&leaf.evidence[0])) {
            assert!(Instant::now() < deadline, "nothing was measured");
            thread::yield_now();
        }
        let asked = advice.adviser.changes();
        press(&mut advice, "Backspace");
        advice.refresh();
        assert_eq!(advice.adviser.changes(), asked, "a question measures nothing");
    }

    #[test]
    fn the_tree_at_two_sizes() {
        let mut advice = advice();
        press(&mut advice, "w");
        insta::assert_snapshot!("advice_question_80x24", picture(80, 24, |canvas| advice.draw(canvas)));
        press(&mut advice, "m");
        let Node::Ask(question) = advice.node() else { panic!("a question comes before the leaf") };
        // The key would begin to measure, and the picture be another one each time.
        advice.path.extend(question.by_key('n'));
        insta::assert_snapshot!("advice_leaf_80x24", picture(80, 24, |canvas| advice.draw(canvas)));
        insta::assert_snapshot!("advice_leaf_120x40", picture(120, 40, |canvas| advice.draw(canvas)));
        picture(5, 3, |canvas| advice.draw(canvas));
    }

    #[test]
    fn findings_are_shown_beside_what_the_seed_says() {
        let theme = Theme::dark(crate::ui::theme::Depth::None, false);
        let finding = |value, claim: &str, of_seed| Finding { claim: claim.to_owned(), value, unit: "bytes", of_seed };
        let findings = vec![finding(Some(9790.0), "a thread", false), finding(Some(1e6), "the seed's", true)];
        let board = Board::from([(Topic::ThreadMemory, Ok(findings)), (Topic::JobLength, Err("no worker".to_owned()))]);
        let mut page =
            Page { theme: &theme, board: &board, now: Some(Topic::Crossover), whole: false, width: 80, lines: vec![] };
        for topic in [Topic::ThreadMemory, Topic::JobLength, Topic::Crossover, Topic::TaskStart] {
            page.topic(topic);
        }
        let text: Vec<String> = page.lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "    9,790 bytes              a thread",
                "1,000,000 bytes              the seed's",
                "  ✗ the way to a process and back: no worker",
                "  ● measuring where coroutines overtake a pool",
                "  – a parallel task's start: not measured here",
            ]
        );
    }
}
