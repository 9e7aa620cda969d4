use anyhow::Result;
use serde_json::json;

use super::desk::{Desk, active, present};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, parse_day};
use crate::db::accounts::Delegations;
use crate::db::{Instant, accounts, units};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::Column;

/// Let another act for somebody for a time (委托代办), or end that
///
/// There is always an end; --cancel ends every delegation from somebody at once, not those to him. Between people whose roles exclude
/// each other nothing is delegated.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose work it is
    #[arg(long, value_name = "LOGIN")]
    from: String,
    /// Who acts
    #[arg(long, value_name = "LOGIN", required_unless_present = "cancel")]
    to: Option<String>,
    /// Last day
    #[arg(long, value_name = "DATE", required_unless_present = "cancel")]
    until: Option<String>,
    /// First day; from now on if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// What it covers, such as all or documents
    #[arg(long, default_value = "all", value_name = "TEXT")]
    scope: String,
    /// End what was delegated
    #[arg(long, conflicts_with_all = ["to", "until", "on"])]
    cancel: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user delegate")?;
    let people = [Column::left("from", say!("column-delegator")), Column::left("to", say!("column-stand-in"))];
    let columns = [&people[..], &[left("scope"), left("starts_at"), left("ends_at")]].concat();
    let mut report = report("user.delegate", columns);
    if args.cancel {
        let lines = ctx.write(|db, log| {
            units::one_at_a_time(db)?;
            let user = present(db, &args.from)?;
            desk.strip_delegations(db, log, &user, Delegations::From)
        })?;
        for line in &lines {
            let (from, to) = line.key.split_once(" -> ").unwrap_or((&line.key, ""));
            report.push(vec![from.into(), to.into(), line.title.clone().into(), crate::view::Cell::Empty, desk.at.rfc3339().into()]);
        }
        ctx.show(report)?;
        ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-delegation-ended", count = lines.len()) });
        return Ok(Outcome::Done);
    }
    let until = parse_day(args.until.as_deref().unwrap_or_default())?;
    let first = args.on.as_deref().map(parse_day).transpose()?;
    if until < first.unwrap_or(desk.today) || until < desk.today {
        let (on, until) = (first.unwrap_or(desk.today).to_string(), until.to_string());
        return Err(Failure::new("user.until", Exit::Usage, say!("user-until", on = on, until = until))
            .hint(say!("user-until-hint"))
            .into());
    }
    let starts = first.filter(|day| *day > desk.today).map_or(desk.at, |day| Instant::at_beijing(day.at(0, 0, 0, 0)));
    let ends = Instant::at_beijing(until.at(23, 59, 59, 0));
    let to = args.to.as_deref().unwrap_or_default();
    let starts = ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let user = present(db, &args.from)?;
        let other = active(db, to, &user)?;
        // Said twice, it is delegated once.
        if let Some(since) = accounts::delegated(db, user.id, other.id, &args.scope, ends)?.filter(|since| *since <= starts) {
            return Ok(since);
        }
        crate::cli::role::may_act_for(db, &user, &other)?;
        accounts::delegate(db, user.id, other.id, &args.scope, starts, ends, desk.reason.as_deref().unwrap_or_default())?;
        log.push(Entry {
            verb: desk.verb,
            table: Some("delegation"),
            key: Some(format!("{} -> {}", user.login_name, other.login_name)),
            old: None,
            new: Some(json!({ "scope": args.scope, "starts_at": starts.rfc3339(), "ends_at": ends.rfc3339() })),
        });
        Ok(starts)
    })?;
    report.push(vec![args.from.clone().into(), to.into(), args.scope.clone().into(), starts.rfc3339().into(), ends.rfc3339().into()]);
    ctx.show(report)?;
    let (from, to) = (args.from.clone(), to.to_owned());
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else {
        say!("user-delegated", from = from, to = to, until = until.to_string())
    });
    Ok(Outcome::Done)
}
