//! What a run found, in little memory: a finding is some fifty bytes here, and its words are spooled to a file once
//! there are many.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::rules::{Rule, Severity};
use crate::db::{Instant, hex};

/// Words are kept in memory up to here.
const IN_MEMORY: usize = 8 << 20;

/// So many findings are put in order with all their words in memory.
const PIECE: usize = 1 << 14;

/// How a finding stands to what was known before; in the order of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not known before.
    New,
    /// Known, and still there.
    Open,
    /// Accepted until a day, by somebody else than who asked for it.
    Waived,
}

impl State {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Waived => "waived",
        }
    }
}

/// First 16 bytes of SHA-256(rule, table, key): the same fault is the same tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// Of a fault of a rule in a row.
    pub fn of(rule: &str, table: &str, key: &str) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&Sha256::digest(format!("{rule}\u{1f}{table}\u{1f}{key}"))[..16]);
        Self(first)
    }

    /// Reads what [`Self::hex`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)?;
        Some(Self(number.to_be_bytes()))
    }

    /// 32 hexadecimal digits.
    pub fn hex(self) -> String {
        hex(&self.0)
    }
}

/// One fault of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    pub rule: &'a Rule,
    /// Of its rule among those of the run.
    pub place: usize,
    pub table: &'a str,
    /// Natural key of the subject.
    pub key: String,
    pub detail: String,
    pub standing: Standing,
}

impl Finding<'_> {
    /// The same fault is the same tomorrow.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.rule.id, self.table, &self.key)
    }
}

/// What is known of a finding beyond the fault itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    pub first_seen: Option<Instant>,
    /// Place of its waiver in the list the run was judged by.
    pub waiver: Option<u32>,
}

impl Standing {
    /// Of a finding nothing is known of.
    pub const NEW: Self = Self { state: State::New, first_seen: None, waiver: None };
}

#[derive(Clone, Copy)]
struct Entry {
    /// Of table and key: one subject, whatever rule.
    subject: u64,
    /// Where its words begin in the spool.
    at: u64,
    key: u32,
    detail: u32,
    rule: u16,
    table: u16,
    waiver: Option<NonZeroU32>,
    /// Place among all findings before they were arranged.
    place: u32,
    /// Place of the leading finding of its subject.
    lead: u32,
    state: State,
    /// Place among the moments; none where nobody knows.
    first_seen: Option<NonZeroU32>,
}

/// All findings of a run.
#[derive(Default)]
pub struct Findings {
    rules: Vec<Rule>,
    tables: Vec<String>,
    entries: Vec<Entry>,
    /// What was found was first seen at few moments: at audits.
    moments: Vec<Instant>,
    words: RefCell<Spool>,
    /// Rule and words of the last one, to see whether they come in order.
    last: (usize, String, String, String),
    disordered: bool,
}

impl std::fmt::Debug for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Findings").field("count", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Findings {
    pub(super) fn of(rules: Vec<Rule>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The rules of the run, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, rule: usize, table: &str, key: &str, detail: &str) -> io::Result<()> {
        let known = self.tables.iter().position(|known| known == table);
        let table_no = known.unwrap_or_else(|| {
            self.tables.push(table.to_owned());
            self.tables.len() - 1
        });
        let too_many = || io::Error::other("more findings than can be counted");
        let at = self.words.get_mut().write(key, detail)?;
        let (last_rule, last_table, last_key, last_detail) = &mut self.last;
        let before = (last_table.as_str(), last_key.as_str(), last_detail.as_str());
        self.disordered |= *last_rule == rule && before > (table, key, detail);
        *last_rule = rule;
        for (last, now) in [(last_table, table), (last_key, key), (last_detail, detail)] {
            last.clear();
            last.push_str(now);
        }
        let place = u32::try_from(self.entries.len()).map_err(|_| too_many())?;
        self.entries.push(Entry {
            subject: xxh3_64(format!("{table}\u{1f}{key}").as_bytes()),
            at,
            key: u32::try_from(key.len()).map_err(|_| too_many())?,
            detail: u32::try_from(detail.len()).map_err(|_| too_many())?,
            rule: u16::try_from(rule).map_err(|_| too_many())?,
            table: u16::try_from(table_no).map_err(|_| too_many())?,
            waiver: None,
            place,
            lead: place,
            state: State::New,
            first_seen: None,
        });
        Ok(())
    }

    /// Takes back what a rule found before it failed.
    pub(super) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
    }

    /// The rows of one rule come by key, whether its file says so or not: every run gives the same order.
    pub(super) fn order_from(&mut self, first: usize) -> io::Result<()> {
        if !std::mem::take(&mut self.disordered) {
            return Ok(());
        }
        // Piece by piece, then the pieces against each other: the words of all of them need never be in memory at once.
        let count = self.entries.len();
        for begin in (first..count).step_by(PIECE) {
            let end = count.min(begin + PIECE);
            let piece = &self.entries[begin..end];
            let mut keyed = piece.iter().map(|entry| Ok((self.words_of(entry)?, *entry))).collect::<io::Result<Vec<_>>>()?;
            keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
            let sorted: Vec<Entry> = keyed.into_iter().map(|(_, entry)| entry).collect();
            self.entries[begin..end].copy_from_slice(&sorted);
        }
        let mut heads = BinaryHeap::new();
        let mut order: Vec<u32> = Vec::with_capacity(count - first);
        for begin in (first..count).step_by(PIECE) {
            heads.push(Reverse((self.words_of(&self.entries[begin])?, begin)));
        }
        while let Some(Reverse((_, at))) = heads.pop() {
            order.push(u32::try_from(at - first).map_err(io::Error::other)?);
            let next = at + 1;
            if next < count && !(next - first).is_multiple_of(PIECE) {
                heads.push(Reverse((self.words_of(&self.entries[next])?, next)));
            }
        }
        drop(heads);
        put_in(&mut self.entries[first..], order);
        for (at, entry) in self.entries.iter_mut().enumerate().skip(first) {
            entry.place = u32::try_from(at).map_err(io::Error::other)?;
            entry.lead = entry.place;
        }
        Ok(())
    }

    fn words_of(&self, entry: &Entry) -> io::Result<(&str, String, String)> {
        let (key, detail) = self.words.borrow_mut().read(entry.at, entry.key, entry.detail)?;
        Ok((&self.tables[usize::from(entry.table)], key, detail))
    }

    /// Gives every finding its standing.
    ///
    /// # Errors
    /// The spool, or what `standing` returns.
    pub fn judge(&mut self, mut standing: impl FnMut(&Finding<'_>) -> Standing) -> io::Result<()> {
        let mut places: BTreeMap<Instant, NonZeroU32> = BTreeMap::new();
        for at in 0..self.entries.len() {
            let found = standing(&self.get(at)?);
            let entry = &mut self.entries[at];
            entry.state = found.state;
            entry.first_seen = None;
            if let Some(moment) = found.first_seen {
                let place = places.entry(moment).or_insert_with(|| {
                    self.moments.push(moment);
                    u32::try_from(self.moments.len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX)
                });
                entry.first_seen = Some(*place);
            }
            entry.waiver = found.waiver.and_then(|place| NonZeroU32::new(place + 1));
        }
        Ok(())
    }

    /// Keeps some of them.
    ///
    /// # Errors
    /// The spool.
    pub fn retain(&mut self, mut keep: impl FnMut(&Finding<'_>) -> bool) -> io::Result<()> {
        let mut kept = 0;
        for at in 0..self.entries.len() {
            if keep(&self.get(at)?) {
                self.entries[kept] = self.entries[at];
                kept += 1;
            }
        }
        self.entries.truncate(kept);
        Ok(())
    }

    /// Puts them in the order of output: what is new before what is known, critical first, and what else is wrong with a
    /// subject right behind the worst of it, the rows of one rule behind one another.
    pub fn arrange(&mut self) {
        let Self { rules, entries, .. } = self;
        let rank = |entry: &Entry| (entry.state, Reverse(rules[usize::from(entry.rule)].severity), entry.rule, entry.place);
        entries.sort_unstable_by_key(|entry| (entry.subject, rank(entry)));
        let mut lead: Option<Entry> = None;
        for entry in entries.iter_mut() {
            let first = lead.filter(|lead| lead.subject == entry.subject).unwrap_or(*entry);
            entry.lead = first.place;
            lead = Some(first);
        }
        let mut ranks: HashMap<u32, (State, Reverse<Severity>)> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.lead != entry.place) {
            ranks.insert(entry.lead, (State::New, Reverse(Severity::Low)));
        }
        for entry in entries.iter() {
            if let Some(rank) = ranks.get_mut(&entry.place) {
                *rank = (entry.state, Reverse(rules[usize::from(entry.rule)].severity));
            }
        }
        entries.sort_unstable_by_key(|entry| {
            let own = rank(entry);
            let led = ranks.get(&entry.lead).copied().unwrap_or((own.0, own.1));
            (led, entry.lead, own)
        });
    }

    /// The finding at a place.
    ///
    /// # Errors
    /// The spool.
    pub fn get(&self, at: usize) -> io::Result<Finding<'_>> {
        let entry = &self.entries[at];
        let (key, detail) = self.words.borrow_mut().read(entry.at, entry.key, entry.detail)?;
        Ok(Finding {
            rule: &self.rules[usize::from(entry.rule)],
            place: usize::from(entry.rule),
            table: &self.tables[usize::from(entry.table)],
            key,
            detail,
            standing: self.standing(entry),
        })
    }

    fn standing(&self, entry: &Entry) -> Standing {
        let first_seen = entry.first_seen.and_then(|place| self.moments.get(place.get() as usize - 1)).copied();
        Standing { state: entry.state, first_seen, waiver: entry.waiver.map(|place| place.get() - 1) }
    }

    /// All of them, one at a time.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Finding<'_>>> {
        (0..self.entries.len()).map(|at| self.get(at))
    }

    /// Rule and state of each, without its words.
    pub fn marks(&self) -> impl Iterator<Item = (&Rule, State)> {
        self.entries.iter().map(|entry| (&self.rules[usize::from(entry.rule)], entry.state))
    }
}

/// Puts at each place what `order` names for it, where they are.
fn put_in(entries: &mut [Entry], mut order: Vec<u32>) {
    for (start, begin) in (0..entries.len()).zip(0_u32..) {
        let (first, mut at) = (entries[start], begin);
        // A ring of places that exchange what they hold; those that are done name themselves.
        while order[at as usize] != at {
            let from = std::mem::replace(&mut order[at as usize], at);
            if from == begin {
                entries[at as usize] = first;
                break;
            }
            entries[at as usize] = entries[from as usize];
            at = from;
        }
    }
}

/// Words in a row: in memory while they are few, then in a file without a name.
enum Spool {
    Memory(Vec<u8>),
    File { file: std::fs::File, length: u64, waiting: Vec<u8> },
}

impl Default for Spool {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Spool {
    fn write(&mut self, key: &str, detail: &str) -> io::Result<u64> {
        if let Self::Memory(bytes) = self
            && bytes.len() + key.len() + detail.len() > IN_MEMORY
        {
            let mut file = tempfile::tempfile()?;
            file.write_all(bytes)?;
            *self = Self::File { length: bytes.len() as u64, file, waiting: Vec::new() };
        }
        match self {
            Self::Memory(bytes) => {
                let at = bytes.len() as u64;
                bytes.extend_from_slice(key.as_bytes());
                bytes.extend_from_slice(detail.as_bytes());
                Ok(at)
            }
            Self::File { file, length, waiting } => {
                let at = *length + waiting.len() as u64;
                waiting.extend_from_slice(key.as_bytes());
                waiting.extend_from_slice(detail.as_bytes());
                if waiting.len() >= 1 << 16 {
                    file.write_all(waiting)?;
                    *length += waiting.len() as u64;
                    waiting.clear();
                }
                Ok(at)
            }
        }
    }

    fn read(&mut self, at: u64, key: u32, detail: u32) -> io::Result<(String, String)> {
        let (key, detail) = (key as usize, detail as usize);
        let mut bytes = match self {
            Self::Memory(bytes) => bytes[at as usize..][..key + detail].to_vec(),
            Self::File { file, length, waiting } => {
                if !waiting.is_empty() {
                    file.write_all(waiting)?;
                    *length += waiting.len() as u64;
                    waiting.clear();
                }
                let mut bytes = vec![0; key + detail];
                file.read_exact_at(&mut bytes, at)?;
                bytes
            }
        };
        let detail = bytes.split_off(key);
        let words = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(io::Error::other);
        Ok((words(bytes)?, words(detail)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::built_in;

    fn found(rows: &[(&str, &str)]) -> Findings {
        let mut findings = Findings::of(built_in().unwrap());
        for (rule, key) in rows {
            let at = findings.rules.iter().position(|known| known.id == *rule).unwrap();
            findings.push(at, "oa_user", key, "d").unwrap();
        }
        findings
    }

    fn order(findings: &Findings) -> Vec<String> {
        findings.iter().map(|finding| finding.map(|f| format!("{} {}", f.rule.id, f.key)).unwrap()).collect()
    }

    #[test]
    fn a_fingerprint_depends_on_rule_and_subject_only() {
        let one = Fingerprint::of("ACC-001", "oa_user", "lihua");
        assert_eq!(one.hex().len(), 32);
        assert_eq!(Fingerprint::parse(&one.hex()), Some(one));
        assert_ne!(one, Fingerprint::of("ACC-002", "oa_user", "lihua"));
        assert_ne!(Fingerprint::of("A", "bc", "d"), Fingerprint::of("A", "b", "cd"));
    }

    #[test]
    fn critical_comes_first_and_a_subject_stays_together() {
        // ACC-001 critical, ACC-004 high, ACC-005 and ACC-003 medium.
        let mut findings = found(&[("ACC-003", "b"), ("ACC-004", "c"), ("ACC-005", "a"), ("ACC-001", "b"), ("ACC-005", "b")]);
        findings.arrange();
        assert_eq!(order(&findings), ["ACC-001 b", "ACC-003 b", "ACC-005 b", "ACC-004 c", "ACC-005 a"]);
    }

    #[test]
    fn new_comes_before_old_and_waived_last() {
        let mut findings = found(&[("ACC-001", "waived"), ("ACC-001", "old"), ("ACC-003", "new")]);
        findings
            .judge(|finding| Standing {
                state: match finding.key.as_str() {
                    "new" => State::New,
                    "old" => State::Open,
                    _ => State::Waived,
                },
                ..Standing::NEW
            })
            .unwrap();
        findings.arrange();
        assert_eq!(order(&findings), ["ACC-003 new", "ACC-001 old", "ACC-001 waived"]);
    }

    #[test]
    fn words_survive_the_way_through_the_file() {
        let mut findings = found(&[]);
        let long = "水".repeat(100_000);
        for n in 0..60 {
            findings.push(0, "oa_user", &format!("k{n}"), &long).unwrap();
        }
        assert!(matches!(*findings.words.borrow(), Spool::File { .. }));
        let last = findings.get(59).unwrap();
        assert_eq!((last.key.as_str(), last.detail == long), ("k59", true));
        assert_eq!(findings.get(0).unwrap().key, "k0");
    }

    #[test]
    fn rows_of_a_rule_are_put_in_order() {
        let mut findings = found(&[("ACC-001", "b"), ("ACC-001", "a")]);
        findings.order_from(0).unwrap();
        assert_eq!(order(&findings), ["ACC-001 a", "ACC-001 b"]);
    }

    #[test]
    fn rows_of_many_pieces_are_put_in_order_too() {
        let mut findings = found(&[("ACC-001", "first of all")]);
        // Numbers out of order, each three times, over three pieces and a bit.
        let count = 3 * PIECE + 7;
        for n in 0..count {
            findings.push(1, "oa_user", &format!("{:06}", n * 7_919 % 16_001), &format!("{n:06}")).unwrap();
        }
        findings.order_from(1).unwrap();
        let words: Vec<_> = findings.iter().map(|finding| finding.map(|f| (f.key, f.detail)).unwrap()).collect();
        assert_eq!((words.len(), words[0].0.as_str()), (count + 1, "first of all"));
        assert!(words[1..].is_sorted());
        assert!(findings.entries.iter().enumerate().all(|(at, entry)| entry.place as usize == at));
    }
}
