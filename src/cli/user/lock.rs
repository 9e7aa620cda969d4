use anyhow::Result;

use super::shut::{Turn, turn};
use crate::context::{Context, Outcome, parse_day};
use crate::db::Instant;
use crate::failure::{Exit, Failure};
use crate::say;

/// Lock accounts for a time, or until they are unlocked
///
/// Sessions end; roles stay. The only administrator of a kind is refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login names
    #[arg(required = true)]
    logins: Vec<String>,
    /// Last day of the lock
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.now().day();
    let until = args.until.as_deref().map(parse_day).transpose()?;
    if let Some(day) = until.filter(|day| *day < today) {
        return Err(Failure::new("user.until", Exit::Usage, say!("user-until", on = today.to_string(), until = day.to_string()))
            .hint(say!("user-until-hint"))
            .into());
    }
    let until = until.map(|day| Instant::at_beijing(day.at(23, 59, 59, 0)));
    let question = |count: usize| say!("user-lock-question", count = count);
    let (report, count) = turn(ctx, "user.lock", "user lock", &args.logins, Turn::Lock(until), question)?;
    ctx.show(report)?;
    ctx.remark(&match count {
        0 => say!("user-lock-nothing"),
        _ if ctx.globals.dry_run => say!("dry-run"),
        count => say!("user-locked", count = count),
    });
    Ok(Outcome::Done)
}
