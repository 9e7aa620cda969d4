//! What was known before: findings kept in the database, and an earlier report.

use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::findings::Fingerprint;
use crate::db::Instant;

/// Findings known before, by fingerprint; 24 bytes each.
#[derive(Default)]
pub struct Known {
    rules: Vec<String>,
    entries: Vec<Entry>,
}

struct Entry {
    print: Fingerprint,
    /// In seconds since 1970, which will do until 2106; 0 where nobody knows.
    first_seen: u32,
    rule: u16,
    fixed: bool,
    met: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub first_seen: Option<Instant>,
    /// Seen once, and gone since.
    pub fixed: bool,
}

impl Known {
    /// Begins anew with room for so many: a list that grows as it goes takes twice what is in it for a while.
    pub fn begin(&mut self, count: usize) {
        self.entries.clear();
        self.entries.reserve_exact(count);
    }

    /// Adds one; [`Self::sort`] follows the last.
    pub fn add(&mut self, rule: &str, print: Fingerprint, first_seen: Option<Instant>, fixed: bool) {
        let place = self.rules.iter().position(|known| known == rule).unwrap_or_else(|| {
            self.rules.push(rule.to_owned());
            self.rules.len() - 1
        });
        let seconds = first_seen.and_then(|at| u32::try_from(at.timestamp().as_second()).ok()).unwrap_or(0);
        self.entries.push(Entry { print, first_seen: seconds, rule: u16::try_from(place).unwrap_or(u16::MAX), fixed, met: false });
    }

    /// Makes them ready to be found.
    pub fn sort(&mut self) {
        self.entries.sort_unstable_by_key(|entry| entry.print);
    }

    /// Finds one, and notes that it was met.
    pub fn meet(&mut self, print: Fingerprint) -> Option<Earlier> {
        let at = self.entries.binary_search_by_key(&print, |entry| entry.print).ok()?;
        let entry = &mut self.entries[at];
        entry.met = true;
        let known = Some(i64::from(entry.first_seen)).filter(|seconds| *seconds > 0);
        let first_seen = known.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).map(Instant::new);
        Some(Earlier { first_seen, fixed: entry.fixed })
    }

    /// Whether one was known and is not met: it is gone, if its rule ran.
    pub fn is_gone(&self, print: Fingerprint) -> bool {
        self.entries.binary_search_by_key(&print, |entry| entry.print).is_ok_and(|at| !self.entries[at].met)
    }

    /// Rule and fingerprint of those that were not met though their rule ran, and were not gone before.
    pub fn gone<'a>(&'a self, ran: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = (&'a str, Fingerprint)> {
        let left = self.entries.iter().filter(|entry| !entry.met && !entry.fixed);
        left.map(|entry| (self.rules[usize::from(entry.rule)].as_str(), entry.print)).filter(move |(rule, _)| ran(rule))
    }
}

/// What stands above the findings of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub database_id: Option<String>,
    pub clock: String,
    /// The rules that ran to their end.
    pub ran: Vec<String>,
    /// How many findings there were.
    pub findings: Option<usize>,
    /// How many of them it holds.
    pub rows: usize,
}

impl Head {
    /// How many findings it should hold, where some were left out of it: nobody can tell from it what was not there.
    pub fn more_than_it_holds(&self) -> Option<usize> {
        self.findings.filter(|findings| *findings > self.rows)
    }
}

/// A finding of a report.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Line {
    pub rule: String,
    pub severity: String,
    pub state: String,
    pub table: String,
    pub key: String,
    pub detail: String,
    pub fingerprint: String,
    #[serde(default)]
    pub first_seen: Option<String>,
}

impl Line {
    /// When it was first seen, as far as the report tells.
    pub fn first_seen(&self) -> Option<Instant> {
        self.first_seen.as_deref().and_then(Instant::parse)
    }
}

/// Reads a report `swj audit run` wrote as json, finding by finding.
///
/// # Errors
/// What is no such report.
pub fn read_report(from: impl Read, each: &mut dyn FnMut(Line)) -> Result<Head, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_reader(from);
    let head = Document(each).deserialize(&mut reader)?;
    reader.end()?;
    Ok(head)
}

struct Document<'f>(&'f mut dyn FnMut(Line));

#[derive(Default, Deserialize)]
struct Ruleset {
    #[serde(default)]
    ran: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Counts {
    findings: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Head;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Head, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Head;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a report of swj audit run in json")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
        let mut head = Head::default();
        let mut schema = String::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "schema" => schema = map.next_value()?,
                "database_id" => head.database_id = map.next_value()?,
                "clock" => head.clock = map.next_value()?,
                "ruleset" => head.ran = map.next_value::<Ruleset>()?.ran,
                "counts" => head.findings = map.next_value::<Counts>()?.findings,
                "data" => head.rows = map.next_value_seed(Rows(&mut *self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if schema == "swj.audit.run/1" { Ok(head) } else { Err(serde::de::Error::custom(format!("schema `{schema}`"))) }
    }
}

struct Rows<'f>(&'f mut dyn FnMut(Line));

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = usize;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("findings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(line) = rows.next_element::<Line>()? {
            (self.0)(line);
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_report_of_an_audit_is_one() {
        let read = |text: &str| read_report(text.as_bytes(), &mut |_| {});
        assert!(read("{\"schema\":\"swj.unit.list/1\",\"data\":[]}").is_err());
        assert!(read("[]").is_err());
        let head = read("{\"schema\":\"swj.audit.run/1\",\"database_id\":\"x\",\"ruleset\":{\"ran\":[\"A\"]},\"data\":[]}").unwrap();
        assert_eq!((head.database_id.as_deref(), head.ran.len(), head.more_than_it_holds()), (Some("x"), 1, None));
        let head = read("{\"schema\":\"swj.audit.run/1\",\"counts\":{\"findings\":3},\"data\":[]}").unwrap();
        assert_eq!(head.more_than_it_holds(), Some(3));
    }

    #[test]
    fn what_was_not_met_is_gone_only_when_its_rule_ran() {
        let mut known = Known::default();
        let print = |n| Fingerprint([n; 16]);
        known.add("A", print(2), None, false);
        known.add("A", print(1), None, false);
        known.add("B", print(3), None, false);
        known.add("A", print(4), None, true);
        known.sort();
        assert_eq!(known.meet(print(1)), Some(Earlier { first_seen: None, fixed: false }));
        assert_eq!(known.gone(|rule| rule == "A").collect::<Vec<_>>(), [("A", print(2))]);
        assert!(known.is_gone(print(2)) && !known.is_gone(print(1)) && !known.is_gone(print(9)));
    }
}
