use anyhow::Result;
use serde_json::json;

use super::run::{disk, parameters, run_all};
use super::standing::{Whose, background};
use crate::audit::{self, FIXABLE, State};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::audit_fixes::{self, Grant};
use crate::db::{Db, Instant, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Mend the few faults that need no decision
///
/// Takes back expired grants (ROL-006) and those of accounts out of use (ROL-007), disables
/// expired accounts (ACC-011), sets levels of units (UNI-005). What is waived stays.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only faults of these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// Refuse when more than this many rows would change
    #[arg(long, value_name = "N", default_value_t = 199)]
    max: usize,
}

/// One row to change.
struct Fix {
    rule: &'static str,
    key: String,
    before: String,
    after: String,
    what: What,
}

enum What {
    Revoke(Grant),
    Disable(String),
    Level { code: String, from: i64, to: i64 },
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let wanted = wanted(args)?;
    let fixes = plan(ctx, &wanted)?;
    let mut report = report("audit.fix", vec![left("rule"), left("table"), left("key"), left("before"), left("after")]);
    report.key = 2;
    for fix in &fixes {
        let (table, key) = (fix.table(), fix.key.clone());
        report.push(vec![fix.rule.into(), table.into(), key.into(), fix.before.clone().into(), fix.after.clone().into()]);
    }
    if fixes.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("audit-fix-nothing"));
        return Ok(Outcome::Done);
    }
    if fixes.len() > args.max {
        return Err(Failure::new("audit.too-many", Exit::Conflict, say!("audit-fix-too-many", count = fixes.len(), max = args.max))
            .hint(say!("audit-fix-too-many-hint", count = fixes.len()))
            .into());
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("audit-fix-question", count = fixes.len()))?;
    let (at, actor) = (ctx.clock.now(), ctx.actor().login);
    ctx.write(|db, log| {
        let by = actor.as_deref().map(|login| users::by_login(db, login)).transpose()?.flatten().map(|user| user.id);
        fixes.iter().try_for_each(|fix| {
            log.push(fix.carry_out(db, at, by)?);
            Ok(())
        })
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("audit-fixed", count = fixes.len()) });
    Ok(Outcome::Done)
}

fn wanted(args: &Args) -> Result<Vec<&'static str>> {
    let fixable = |id: &String| FIXABLE.into_iter().find(|known| known.eq_ignore_ascii_case(id));
    if let Some(other) = args.rule.iter().find(|id| fixable(id).is_none()) {
        return Err(Failure::new("audit.not-fixable", Exit::Usage, say!("audit-fix-not", rule = other.clone()))
            .hint(say!("audit-fix-not-hint", rules = FIXABLE.join(", "), rule = other.clone()))
            .into());
    }
    Ok(if args.rule.is_empty() { FIXABLE.to_vec() } else { args.rule.iter().filter_map(fixable).collect() })
}

/// What the rules find is what is mended: the same SELECT, the same clock, and no waived finding.
fn plan(ctx: &mut Context, wanted: &[&'static str]) -> Result<Vec<Fix>> {
    let mut rules = super::all(ctx)?;
    rules.retain(|rule| wanted.contains(&rule.id.as_str()));
    let whose = Whose::here(ctx)?;
    let mut background = background(ctx, &whose, None, None)?;
    let parameters = parameters(ctx)?;
    let mut results = run_all(ctx.db()?, rules, &parameters, |_| None, || {})?;
    background.judge(&mut results, ctx.clock.judged_at()).map_err(disk)?;
    if let Some(skipped) = results.skipped.first() {
        let why = say!("audit-skipped", rule = skipped.rule.clone(), why = skipped.why.clone());
        return Err(Failure::new("audit.skipped", Exit::Failed, why).into());
    }
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for finding in results.findings.iter() {
        let finding = finding.map_err(disk)?;
        if finding.standing.state != State::Waived
            && let Some(rule) = wanted.iter().find(|id| **id == finding.rule.id)
        {
            found.push((rule, finding.key));
        }
    }
    let db = ctx.db()?;
    let (grants, units) = (audit_fixes::grants(db)?, audit_fixes::levels(db)?);
    let mut fixes: Vec<Fix> = Vec::new();
    for (rule, key) in &found {
        match *rule {
            // A grant that is expired and on a dead account is taken back once.
            "ROL-006" | "ROL-007" => {
                let taken = |id: i64| fixes.iter().any(|fix| matches!(&fix.what, What::Revoke(grant) if grant.id == id));
                if let Some(grant) = grants.iter().find(|grant| format!("{}/{}", grant.login, grant.role) == *key && !taken(grant.id)) {
                    let what = What::Revoke(grant.clone());
                    fixes.push(Fix { rule, key: key.clone(), before: "granted".into(), after: "revoked".into(), what });
                }
            }
            "ACC-011" => {
                let what = What::Disable(key.clone());
                fixes.push(Fix { rule, key: key.clone(), before: "active".into(), after: "disabled".into(), what });
            }
            _ => {}
        }
    }
    // Setting one level can make the next one wrong: the whole branch is set, not the findings alone.
    if found.iter().any(|(rule, _)| *rule == "UNI-005") {
        for (code, from, to) in audit::levels(&units) {
            let what = What::Level { code: code.clone(), from, to };
            fixes.push(Fix { rule: "UNI-005", key: code, before: from.to_string(), after: to.to_string(), what });
        }
    }
    Ok(fixes)
}

impl Fix {
    fn table(&self) -> &'static str {
        match self.what {
            What::Revoke(_) => "user_role",
            What::Disable(_) => "oa_user",
            What::Level { .. } => "unit",
        }
    }

    /// Changes the row, if it is still what the plan showed.
    fn carry_out(&self, db: &mut Db, at: Instant, by: Option<i64>) -> Result<Entry> {
        let (old, new) = match &self.what {
            What::Revoke(grant) => {
                if !audit_fixes::revoke(db, grant.id, at, by)? {
                    return Err(moved(&self.key));
                }
                let expires_on = grant.expires_on.map(|day| day.to_string());
                (json!({ "revoked_at": null, "expires_on": expires_on }), json!({ "revoked_at": at.rfc3339(), "rule": self.rule }))
            }
            What::Disable(login) => {
                let user = users::by_login(db, login)?.filter(|user| user.status == "active").ok_or_else(|| moved(login))?;
                users::disable(db, user.id, at, Some(self.rule))?;
                (json!({ "status": "active" }), json!({ "status": "disabled", "disabled_reason": self.rule }))
            }
            What::Level { code, from, to } => {
                if !audit_fixes::set_level(db, code, *from, *to)? {
                    return Err(moved(code));
                }
                (json!({ "level": from }), json!({ "level": to, "rule": self.rule }))
            }
        };
        Ok(Entry { verb: "audit fix", table: Some(self.table()), key: Some(self.key.clone()), old: Some(old), new: Some(new) })
    }
}
