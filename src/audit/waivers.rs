//! Waivers (豁免): what was accepted, until when, by whom, and whether that still holds.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use unicode_normalization::UnicodeNormalization;

use super::findings::{Finding, Fingerprint};
use super::rules::Rule;

/// Where a waiver stands written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// In the database, by number.
    Table(i64),
    /// In the file, by line.
    File(u64),
}

/// A waiver, wherever it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    pub written: Written,
    pub rule: String,
    /// Which finding; by fingerprint, or by key with or without its table.
    pub fingerprint: Option<Fingerprint>,
    pub table: Option<String>,
    pub key: Option<String>,
    pub reason: String,
    pub requested_by: String,
    pub approved_by: Option<String>,
    pub created_on: Option<Date>,
    pub expires_on: Option<Date>,
    pub revoked_on: Option<Date>,
    pub basis: Option<String>,
    /// Who asked and who approved are two people.
    pub two_people: bool,
}

impl Waiver {
    /// Whether it names this finding.
    pub fn names(&self, finding: &Finding<'_>) -> bool {
        let by_key =
            || self.key.as_ref().is_some_and(|key| *key == finding.key) && self.table.as_ref().is_none_or(|table| table == finding.table);
        self.rule == finding.rule.id && self.fingerprint.map_or_else(by_key, |print| print == finding.fingerprint())
    }

    /// Whether it is one at all: with a reason, approved by another person, for a year at most. Whoever wrote it into
    /// the table by another way than `swj audit waive` is held to the same.
    fn is_one(&self) -> bool {
        let short = |from: Date| self.expires_on.is_some_and(|until| until <= latest_end(from));
        self.two_people && !self.reason.trim().is_empty() && self.created_on.is_none_or(short)
    }

    /// Whether it holds on a day: a waiver, begun, neither ended nor taken back.
    pub fn in_force(&self, on: Date) -> bool {
        self.is_one()
            && self.created_on.is_none_or(|from| from <= on)
            && self.expires_on.is_some_and(|until| on <= until)
            && self.revoked_on.is_none_or(|end| on < end)
    }

    /// Whether it held once: what it hid is known, and comes back as open.
    pub fn lapsed(&self, on: Date) -> bool {
        self.is_one() && (self.expires_on.is_some_and(|until| until < on) || self.revoked_on.is_some_and(|end| end <= on))
    }

    /// What it is about, in words.
    pub fn subject(&self) -> String {
        let by_key = || self.key.clone().unwrap_or_default();
        match (&self.table, &self.key) {
            (Some(table), Some(key)) => format!("{table} {key}"),
            _ => self.fingerprint.map_or_else(by_key, Fingerprint::hex),
        }
    }
}

/// Nothing is waived for longer than this: a year (a rule of this program; the standard wants waivers reviewed).
pub fn latest_end(today: Date) -> Date {
    today.saturating_add(1.year())
}

/// What is wrong with a waiver file, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverFault {
    pub line: u64,
    pub fault: Fault,
}

/// What can be wrong with a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No TOML, or not of this form.
    Form(String),
    UnknownRule(String),
    NotWaivable(String),
    /// Neither key nor fingerprint, or a fingerprint that is none.
    NoSubject,
    NoReason,
    NoApprover,
    /// Who asks, and who approves it.
    SamePerson(String, String),
    /// Nobody here has this login.
    Nobody(String),
    NotActive(String),
    TooLong(Date),
}

/// Somebody a waiver file may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub login: String,
    /// Tells two accounts of one person.
    pub staff_no: Option<String>,
    pub active: bool,
}

/// The people a waiver file may name, by what their logins are without width, case and blanks around them: a login is
/// one person however it is typed.
#[derive(Clone, Debug, Default)]
pub struct People(std::collections::HashMap<String, Vec<Person>>);

impl FromIterator<Person> for People {
    fn from_iter<T: IntoIterator<Item = Person>>(all: T) -> Self {
        let mut people = Self::default();
        for person in all {
            people.0.entry(plain(&person.login)).or_default().push(person);
        }
        people
    }
}

impl People {
    /// Who is meant: the account of exactly this login, else the only one that reads the same.
    fn named(&self, login: &str) -> Result<&Person, Fault> {
        let alike = self.0.get(&plain(login)).map_or(&[][..], Vec::as_slice);
        let exact = alike.iter().find(|person| person.login == login.trim());
        let only = alike.first().filter(|_| alike.len() == 1);
        let person = exact.or(only).ok_or_else(|| Fault::Nobody(login.trim().to_owned()))?;
        if person.active { Ok(person) } else { Err(Fault::NotActive(person.login.clone())) }
    }
}

fn plain(login: &str) -> String {
    let visible = |letter: &char| !matches!(letter, '\u{200b}'..='\u{200d}' | '\u{feff}');
    login.nfkc().filter(visible).collect::<String>().trim().to_lowercase()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    waiver: Vec<Spanned<Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rule: Spanned<String>,
    fingerprint: Option<String>,
    table: Option<String>,
    key: Option<String>,
    reason: String,
    requested_by: String,
    approved_by: String,
    expires: Day,
    basis_doc_no: Option<String>,
}

/// A day, as TOML writes it or in quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Day {
    Toml(toml::value::Datetime),
    Text(String),
}

/// Who asks and who approves are two people in office; of a database whose people are not known, two names. Returns
/// their logins.
fn two_people(requested_by: &str, approved_by: &str, people: Option<&People>) -> Result<(String, String), Fault> {
    if plain(approved_by).is_empty() {
        return Err(Fault::NoApprover);
    }
    let same = |one: &str, other: &str| Fault::SamePerson(one.to_owned(), other.to_owned());
    if plain(requested_by) == plain(approved_by) {
        return Err(same(requested_by.trim(), approved_by.trim()));
    }
    let Some(people) = people else { return Ok((requested_by.to_owned(), approved_by.to_owned())) };
    let (one, other) = (people.named(requested_by)?, people.named(approved_by)?);
    if one.login == other.login || (one.staff_no.is_some() && one.staff_no == other.staff_no) {
        return Err(same(&one.login, &other.login));
    }
    Ok((one.login.clone(), other.login.clone()))
}

/// Reads a waiver file. An id nobody knows is an error: it would hide nothing, and nobody would know. The people it
/// names are looked up in `people`, where it is known who there is.
///
/// # Errors
/// The first fault, with its line.
pub fn read_waivers(text: &str, rules: &[Rule], people: Option<&People>, today: Date) -> Result<Vec<Waiver>, WaiverFault> {
    let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() as u64 + 1;
    let file: File = toml::from_str(text).map_err(|error| WaiverFault {
        line: error.span().map_or(1, |span| line_at(span.start)),
        fault: Fault::Form(error.message().to_owned()),
    })?;
    file.waiver
        .into_iter()
        .map(|entry| {
            let entry = entry.into_inner();
            let line = line_at(entry.rule.span().start);
            let rule = entry.rule.into_inner();
            let refuse = |fault: Fault| WaiverFault { line, fault };
            let known = rules.iter().find(|known| known.id.eq_ignore_ascii_case(&rule)).ok_or_else(|| refuse(Fault::UnknownRule(rule)))?;
            if !known.waivable {
                return Err(refuse(Fault::NotWaivable(known.id.clone())));
            }
            let fingerprint = entry.fingerprint.as_deref().map(|text| Fingerprint::parse(text).ok_or_else(|| refuse(Fault::NoSubject)));
            let fingerprint = fingerprint.transpose()?;
            if fingerprint.is_none() && entry.key.is_none() {
                return Err(refuse(Fault::NoSubject));
            }
            if entry.reason.trim().is_empty() {
                return Err(refuse(Fault::NoReason));
            }
            let (requested_by, approved_by) = two_people(&entry.requested_by, &entry.approved_by, people).map_err(refuse)?;
            let day = match entry.expires {
                Day::Toml(day) => day.to_string(),
                Day::Text(day) => day,
            };
            let expires: Date = day.parse().map_err(|_| refuse(Fault::Form(format!("expires = {day}"))))?;
            if expires > latest_end(today) {
                return Err(refuse(Fault::TooLong(latest_end(today))));
            }
            Ok(Waiver {
                written: Written::File(line),
                rule: known.id.clone(),
                fingerprint,
                table: entry.table,
                key: entry.key,
                reason: entry.reason,
                requested_by,
                approved_by: Some(approved_by),
                created_on: None,
                expires_on: Some(expires),
                revoked_on: None,
                basis: entry.basis_doc_no,
                two_people: true,
            })
        })
        .collect()
}

/// The waivers of a run by rule, with what each of them hid.
pub struct Hiding<'a> {
    waivers: &'a [Waiver],
    by_rule: std::collections::HashMap<&'a str, Vec<usize>>,
    matched: Vec<bool>,
    today: Date,
}

/// What the waivers say of a finding.
pub enum Hidden {
    /// None names it.
    No,
    /// One did, and holds no more.
    NoMore,
    /// Place of the one that holds.
    Yes(usize),
}

impl<'a> Hiding<'a> {
    /// Prepares for the findings of a run.
    pub fn new(waivers: &'a [Waiver], today: Date) -> Self {
        let mut by_rule: std::collections::HashMap<&str, Vec<usize>> = std::collections::HashMap::new();
        for (place, waiver) in waivers.iter().enumerate() {
            by_rule.entry(&waiver.rule).or_default().push(place);
        }
        Self { waivers, by_rule, matched: vec![false; waivers.len()], today }
    }

    /// What the waivers say of it. A rule that may not be waived is not, whatever stands in the table.
    pub fn of(&mut self, finding: &Finding<'_>) -> Hidden {
        let mut hidden = Hidden::No;
        for &place in self.by_rule.get(finding.rule.id.as_str()).map_or(&[][..], Vec::as_slice) {
            let waiver = &self.waivers[place];
            if !finding.rule.waivable || !waiver.names(finding) {
                continue;
            }
            self.matched[place] = true;
            if waiver.in_force(self.today) {
                return Hidden::Yes(place);
            }
            if waiver.lapsed(self.today) {
                hidden = Hidden::NoMore;
            }
        }
        hidden
    }

    /// Those in force that matched nothing of a rule that ran.
    pub fn stale(&self, ran: impl Fn(&str) -> bool) -> impl Iterator<Item = &'a Waiver> {
        let all = self.waivers.iter().zip(&self.matched);
        all.filter(move |(waiver, matched)| !**matched && waiver.in_force(self.today) && ran(&waiver.rule)).map(|(waiver, _)| waiver)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::audit::built_in;

    const TODAY: Date = date(2026, 11, 23);

    fn read(lines: &str) -> Result<Vec<Waiver>, WaiverFault> {
        read_waivers(&format!("# 豁免\n[[waiver]]\n{lines}"), &built_in().unwrap(), None, TODAY)
    }

    #[test]
    fn a_person_is_one_however_the_login_is_typed() {
        let person = |login: &str, staff_no: &str, active| Person { login: login.into(), staff_no: Some(staff_no.into()), active };
        let people: People = [person("sys1", "1", true), person("sys2", "1", true), person("Sec1", "2", true), person("gone", "3", false)]
            .into_iter()
            .collect();
        let two = |one: &str, other: &str| two_people(one, other, Some(&people));
        assert_eq!(two(" SYS1", "ｓｅｃ１ "), Ok(("sys1".into(), "Sec1".into())));
        for same in ["sys1 ", "SYS1", "ｓｙｓ1", "\u{3000}sys1\u{200b}", "sys2"] {
            assert!(matches!(two("sys1", same), Err(Fault::SamePerson(..))), "{same}");
            assert_eq!(two_people("sys1", same, None).is_err(), same != "sys2", "{same}");
        }
        assert_eq!(two("sys1", "nobody"), Err(Fault::Nobody("nobody".into())));
        assert_eq!(two("sys1", "gone"), Err(Fault::NotActive("gone".into())));
        assert_eq!(two("sys1", "\u{3000}"), Err(Fault::NoApprover));
    }

    #[test]
    fn what_stands_in_the_table_without_a_reason_or_for_too_long_hides_nothing() {
        let mut waiver =
            read("rule = \"ACC-003\"\nkey = \"x\"\nreason = \"外聘\"\nrequested_by = \"a\"\napproved_by = \"b\"\nexpires = 2027-01-31\n")
                .unwrap()
                .remove(0);
        waiver.created_on = Some(TODAY);
        assert!(waiver.in_force(TODAY) && waiver.lapsed(date(2027, 2, 1)));
        waiver.reason = "　".into();
        assert!(!waiver.in_force(TODAY) && !waiver.lapsed(date(2027, 2, 1)));
        waiver.reason = "外聘".into();
        waiver.expires_on = Some(date(2027, 11, 24));
        assert!(!waiver.in_force(TODAY) && !waiver.lapsed(date(2027, 11, 25)));
    }

    #[test]
    fn a_waiver_needs_a_known_rule_a_subject_two_people_and_an_end() {
        let with = |rule: &str, key: &str, by: &str, until: &str| {
            format!("rule = \"{rule}\"\n{key}\nreason = \"外聘\"\nrequested_by = \"a\"\napproved_by = \"{by}\"\nexpires = {until}\n")
        };
        let good = read(&with("ACC-003", "key = \"lihua\"", "b", "2027-01-31")).unwrap();
        assert_eq!((good[0].written.clone(), good[0].expires_on), (Written::File(3), Some(date(2027, 1, 31))));
        assert!(good[0].in_force(TODAY) && good[0].in_force(date(2027, 1, 31)) && good[0].lapsed(date(2027, 2, 1)));
        let fault = |text: String| read(&text).unwrap_err();
        assert_eq!(fault(with("ACC-999", "key = \"x\"", "b", "2027-01-31")).fault, Fault::UnknownRule("ACC-999".into()));
        assert_eq!(fault(with("ACC-001", "key = \"x\"", "b", "2027-01-31")).fault, Fault::NotWaivable("ACC-001".into()));
        assert_eq!(fault(with("ACC-003", "", "b", "2027-01-31")).fault, Fault::NoSubject);
        assert_eq!(fault(with("ACC-003", "key = \"x\"", "a", "2027-01-31")).fault, Fault::SamePerson("a".into(), "a".into()));
        assert_eq!(fault(with("ACC-003", "key = \"x\"", "b", "2027-11-24")).fault, Fault::TooLong(date(2027, 11, 23)));
        let typo = fault(with("ACC-003", "kee = \"x\"", "b", "2027-01-31"));
        assert!(matches!(typo.fault, Fault::Form(_)) && typo.line >= 2, "{typo:?}");
    }
}
