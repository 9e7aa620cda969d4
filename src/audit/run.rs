//! Running rules over one picture of the database.

use super::findings::Findings;
use super::parameters::Parameters;
use super::rules::{Rule, Severity};
use crate::db::{Bound, Day, Db, DbError, guards, select_texts, stream_texts};
use crate::ledger::{self, Fault};

/// A year's notice names more days off than this.
const DAYS_OF_A_NOTICE: i64 = 5;
/// The first year whose notice lists its days; what is dated before is counted by days of the week.
const FIRST_NOTICE: i16 = 2007;
/// The rule that asks whether every entry is what was sealed; no SELECT can hash.
const CHAIN: &str = "LOG-001";
/// The rule that asks whether the schema is what was shipped; no SELECT reads both engines' guards.
const SCHEMA: &str = "SCH-002";

/// A rule that could not be evaluated; silence must never read as a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub rule: String,
    pub why: String,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Results {
    /// Critical first and by subject, once arranged.
    pub findings: Findings,
    pub skipped: Vec<Skipped>,
}

impl Results {
    /// How many rules were to run.
    pub fn rules(&self) -> usize {
        self.findings.rules().len()
    }

    /// The rules that ran to their end.
    pub fn ran(&self) -> impl Iterator<Item = &Rule> {
        self.findings.rules().iter().filter(|rule| !self.skipped.iter().any(|skipped| skipped.rule == rule.id))
    }

    /// The severities of what was found.
    pub fn severities(&self) -> Vec<Severity> {
        self.findings.marks().map(|(rule, _)| rule.severity).collect()
    }
}

/// Runs every rule in one read-only transaction; a rule that fails is skipped and said, and so is one that may not run:
/// `hindrance` says why not.
///
/// # Errors
/// The database as a whole, or the disk that takes what many findings say.
pub fn run(
    db: &mut Db,
    rules: Vec<Rule>,
    parameters: &Parameters,
    hindrance: impl Fn(&Rule) -> Option<String>,
    mut each: impl FnMut(&Rule),
) -> Result<Results, RunError> {
    let mut results = Results { findings: Findings::of(rules.clone()), skipped: Vec::new() };
    let mut not_covered = None;
    db.reading(|db| {
        // PostgreSQL refuses everything after an error until the savepoint is taken back; nothing is written, so one is
        // enough for all rules.
        db.execute("SAVEPOINT rule")?;
        for (place, rule) in rules.iter().enumerate() {
            each(rule);
            let first = results.findings.len();
            if let Some(why) = hindrance(rule) {
                results.skipped.push(Skipped { rule: rule.id.clone(), why });
                continue;
            }
            let evaluated = evaluate(db, rule, place, parameters, &mut not_covered, &mut results.findings);
            match evaluated.and_then(|()| beyond_sql(db, rule, place, &mut results.findings)) {
                Ok(()) => results.findings.order_from(first)?,
                Err(Failed::Disk(error)) => return Err(RunError::Disk(error)),
                Err(Failed::Rule(why)) => {
                    db.execute("ROLLBACK TO SAVEPOINT rule")?;
                    results.findings.truncate(first);
                    results.skipped.push(Skipped { rule: rule.id.clone(), why });
                }
            }
        }
        Ok(())
    })?;
    results.findings.arrange();
    Ok(results)
}

/// Why a run as a whole came to nothing.
#[derive(Debug)]
pub enum RunError {
    Database(DbError),
    /// What many findings say goes to a temporary file.
    Disk(std::io::Error),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

impl From<DbError> for RunError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<std::io::Error> for RunError {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

enum Failed {
    Rule(String),
    Disk(std::io::Error),
}

/// `not_covered` are the years without a notice, once a rule has asked for them.
fn evaluate(
    db: &mut Db,
    rule: &Rule,
    place: usize,
    parameters: &Parameters,
    not_covered: &mut Option<Vec<String>>,
    into: &mut Findings,
) -> Result<(), Failed> {
    if counts_working_days(&rule.sql) {
        let missing = match not_covered {
            Some(missing) => missing,
            None => not_covered.insert(years_not_covered(db, parameters).map_err(Failed::Rule)?),
        };
        if !missing.is_empty() {
            return Err(Failed::Rule(format!("no notice of public holidays covers {} (SCH-003)", missing.join(", "))));
        }
    }
    let (sql, names) = numbered(rule);
    let values = names
        .iter()
        .map(|name| parameters.value(name).map_err(|error| Failed::Rule(format!("unknown parameter {}", error.0))))
        .collect::<Result<Vec<_>, _>>()?;
    let mut disk = None;
    let ran = stream_texts(db, &sql, &["t", "k", "d"], &values, |row| {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let [table, key, detail] = std::array::from_fn(|_| cells.next().unwrap_or_default());
        into.push(place, &table, &key, &detail).map_err(|error| {
            let told = DbError::Other(error.to_string());
            disk = Some(error);
            told
        })
    });
    match (ran, disk) {
        (_, Some(error)) => Err(Failed::Disk(error)),
        (Err(error), None) => Err(Failed::Rule(error.to_string())),
        (Ok(()), None) => Ok(()),
    }
}

/// What a rule asks for beyond its SELECT.
fn beyond_sql(db: &mut Db, rule: &Rule, place: usize, into: &mut Findings) -> Result<(), Failed> {
    match rule.id.as_str() {
        CHAIN => recompute(db, place, into),
        SCHEMA => {
            let amiss = guards::amiss(db).map_err(|error| Failed::Rule(error.to_string()))?;
            amiss.iter().try_for_each(|guard| into.push(place, &guard.table, &guard.guard, guard.how)).map_err(Failed::Disk)
        }
        _ => Ok(()),
    }
}

/// Computes every hash of the log anew for the rule on its chain. What is numbered or linked wrongly, its SELECT and the
/// next rule's name already, each of them and not the first alone.
fn recompute(db: &mut Db, place: usize, into: &mut Findings) -> Result<(), Failed> {
    let verdict = ledger::verify(db, None, |_| {}).map_err(|error| Failed::Rule(error.to_string()))?;
    let Some((no, fault)) = verdict.broken else { return Ok(()) };
    let (link, cut) = (no.to_string(), format!("to {}", no - 1));
    let (table, key, detail) = match fault {
        Fault::Changed => ("audit_seal", link, "its entry is not what was sealed"),
        Fault::Backdated => ("audit_seal", link, "its entry was put behind later ones"),
        Fault::Missing if verdict.entries == 0 => ("audit_seal", link, "the log is empty"),
        Fault::Untold => ("audit_purge", cut, "no entry tells of this purge"),
        Fault::Early => ("audit_purge", cut, "purged within the legal term"),
        Fault::Gap | Fault::Unlinked | Fault::Missing => return Ok(()),
    };
    into.push(place, table, &key, detail).map_err(Failed::Disk)
}

/// The rule's text with `$1`, `$2` … for its parameters, and their names in that order.
fn numbered(rule: &Rule) -> (String, Vec<&str>) {
    let mut sql = String::with_capacity(rule.sql.len());
    let mut names: Vec<&str> = Vec::new();
    let mut rest = rule.sql.as_str();
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at);
        sql.push_str(before);
        let name: &str = &after[1..][..after[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len() - 1)];
        if rule.parameters.iter().any(|known| known == name) {
            let number = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            sql.push_str(&format!("${}", number + 1));
            rest = &after[1 + name.len()..];
        } else {
            sql.push(':');
            rest = &after[1..];
        }
    }
    sql.push_str(rest);
    (sql, names)
}

/// Whether a rule reads the working days of the axis.
fn counts_working_days(sql: &str) -> bool {
    sql.contains("calendar_axis") && (sql.contains(".worked") || sql.contains(".is_workday"))
}

/// The years up to today that no notice covers: without it a rule would count too few days off for what is dated in that
/// year, and must not pass in silence.
fn years_not_covered(db: &mut Db, parameters: &Parameters) -> Result<Vec<String>, String> {
    let days = "SELECT substr(CAST(day AS TEXT), 1, 4) AS year, COUNT(*) AS days FROM calendar_day \
                WHERE is_workday = FALSE AND day <= $1 GROUP BY substr(CAST(day AS TEXT), 1, 4)";
    let until = [Bound::Day(Day(parameters.today.last_of_year()))];
    let rows = select_texts(db, days, &["year", "days"], &until).map_err(|error| error.to_string())?;
    let covered = |year: &String| rows.iter().any(|row| row[0] == *year && row[1].parse().is_ok_and(|days: i64| days >= DAYS_OF_A_NOTICE));
    let today = parameters.today.year();
    Ok((FIRST_NOTICE.min(today)..=today).map(|year| year.to_string()).filter(|year| !covered(year)).collect())
}

#[cfg(test)]
mod tests {
    use super::counts_working_days;

    #[test]
    fn rules_on_working_days_are_known_by_what_they_read() {
        let counting: Vec<_> =
            crate::audit::built_in().unwrap().into_iter().filter(|rule| counts_working_days(&rule.sql)).map(|rule| rule.id).collect();
        let expected =
            ["DIS-001", "DIS-004", "DIS-005", "DOC-015", "DOC-017", "EXC-005", "LIC-003", "LIC-004", "LIC-005", "LOG-006", "MTG-002"];
        assert_eq!(counting, expected);
    }
}
