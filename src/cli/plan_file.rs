//! A plan put down in a file today and carried out tomorrow: exactly it, or not at all.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::db::{canonical, hex, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::plan::{Change, Counts, Readable};
use crate::say;
use crate::secret;

/// The options of an import that can be planned today and carried out later.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Write the plan into a new file and change nothing
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    /// Carry out a plan written earlier, if nothing it touches was changed since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "plan"])]
    pub(super) apply_plan: Option<PathBuf>,
}

impl PlanArgs {
    /// Refuses to write over a plan somebody may have signed.
    ///
    /// # Errors
    /// Exit 5: a file of this name is there.
    pub(crate) fn is_new(&self) -> Result<()> {
        self.plan.as_deref().map_or(Ok(()), must_be_new)
    }
}

/// Refuses a file that is there: known before the work rather than after it.
///
/// # Errors
/// Exit 5.
pub(crate) fn must_be_new(path: &Path) -> Result<()> {
    if path.exists() {
        let path = path.display().to_string();
        return Err(Failure::new("import.file-exists", Exit::Conflict, say!("import-file-exists", path = path))
            .hint(say!("import-file-exists-hint"))
            .into());
    }
    Ok(())
}

/// What the plan was made from is not what is there now.
pub(crate) fn outdated(path: &Path, key: &str) -> anyhow::Error {
    Failure::new("changed-meanwhile", Exit::Conflict, say!("changed-meanwhile", key = key)).hint(say!("plan-hint")).in_file(path).into()
}

/// What an import would do, apart from the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct Planned<F> {
    pub counts: Counts,
    pub changes: Vec<Change<F>>,
    /// Keys to take out of use, with the status each has.
    pub gone: Vec<(String, String)>,
    /// Name of the file it came from.
    pub source: String,
}

impl<F: Readable> Planned<F> {
    /// How many objects it writes.
    pub(crate) fn writes(&self) -> u64 {
        (self.changes.len() + self.gone.len()) as u64
    }

    /// Puts the plan down. It holds telephone numbers, so nobody else may read it.
    ///
    /// # Errors
    /// The disk; a file of this name is there.
    pub(crate) fn put_down(&self, ctx: &mut Context, schema: &str, path: &Path) -> Result<()> {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|change| {
                let before = change.before.as_ref().map_or(Value::Null, |before| fields(before));
                json!({ "line": change.line, "key": change.after.key(), "before": before, "after": fields(&change.after) })
            })
            .collect();
        let gone: Vec<Value> = self.gone.iter().map(|(key, status)| json!({ "key": key, "before": status })).collect();
        let counts = &self.counts;
        let mut plan = json!({
            "schema": schema,
            "generated_at": ctx.clock.now().rfc3339(),
            "database": settings::get(ctx.db()?, settings::DATABASE_ID)?,
            "source": self.source,
            "counts": {
                "read": counts.read, "added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged,
                "withdrawn": counts.withdrawn, "rejected": counts.rejected, "skipped": counts.skipped,
            },
            "changes": changes,
            "gone": gone,
        });
        plan["sha256"] = digest(&plan).into();
        secret::write(path, |out| writeln!(out, "{plan:#}"))?;
        ctx.remark(&say!("plan-written", path = path.display().to_string(), count = self.writes().to_string()));
        Ok(())
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// It is none, of another kind, of another database, or was altered (exit 5).
    pub(crate) fn take_up(ctx: &mut Context, schema: &str, path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
        let refuse = |code, message: String| Failure::new(code, Exit::Conflict, message).hint(say!("plan-hint")).in_file(path);
        let none = || refuse("plan.unreadable", say!("plan-unreadable", schema = schema.to_owned()));
        let mut plan: Value = serde_json::from_str(&text).map_err(|_| none())?;
        if plan["schema"] != schema {
            return Err(none().into());
        }
        let sealed = plan.as_object_mut().and_then(|plan| plan.remove("sha256"));
        if sealed != Some(digest(&plan).into()) {
            return Err(refuse("plan.altered", say!("plan-altered")).into());
        }
        if plan["database"] != json!(settings::get(ctx.db()?, settings::DATABASE_ID)?) {
            return Err(refuse("plan.other-database", say!("plan-other-database")).into());
        }
        Self::of(&plan).ok_or_else(|| none().into())
    }

    fn of(plan: &Value) -> Option<Self> {
        let count = |key: &str| plan["counts"][key].as_u64();
        let counts = Counts {
            read: count("read")?,
            added: count("added")?,
            changed: count("changed")?,
            unchanged: count("unchanged")?,
            withdrawn: count("withdrawn")?,
            rejected: count("rejected")?,
            skipped: count("skipped")?,
        };
        let change = |change: &Value| {
            let key = change["key"].as_str()?;
            let facts = |fields: &Value| F::read(key, &|field| fields[field].as_str().map(str::to_owned));
            let before = if change["before"].is_null() { None } else { Some(facts(&change["before"])?) };
            Some(Change::between(change["line"].as_u64()?, before, facts(&change["after"])?))
        };
        let gone = |gone: &Value| Some((gone["key"].as_str()?.to_owned(), gone["before"].as_str()?.to_owned()));
        Some(Self {
            counts,
            changes: plan["changes"].as_array()?.iter().map(change).collect::<Option<_>>()?,
            gone: plan["gone"].as_array()?.iter().map(gone).collect::<Option<_>>()?,
            source: plan["source"].as_str()?.to_owned(),
        })
    }
}

fn fields<F: Readable>(facts: &F) -> Value {
    facts.fields().into_iter().map(|(field, value)| (field.to_owned(), json!(value))).collect::<Map<_, _>>().into()
}

/// Over everything that stands in the plan: what is carried out is what was agreed to.
fn digest(plan: &Value) -> String {
    hex(&Sha256::digest(canonical(plan)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Account, UserFacts};
    use crate::plan::Facts;

    #[test]
    fn facts_come_back_from_their_fields() {
        let user = UserFacts {
            login_name: "lihua".into(),
            real_name: "李\n𠮷".into(),
            staff_no: None,
            unit: Some("01".into()),
            account_type: "person".into(),
            is_info_officer: true,
            joined_on: Some(jiff::civil::date(2026, 2, 28)),
            valid_until: None,
            phone: Some(String::new()),
            email: None,
        };
        let account = Account { user, status: "active".into() };
        let written = fields(&account);
        let read = Account::read(account.key(), &|field| written[field].as_str().map(str::to_owned));
        assert_eq!(read, Some(account));
        assert_eq!(Account::read("lihua", &|_| None), None);
    }
}
