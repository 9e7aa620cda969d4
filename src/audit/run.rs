//! Running rules over one picture of the database.

use sha2::{Digest, Sha256};

use super::parameters::Parameters;
use super::rules::Rule;
use crate::db::{Bound, Day, Db, DbError, hex, select_texts};

/// A year's notice names more days off than this.
const DAYS_OF_A_NOTICE: usize = 5;

/// A fault of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: Rule,
    pub table: String,
    /// Natural key of the subject.
    pub key: String,
    pub detail: String,
    /// First 16 bytes of SHA-256(rule, table, key), hex: the same fault is the same tomorrow.
    pub fingerprint: String,
}

/// A rule that could not be evaluated; silence must never read as a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub rule: String,
    pub why: String,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// Critical first, then by rule and subject.
    pub findings: Vec<Finding>,
    pub skipped: Vec<Skipped>,
    pub rules: usize,
}

/// Runs every rule in one read-only transaction; a rule that fails is skipped and said.
///
/// # Errors
/// The database as a whole.
pub fn run(db: &mut Db, rules: &[Rule], parameters: &Parameters, mut each: impl FnMut(&Rule)) -> Result<Results, DbError> {
    let mut results = Results { rules: rules.len(), ..Results::default() };
    db.one_picture(|db| {
        for rule in rules {
            each(rule);
            // PostgreSQL refuses everything after an error until the savepoint is taken back.
            db.execute("SAVEPOINT rule")?;
            match evaluate(db, rule, parameters) {
                Ok(findings) => results.findings.extend(findings),
                Err(why) => {
                    db.execute("ROLLBACK TO SAVEPOINT rule")?;
                    results.skipped.push(Skipped { rule: rule.id.clone(), why });
                }
            }
            db.execute("RELEASE SAVEPOINT rule")?;
        }
        Ok::<_, DbError>(())
    })?;
    results.findings.sort_by(|a, b| {
        b.rule
            .severity
            .cmp(&a.rule.severity)
            .then_with(|| (&a.rule.id, &a.table, &a.key, &a.detail).cmp(&(&b.rule.id, &b.table, &b.key, &b.detail)))
    });
    Ok(results)
}

fn evaluate(db: &mut Db, rule: &Rule, parameters: &Parameters) -> Result<Vec<Finding>, String> {
    if counts_working_days(&rule.sql) && !year_is_covered(db, parameters)? {
        return Err(format!("no notice of public holidays covers {} (SCH-003)", parameters.today.year()));
    }
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
    let values = names
        .iter()
        .map(|name| parameters.value(name).map_err(|error| format!("unknown parameter {}", error.0)))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = select_texts(db, &sql, &["t", "k", "d"], &values).map_err(|error| error.to_string())?;
    Ok(rows
        .into_iter()
        .map(|row| Finding {
            fingerprint: fingerprint(&rule.id, &row[0], &row[1]),
            rule: rule.clone(),
            table: row[0].clone(),
            key: row[1].clone(),
            detail: row[2].clone(),
        })
        .collect())
}

/// Whether a rule reads the working days of the axis.
fn counts_working_days(sql: &str) -> bool {
    sql.contains("calendar_axis") && (sql.contains(".worked") || sql.contains(".is_workday"))
}

/// Whether a notice covers the year: without it such a rule would count too few days off, and must not pass in silence.
fn year_is_covered(db: &mut Db, parameters: &Parameters) -> Result<bool, String> {
    let days = "SELECT day FROM calendar_day WHERE is_workday = FALSE AND day BETWEEN $1 AND $2";
    let year = [parameters.today.first_of_year(), parameters.today.last_of_year()].map(|day| Bound::Day(Day(day)));
    Ok(select_texts(db, days, &["day"], &year).map_err(|error| error.to_string())?.len() >= DAYS_OF_A_NOTICE)
}

fn fingerprint(rule: &str, table: &str, key: &str) -> String {
    hex(&Sha256::digest(format!("{rule}\u{1f}{table}\u{1f}{key}"))[..16])
}

#[cfg(test)]
mod tests {
    use super::{counts_working_days, fingerprint};

    #[test]
    fn rules_on_working_days_are_known_by_what_they_read() {
        let counting: Vec<_> =
            crate::audit::built_in().unwrap().into_iter().filter(|rule| counts_working_days(&rule.sql)).map(|rule| rule.id).collect();
        let expected =
            ["DIS-001", "DIS-004", "DIS-005", "DOC-015", "DOC-017", "EXC-005", "LIC-003", "LIC-004", "LIC-005", "LOG-006", "MTG-002"];
        assert_eq!(counting, expected);
    }

    #[test]
    fn a_fingerprint_depends_on_rule_and_subject_only() {
        let one = fingerprint("ACC-001", "oa_user", "lihua");
        assert_eq!(one.len(), 32);
        assert_eq!(one, fingerprint("ACC-001", "oa_user", "lihua"));
        assert_ne!(one, fingerprint("ACC-002", "oa_user", "lihua"));
        assert_ne!(fingerprint("A", "bc", "d"), fingerprint("A", "b", "cd"));
    }
}
