use anyhow::Result;

use super::desk::{Desk, known, listed};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::transfers;
use crate::db::units;
use crate::say;

/// Call off whatever move or departure is planned for somebody
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user transfer cancel")?;
    ctx.fits(&listed("user.transfer.cancel", &[]))?;
    let user = known(ctx.db()?, &args.login)?;
    let before = transfers::pending(ctx.db()?, Some(user.id))?;
    if before.is_empty() {
        ctx.show(listed("user.transfer.cancel", &[]))?;
        ctx.remark(&say!("user-nothing-planned", login = user.login_name));
        return Ok(Outcome::Done);
    }
    let lines = super::rehearsed(ctx.db()?, |db| desk.call_off(db, &mut Vec::new(), &user))?;
    ctx.show_plan(&listed("user.transfer.cancel", &lines))?;
    ctx.go_ahead(&say!("user-cancel-question", login = user.login_name.clone(), count = lines.len()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if transfers::pending(db, Some(user.id))? != before {
            return Err(moved(&user.login_name));
        }
        desk.call_off(db, log, &user)
    })?;
    let count = lines.len();
    ctx.show(listed("user.transfer.cancel", &lines))?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-cancelled", login = user.login_name, count = count) });
    Ok(Outcome::Done)
}
