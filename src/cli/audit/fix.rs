use std::collections::{HashMap, HashSet};

use anyhow::Result;
use serde_json::{Value, json};

use super::run::{disk, parameters, run_all};
use super::standing::{Whose, background};
use crate::audit::{self, FIXABLE, State, Unmendable};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::cli::permissions::{Gate, still};
use crate::cli::role::may_lose;
use crate::cli::user::{Closing, rehearsed};
use crate::context::{Context, Outcome};
use crate::db::audit_fixes::{self, Grant};
use crate::db::users::{self, User};
use crate::db::{Db, Instant, roles, units};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::Report;

const VERB: &str = "audit fix";

/// Mend the few faults that need no decision
///
/// Takes back expired grants (ROL-006) and those of accounts out of use (ROL-007), disables
/// expired accounts (ACC-011) as `swj user disable` does, sets levels of units (UNI-005). What is
/// waived stays. What a person has to decide stays too, with the reason, and ends with exit 3.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only faults of these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// Refuse when more than this many rows would change
    #[arg(long, value_name = "N", default_value_t = 199)]
    max: usize,
}

/// A fault to mend.
struct Fix {
    rule: &'static str,
    key: String,
    what: What,
}

enum What {
    Revoke(Grant),
    Disable(Box<User>),
    Level {
        code: String,
        from: i64,
        to: i64,
    },
    /// Known from the start to be a person's.
    Leave {
        before: String,
        why: String,
    },
}

/// What is found, and how much of it was accepted.
struct Plan {
    fixes: Vec<Fix>,
    waived: usize,
}

/// A row that changes, or that stays and why.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    rule: &'static str,
    table: &'static str,
    key: String,
    before: String,
    after: String,
    why: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let wanted = wanted(args)?;
    if !ctx.globals.dry_run {
        super::by_the_real_day(ctx)?;
    }
    let plan = plan(ctx, &wanted)?;
    let hand = Hand::new(ctx)?;
    // What has to stay is known before anything is asked, and what ends besides is shown.
    let lines = rehearsed(ctx.db()?, |db| hand.mend(db, &mut Vec::new(), &plan.fixes))?;
    let count = lines.iter().filter(|line| line.why.is_none()).count();
    if count > args.max {
        return Err(Failure::new("audit.too-many", Exit::Conflict, say!("audit-fix-too-many", count = count, max = args.max))
            .hint(say!("audit-fix-too-many-hint", count = count))
            .into());
    }
    let report = table(&lines);
    if count > 0 {
        ctx.fits(&report)?;
        ctx.show_plan(&report)?;
        ctx.go_ahead(&say!("audit-fix-question", count = count))?;
        ctx.write(|db, log| {
            units::one_at_a_time(db)?;
            roles::lock(db)?;
            let now = hand.mend(db, log, &plan.fixes)?;
            let other = now.iter().zip(&lines).find(|(now, planned)| now != planned).map(|(now, _)| now).or(now.get(lines.len()));
            match other {
                Some(other) => Err(moved(&other.key)),
                None if now.len() < lines.len() => Err(moved(&lines[now.len()].key)),
                None => Ok(()),
            }
        })?;
    }
    ctx.show(report)?;
    ctx.remark(&match count {
        0 => say!("audit-fix-nothing"),
        _ if ctx.globals.dry_run => say!("dry-run"),
        count => say!("audit-fixed", count = count),
    });
    if plan.waived > 0 {
        ctx.remark(&say!("audit-fix-waived", count = plan.waived));
    }
    let kept = lines.len() - count;
    if kept > 0 {
        ctx.remark(&say!("audit-fix-kept", count = kept));
        return Ok(Outcome::LookAtIt);
    }
    Ok(Outcome::Done)
}

fn table(lines: &[Line]) -> Report {
    let mut report = report("audit.fix", vec![left("rule"), left("table"), left("key"), left("before"), left("after"), left("why")]);
    report.key = 2;
    for line in lines.iter().cloned() {
        report.push(vec![line.rule.into(), line.table.into(), line.key.into(), line.before.into(), line.after.into(), line.why.into()]);
    }
    report
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
fn plan(ctx: &mut Context, wanted: &[&'static str]) -> Result<Plan> {
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
    let (mut found, mut waived): (Vec<(&'static str, String)>, _) = (Vec::new(), 0);
    // Units whose level was accepted as it is.
    let mut levels_kept = HashSet::new();
    for finding in results.findings.iter() {
        let finding = finding.map_err(disk)?;
        let Some(rule) = wanted.iter().find(|id| **id == finding.rule.id) else { continue };
        if finding.standing.state != State::Waived {
            found.push((rule, finding.key));
            continue;
        }
        waived += 1;
        if *rule == "UNI-005" {
            levels_kept.insert(finding.key);
        }
    }
    let db = ctx.db()?;
    let grants = audit_fixes::grants(db)?;
    let mut fixes: Vec<Fix> = Vec::new();
    for (rule, key) in found.iter().filter(|(rule, _)| *rule != "UNI-005") {
        let what = match *rule {
            "ACC-011" => users::by_login(db, key)?.map(|user| What::Disable(Box::new(user))),
            _ => {
                // A grant that is expired and on a dead account is taken back once.
                let taken = |id: i64| fixes.iter().any(|fix| matches!(&fix.what, What::Revoke(grant) if grant.id == id));
                let grant = grants.iter().find(|grant| format!("{}/{}", grant.login, grant.role) == *key && !taken(grant.id));
                grant.cloned().map(What::Revoke)
            }
        };
        fixes.extend(what.map(|what| Fix { rule, key: key.clone(), what }));
    }
    let wrong: Vec<String> = found.into_iter().filter(|(rule, _)| *rule == "UNI-005").map(|(_, key)| key).collect();
    if !wrong.is_empty() {
        fixes.extend(levels(db, wrong, &levels_kept)?);
    }
    Ok(Plan { fixes, waived })
}

/// Setting one level can make the next one wrong: the whole branch is set, not the findings alone.
fn levels(db: &mut Db, found: Vec<String>, kept: &HashSet<String>) -> Result<Vec<Fix>> {
    let rule = "UNI-005";
    let units = audit_fixes::levels(db)?;
    let level: HashMap<&str, i64> = units.iter().map(|(code, _, level)| (code.as_str(), *level)).collect();
    let levels = audit::levels(&units, kept);
    let set = levels.set.iter().cloned().map(|(code, from, to)| Fix { rule, key: code.clone(), what: What::Level { code, from, to } });
    let mut fixes: Vec<Fix> = set.collect();
    for key in found {
        let why = match levels.unmendable.get(&key) {
            Some(Unmendable::Below(code)) => say!("audit-fix-below", code = code.clone()),
            Some(Unmendable::NoTop) => say!("audit-fix-no-top"),
            None => continue,
        };
        let before = level.get(key.as_str()).map(ToString::to_string).unwrap_or_default();
        fixes.push(Fix { rule, key, what: What::Leave { before, why } });
    }
    Ok(fixes)
}

/// The hand that mends: each row by the safeguards and the permission of the verb that is there for it.
struct Hand {
    closing: Closing,
    gate: Gate,
    actor: Option<String>,
    reason: Option<String>,
    at: Instant,
}

impl Hand {
    fn new(ctx: &Context) -> Result<Self> {
        let closing = Closing::new(ctx, VERB, "ACC-011")?;
        let (actor, reason) = (ctx.actor().login, ctx.globals.reason.clone());
        Ok(Self { closing, gate: Gate::of(ctx), actor, reason, at: ctx.clock.now() })
    }

    /// Mends one after the other; what is refused stays as it is, and the others are mended.
    fn mend(&self, db: &mut Db, log: &mut Vec<Entry>, fixes: &[Fix]) -> Result<Vec<Line>> {
        let by = self.actor.as_deref().map(|login| users::by_login(db, login)).transpose()?.flatten();
        let mut lines: Vec<Line> = Vec::new();
        for fix in fixes {
            // What an account had ended with it.
            if lines.iter().any(|line| line.table == fix.table() && line.key == fix.key && line.why.is_none()) {
                continue;
            }
            // PostgreSQL refuses everything after an error until the savepoint is taken back.
            db.execute("SAVEPOINT fix")?;
            let mut entries = Vec::new();
            match self.mend_one(db, &mut entries, fix, by.as_ref()) {
                Ok(()) => {
                    let after = fix.after();
                    lines.push(fix.line(after, None));
                    lines.extend(entries.iter().filter_map(|entry| besides(fix, entry)));
                    log.extend(entries);
                }
                Err(error) => {
                    let failure = error.downcast::<Failure>()?;
                    db.execute("ROLLBACK TO SAVEPOINT fix")?;
                    lines.push(fix.line("kept".to_owned(), Some(failure.message)));
                }
            }
            db.execute("RELEASE SAVEPOINT fix")?;
        }
        Ok(lines)
    }

    fn mend_one(&self, db: &mut Db, log: &mut Vec<Entry>, fix: &Fix, by: Option<&User>) -> Result<()> {
        let needs = |db: &mut Db, perm: &str| still(&self.gate, db, by.map(|by| (by.id, by.login_name.as_str())), VERB, &[perm]);
        let (old, new) = match &fix.what {
            What::Disable(user) => {
                needs(db, "user:disable")?;
                // Somebody may have given it a new term meanwhile.
                if users::by_login(db, &user.login_name)?.as_ref() != Some(user) {
                    return Err(moved(&fix.key));
                }
                return self.closing.disable(db, log, user);
            }
            What::Revoke(grant) => {
                needs(db, "role:grant")?;
                let role = roles::by_code(db, &grant.role)?.ok_or_else(|| moved(&fix.key))?;
                let live = roles::live(db, grant.user_id, role.id)?;
                if live.map(|live| (live.id, live.expires_on)) != Some((grant.id, grant.expires_on)) {
                    return Err(moved(&fix.key));
                }
                may_lose(db, &role, grant.user_id)?;
                roles::revoke(db, grant.id, self.at, by.map(|by| by.id), Some(self.reason.as_deref().unwrap_or(fix.rule)))?;
                let expires_on = grant.expires_on.map(|day| day.to_string());
                (json!({ "revoked_at": null, "expires_on": expires_on }), json!({ "revoked_at": self.at.rfc3339(), "rule": fix.rule }))
            }
            What::Level { code, from, to } => {
                needs(db, "unit:write")?;
                if !audit_fixes::set_level(db, code, *from, *to)? {
                    return Err(moved(code));
                }
                (json!({ "level": from }), json!({ "level": to, "rule": fix.rule }))
            }
            What::Leave { why, .. } => return Err(Failure::new("audit.left", Exit::LookAtIt, why.clone()).into()),
        };
        log.push(Entry { verb: VERB, table: Some(fix.table()), key: Some(fix.key.clone()), old: Some(old), new: Some(new) });
        Ok(())
    }
}

impl Fix {
    fn table(&self) -> &'static str {
        match self.what {
            What::Revoke(_) => "user_role",
            What::Disable(_) => "oa_user",
            What::Level { .. } | What::Leave { .. } => "unit",
        }
    }

    fn after(&self) -> String {
        match &self.what {
            What::Revoke(_) => "revoked".to_owned(),
            What::Disable(_) => "disabled".to_owned(),
            What::Level { to, .. } => to.to_string(),
            What::Leave { before, .. } => before.clone(),
        }
    }

    fn line(&self, after: String, why: Option<String>) -> Line {
        let before = match &self.what {
            What::Revoke(_) => "granted".to_owned(),
            What::Disable(user) => user.status.clone(),
            What::Level { from, .. } => from.to_string(),
            What::Leave { before, .. } => before.clone(),
        };
        Line { rule: self.rule, table: self.table(), key: self.key.clone(), before, after, why }
    }
}

/// What ends with an account, as its entries in the log tell.
fn besides(fix: &Fix, entry: &Entry) -> Option<Line> {
    if !matches!(fix.what, What::Disable(_)) {
        return None;
    }
    let counted = |name: &str| {
        let count = |value: &Option<Value>| value.as_ref().and_then(|value| value.get(name)).map(ToString::to_string);
        count(&entry.old).zip(count(&entry.new))
    };
    let (table, (before, after)) = match entry.table? {
        "user_role" => ("user_role", ("granted".to_owned(), "revoked".to_owned())),
        "role_request" => ("role_request", ("waiting".to_owned(), "withdrawn".to_owned())),
        "delegation" => ("delegation", ("in_force".to_owned(), "cancelled".to_owned())),
        _ => match counted("activation_codes") {
            Some(codes) => ("user_activation", codes),
            None => ("user_session", counted("sessions")?),
        },
    };
    Some(Line { rule: fix.rule, table, key: entry.key.clone()?, before, after, why: None })
}
