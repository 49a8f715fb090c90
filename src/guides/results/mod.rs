//! A card of a lab's results: its strategies beside one another, to look at and to take along.

mod chart;

use crate::labs::Lab;
use crate::labs::measured::{Measured, Unit};
use crate::labs::table::{Table, number, text};
use crate::runtime::machine::Machine;

/// The name of the numbers that come first while there are any: those of a race.
const RACE: &str = "race.*";

/// What was measured of a lab's strategies.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The lab.
    pub title: &'static str,
    /// What the numbers are.
    pub what: &'static str,
    /// A row for each strategy that has a number, in the order of its table.
    pub rows: Vec<Row>,
}

/// A strategy's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The strategy.
    pub title: &'static str,
    /// Its number.
    pub measured: Measured,
    /// Its number over the largest of all, 0 to 1.
    pub share: f64,
    /// How many times as good as the first row's it is; none where that says nothing.
    pub times: Option<f64>,
}

impl Results {
    /// The results of a lab; none while nothing was measured of any of its strategies.
    pub fn of(lab: &dyn Lab) -> Option<Self> {
        let about = lab.about();
        [RACE, about.results].into_iter().find_map(|name| {
            let numbers: Vec<(&'static str, Measured)> = lab
                .strategies()
                .into_iter()
                .filter_map(|strategy| Some((strategy.title, lab.measured(&name.replace('*', strategy.id))?)))
                .collect();
            let what = lab.measures().iter().find(|row| row.name == name)?.line;
            (!numbers.is_empty()).then(|| Self { title: about.title, what, rows: rows(&numbers) })
        })
    }

    /// Whether others used the machine while one of the numbers was measured.
    pub fn is_contended(&self) -> bool {
        self.rows.iter().any(|row| row.measured.contended)
    }

    /// The card as Markdown, for numbers of this machine.
    pub fn markdown(&self, machine: &Machine) -> String {
        let mut table = Table::new([text("strategy"), number("measured"), number("times")]);
        for row in &self.rows {
            let mark = if row.measured.contended { "~ " } else { "" };
            let times = row.times.map(|times| format!("{times:.2}")).unwrap_or_default();
            table.row([row.title.to_owned(), format!("{mark}{}", row.measured.text()), times]);
        }
        let contended = if self.is_contended() { "\n~ contended: others used the machine meanwhile.\n" } else { "" };
        let Self { title, what, .. } = self;
        format!("## {title}: {what}\n\n{}\n\n{}{contended}", machine.line(), table.markdown())
    }

    /// The card as a bar chart in SVG, for numbers of this machine.
    pub fn svg(&self, machine: &Machine) -> String {
        chart::svg(self, machine)
    }
}

fn rows(numbers: &[(&'static str, Measured)]) -> Vec<Row> {
    let most = numbers.iter().map(|(_, measured)| measured.value).fold(0.0, f64::max);
    let first = numbers[0].1.value;
    let row = |(title, measured): &(&'static str, Measured)| {
        let value = measured.value;
        let times = match measured.unit {
            Unit::Seconds => Some(first / value),
            Unit::PerSecond | Unit::Times => Some(value / first),
            Unit::Count | Unit::Bytes => None,
        };
        Row {
            title,
            measured: *measured,
            share: if most > 0.0 { value / most } else { 0.0 },
            times: times.filter(|times| times.is_finite()),
        }
    };
    numbers.iter().map(row).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Results as of the GCD lab.
    pub(crate) fn sample() -> Results {
        let seconds = |value, contended| Measured { value, unit: Unit::Seconds, contended };
        let numbers = [
            ("Serial", seconds(0.412, false)),
            ("Threads", seconds(0.211, true)),
            ("Native <f32>", seconds(0.0121, false)),
        ];
        Results { title: "GCD", what: "median time of a strategy's runs", rows: rows(&numbers) }
    }

    fn machine() -> Machine {
        Machine {
            model: Some("a machine".to_owned()),
            cores: 2,
            kinds: None,
            governor: None,
            is_virtual: None,
            load: None,
            system: String::new(),
        }
    }

    #[test]
    fn a_card_as_markdown() {
        let wanted = "\
## GCD: median time of a strategy's runs

a machine, 2 cores

| strategy | measured | times |
| --- | ---: | ---: |
| Serial | 412 ms | 1.00 |
| Threads | ~ 211 ms | 1.95 |
| Native <f32> | 12.1 ms | 34.05 |

~ contended: others used the machine meanwhile.
";
        assert_eq!(sample().markdown(&machine()), wanted);
    }

    #[test]
    fn a_chart_has_a_bar_for_each_row_as_long_as_its_share() {
        let chart = sample().svg(&machine());
        assert_eq!(chart.matches("class=\"bar\"").count(), 3);
        assert!(chart.contains("Native &lt;f32&gt;") && chart.contains("~ 211 ms"), "{chart}");
        assert!(chart.starts_with("<svg") && chart.ends_with("</svg>\n"));
        let widths: Vec<f64> = chart
            .lines()
            .filter(|line| line.contains("class=\"bar\""))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!((widths[1] / widths[0] - 0.211 / 0.412).abs() < 0.01, "{widths:?}");
        assert!(widths[2] >= 2.0, "something is not nothing");
    }
}
