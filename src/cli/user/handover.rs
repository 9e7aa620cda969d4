use anyhow::Result;

use super::desk::{Desk, Line, active, known, listed};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::{holdings, units};
use crate::say;

/// List what somebody still has on the desk (移交清单), or give it to another
///
/// Without --to nothing is changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Who takes it over
    #[arg(long, value_name = "LOGIN")]
    to: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user handover")?;
    let db = ctx.db()?;
    let user = known(db, &args.login)?;
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
        Ok(())
    })?;
    ctx.show(report)?;
    let to = to.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-handed-over", login = from, to = to, count = count) });
    Ok(Outcome::Done)
}
