//! Running rules over one picture of the database.

use sha2::{Digest, Sha256};

use super::parameters::Parameters;
use super::rules::Rule;
use crate::db::{Db, DbError, hex, select_texts};

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

fn fingerprint(rule: &str, table: &str, key: &str) -> String {
    hex(&Sha256::digest(format!("{rule}\u{1f}{table}\u{1f}{key}"))[..16])
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_fingerprint_depends_on_rule_and_subject_only() {
        let one = fingerprint("ACC-001", "oa_user", "lihua");
        assert_eq!(one.len(), 32);
        assert_eq!(one, fingerprint("ACC-001", "oa_user", "lihua"));
        assert_ne!(one, fingerprint("ACC-002", "oa_user", "lihua"));
        assert_ne!(fingerprint("A", "bc", "d"), fingerprint("A", "b", "cd"));
    }
}
