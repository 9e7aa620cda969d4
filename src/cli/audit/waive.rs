use anyhow::Result;
use serde_json::json;

use super::run::{disk, parameters, run_all};
use super::standing::{named, of_table};
use crate::audit::latest_end;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, parse_day};
use crate::db::audit_waivers::{self, NewWaiver};
use crate::db::users::{self, User};
use crate::db::{Day, Db};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Accept a finding until a day (豁免)
///
/// Needs --reason. Who approves is another person than who asks, and acts himself where he is
/// known; the end is at most a year away. Some critical rules may not be waived at all.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rule, such as ACC-003
    rule: String,
    /// The finding's key, or its fingerprint
    #[arg(value_name = "KEY")]
    subject: String,
    /// Last day it is accepted
    #[arg(long, value_name = "DAY")]
    until: String,
    /// Login of the person who asks for it
    #[arg(long, value_name = "WHO")]
    requested_by: String,
    /// Login of the person who approves it; where it is known who acts, the acting one
    #[arg(long, value_name = "WHO")]
    approved_by: Option<String>,
    /// Number of the document it rests on
    #[arg(long, value_name = "NO")]
    basis: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    super::by_the_real_day(ctx)?;
    let mut rules = super::all(ctx)?;
    rules.retain(|rule| rule.id.eq_ignore_ascii_case(&args.rule));
    let rule = rules.first().cloned().ok_or_else(|| super::unknown(&args.rule))?;
    let refuse = |code: &'static str, why: String| Failure::new(code, Exit::NotPermitted, why);
    if !rule.waivable {
        return Err(refuse("audit.not-waivable", say!("audit-not-waivable", rule = rule.id.clone()))
            .hint(say!("audit-not-waivable-hint", remedy = super::remedy(&rule)))
            .into());
    }
    let reason = ctx.globals.reason.clone().filter(|reason| !reason.trim().is_empty()).ok_or_else(|| {
        Failure::new("audit.no-reason", Exit::Usage, say!("audit-waiver-no-reason")).hint(say!("audit-waive-reason-hint"))
    })?;
    let (until, today) = (parse_day(&args.until)?, ctx.clock.today());
    if until < today {
        return Err(Failure::new("audit.waiver-over", Exit::Usage, say!("audit-waive-over", until = until.to_string())).into());
    }
    if until > latest_end(today) {
        let latest = latest_end(today).to_string();
        return Err(Failure::new("audit.waiver-too-long", Exit::Usage, say!("audit-waiver-too-long", latest = latest)).into());
    }
    let approver = match (ctx.actor().login, &args.approved_by) {
        // To approve is an act: nobody does it by being named.
        (Some(actor), Some(named)) if actor != named.trim() => {
            return Err(refuse("audit.another-approves", say!("audit-waive-another", actor = actor, named = named.clone()))
                .hint(say!("audit-waive-another-hint", named = named.clone()))
                .into());
        }
        (Some(actor), _) => actor,
        (None, Some(named)) => named.clone(),
        (None, None) => {
            return Err(Failure::new("audit.no-approver", Exit::Usage, say!("audit-waiver-no-approver"))
                .hint(say!("audit-waive-approver-hint"))
                .into());
        }
    };
    let db = ctx.db()?;
    let (requested_by, approved_by) = (person(db, &args.requested_by)?, person(db, &approver)?);
    // Two accounts of one person are one person.
    let same_staff = requested_by.staff_no.is_some() && requested_by.staff_no == approved_by.staff_no;
    if requested_by.id == approved_by.id || same_staff {
        return Err(refuse("audit.same-person", say!("audit-waiver-same-person", login = approver)).into());
    }

    let parameters = parameters(ctx)?;
    let results = run_all(ctx.db()?, vec![rule.clone()], &parameters, |_| None, || {})?;
    if let Some(skipped) = results.skipped.first() {
        let why = say!("audit-skipped", rule = skipped.rule.clone(), why = skipped.why.clone());
        return Err(Failure::new("audit.skipped", Exit::Failed, why).into());
    }
    let (mut found, mut count) = (None, 0);
    for finding in results.findings.iter() {
        let finding = finding.map_err(disk)?;
        if finding.key == args.subject || finding.fingerprint().hex() == args.subject {
            count += 1;
            found = Some((finding.fingerprint().hex(), finding.table.to_owned(), finding.key, finding.detail));
        }
    }
    // Who accepts one fault has not accepted another that has its name.
    if count > 1 {
        let message = say!("audit-waive-several", rule = rule.id.clone(), subject = args.subject.clone(), count = count);
        return Err(Failure::new("audit.several-findings", Exit::Conflict, message)
            .hint(say!("audit-waive-several-hint", rule = rule.id))
            .into());
    }
    let (fingerprint, table, key, detail) = found.ok_or_else(|| {
        Failure::new(
            "audit.no-finding",
            Exit::NotFound,
            say!("audit-waive-no-finding", rule = rule.id.clone(), subject = args.subject.clone()),
        )
        .hint(say!("audit-waive-no-finding-hint", rule = rule.id.clone()))
    })?;

    let mut report = report(
        "audit.waive",
        vec![
            left("rule"),
            left("table"),
            left("key"),
            left("detail"),
            left("reason"),
            left("requested_by"),
            left("approved_by"),
            left("until"),
        ],
    );
    report.key = 2;
    report.push(vec![
        rule.id.clone().into(),
        table.clone().into(),
        key.clone().into(),
        detail.into(),
        reason.clone().into(),
        requested_by.login_name.clone().into(),
        approved_by.login_name.clone().into(),
        until.into(),
    ]);
    // Said twice, it is waived once: of two waivers one would hide what the other is taken back for.
    let waived = of_table(ctx)?.into_iter().find(|waiver| {
        let same = waiver.rule == rule.id && waiver.fingerprint.is_some_and(|print| print.hex() == fingerprint);
        same && waiver.in_force(today) && waiver.expires_on.is_some_and(|end| end >= until)
    });
    if let Some(waived) = waived {
        ctx.show(report)?;
        let until = waived.expires_on.map(|end| end.to_string()).unwrap_or_default();
        ctx.remark(&say!("audit-waived-already", waiver = named(&waived), until = until));
        return Ok(Outcome::Done);
    }
    let new = NewWaiver {
        rule_id: rule.id,
        fingerprint: Some(fingerprint),
        subject_table: Some(table),
        subject_key: Some(key.clone()),
        reason,
        requested_by: requested_by.id,
        approved_by: Some(approved_by.id),
        created_on: Day(today),
        expires_on: Some(Day(until)),
        basis_doc_no: args.basis.clone(),
    };
    let id = ctx.write(|db, log| {
        let id = audit_waivers::add(db, &new)?;
        log.push(Entry {
            verb: "audit waive",
            table: Some("audit_waiver"),
            key: Some(format!("{} {key}", new.rule_id)),
            old: None,
            new: Some(json!({
                "rule": new.rule_id, "subject_table": new.subject_table, "subject_key": new.subject_key, "fingerprint": new.fingerprint,
                "reason": new.reason, "requested_by": requested_by.login_name, "approved_by": approved_by.login_name,
                "expires_on": until.to_string(), "basis_doc_no": new.basis_doc_no,
            })),
        });
        Ok(id)
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("audit-waived", id = id.to_string(), until = until.to_string()) });
    Ok(Outcome::Done)
}

/// Somebody who is here and can answer for it.
fn person(db: &mut Db, login: &str) -> Result<User> {
    let user = users::by_login(db, login)?
        .ok_or_else(|| Failure::new("user.unknown", Exit::NotFound, say!("user-unknown", login = login)).hint(say!("user-unknown-hint")))?;
    if user.status != "active" {
        return Err(Failure::new("audit.not-active", Exit::NotPermitted, say!("audit-waiver-not-active", login = login)).into());
    }
    Ok(user)
}
