use anyhow::Result;

use jiff::civil::Date;
use serde_json::json;

use super::desk::{Desk, Line, active, known, listed};
use crate::cli::import::moved;
use crate::context::{Context, Outcome, parse_day};
use crate::db::users::User;
use crate::db::{Instant, holdings, transfers, units};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// List what somebody still has on the desk (移交清单), give it to another, or note that the papers came back
///
/// Without --to and --papers-returned nothing is changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Who takes it over
    #[arg(long, value_name = "LOGIN")]
    to: Option<String>,
    /// The papers of the post came back (清退), today or on this day
    #[arg(long, value_name = "DATE", num_args = 0..=1, default_missing_value = "", conflicts_with = "to")]
    papers_returned: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user handover")?;
    let db = ctx.db()?;
    let user = known(db, &args.login)?;
    if let Some(day) = args.papers_returned.as_deref() {
        let on = if day.is_empty() { desk.today } else { parse_day(day)? };
        return papers_returned(ctx, &desk, &user, on);
    }
    let heir = args.to.as_deref().map(|login| active(db, login, &user)).transpose()?;
    let things = holdings::of_person(db, user.id, desk.today.into())?;
    let line = |thing: &holdings::Holding| Line {
        login: user.login_name.clone(),
        what: thing.kind.to_owned(),
        key: thing.key.clone(),
        title: thing.title.clone(),
        outcome: if heir.is_some() { "handed_over" } else { "open" },
        to: heir.as_ref().map(|heir| heir.login_name.clone()),
    };
    let report = listed("user.handover", &things.iter().map(line).collect::<Vec<_>>());
    let Some(to) = heir.as_ref().filter(|_| !things.is_empty()) else {
        ctx.show(report)?;
        if heir.is_some() {
            ctx.remark(&say!("user-nothing-open", login = user.login_name));
        }
        return Ok(Outcome::Done);
    };
    ctx.show_plan(&report)?;
    let (from, count) = (user.login_name.clone(), things.len());
    ctx.go_ahead(&say!("user-handover-question", login = from.clone(), to = to.login_name.clone(), count = count))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        active(db, &to.login_name, &user)?;
        if holdings::of_person(db, user.id, desk.today.into())? != things {
            return Err(moved(&user.login_name));
        }
        desk.hand_over(db, log, &user, Some(to), desk.today)?;
        Ok(transfers::handed_over(db, user.id, desk.at)?)
    })?;
    ctx.show(report)?;
    let to = to.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-handed-over", login = from, to = to, count = count) });
    Ok(Outcome::Done)
}

/// Notes the return of the papers on every movement that still waits for it; and, where nothing is open, that nothing is
/// left to hand over.
fn papers_returned(ctx: &mut Context, desk: &Desk, user: &User, on: Date) -> Result<Outcome> {
    if on > desk.today {
        return Err(Failure::new("unit.not-yet", Exit::Usage, say!("unit-not-yet", on = on.to_string()))
            .hint(say!("user-papers-not-yet-hint"))
            .into());
    }
    let waiting = transfers::papers_out(ctx.db()?, user.id)?;
    let line = |transfer: &transfers::Transfer| Line {
        login: user.login_name.clone(),
        what: "papers".to_owned(),
        key: transfer.effective_on.to_string(),
        title: transfer.kind.clone(),
        outcome: "returned",
        to: None,
    };
    let report = listed("user.handover", &waiting.iter().map(line).collect::<Vec<_>>());
    if waiting.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("user-no-papers-out", login = user.login_name.clone()));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("user-papers-question", login = user.login_name.clone(), on = on.to_string()))?;
    let at = if on == desk.today { desk.at } else { Instant::at_beijing(on.at(0, 0, 0, 0)) };
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if transfers::papers_out(db, user.id)? != waiting {
            return Err(moved(&user.login_name));
        }
        for transfer in &waiting {
            transfers::papers_returned(db, transfer.id, at)?;
            let key = format!("{} {} {}", user.login_name, transfer.kind, transfer.effective_on);
            let (old, new) = (Some(json!({ "papers_returned": null })), Some(json!({ "papers_returned": on.to_string() })));
            log.push(Entry { verb: desk.verb, table: Some("user_transfer"), key: Some(key), old, new });
        }
        if holdings::of_person(db, user.id, desk.today.into())?.is_empty() {
            transfers::handed_over(db, user.id, desk.at)?;
        }
        Ok(())
    })?;
    ctx.show(report)?;
    let login = user.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-papers-noted", login = login) });
    Ok(Outcome::Done)
}
