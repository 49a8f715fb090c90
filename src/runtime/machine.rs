//! A card of the machine that a measurement was made on.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::runtime::cores;

/// What is known of the machine. What the system does not tell is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub model: Option<String>,
    /// Cores that this program may use.
    pub cores: usize,
    /// Cores by their highest clock in MHz, where cores of several kinds can be told apart by it.
    pub kinds: Option<BTreeMap<u64, usize>>,
    /// What decides the clock: `performance`, `powersave`, …
    pub governor: Option<String>,
    /// Whether it is a virtual machine.
    #[serde(rename = "virtual")]
    pub is_virtual: Option<bool>,
    /// Processes that could run, on average over the last minute.
    pub load: Option<f64>,
    /// Operating system and processor family.
    pub system: String,
}

impl Machine {
    /// The card of this machine, now.
    pub fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let word = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let load = word("/proc/loadavg").and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            model: field("model name"),
            cores: cores::available(),
            kinds: kinds(),
            governor: word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            is_virtual: field("flags").map(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor")),
            load,
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }

    /// The card in one line, for people.
    pub fn line(&self) -> String {
        let mut parts = vec![self.model.clone().unwrap_or_else(|| self.system.clone())];
        parts.push(if self.cores == 1 { "1 core".to_owned() } else { format!("{} cores", self.cores) });
        if self.is_virtual == Some(true) {
            parts.push("virtual".to_owned());
        }
        parts.extend(self.governor.clone());
        parts.extend(self.load.map(|load| format!("load {load:.2}")));
        parts.join(", ")
    }
}

/// Cores counted by their highest clock.
fn kinds() -> Option<BTreeMap<u64, usize>> {
    let mut kinds = BTreeMap::new();
    for folder in fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        let highest = fs::read_to_string(folder.path().join("cpufreq/cpuinfo_max_freq"));
        if let Some(kilohertz) = highest.ok().and_then(|text| text.trim().parse::<u64>().ok()) {
            *kinds.entry(kilohertz / 1000).or_insert(0) += 1;
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_says_at_least_how_many_cores_there_are() {
        let card = Machine::here();
        assert!(card.cores >= 1 && card.line().contains("core"), "{card:?}");
        let json = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Machine>(&json).unwrap(), card);
    }
}
