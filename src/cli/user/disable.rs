use anyhow::Result;

use super::shut::{Turn, turn};
use crate::context::{Context, Outcome};
use crate::say;

/// Disable accounts
///
/// The rows stay for ever (signatures and history name them); a disabled account cannot log in and
/// has no roles, delegations or sessions any more. The only administrator of a kind is refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login names
    #[arg(required = true)]
    logins: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let question = |count: usize| say!("user-disable-question", count = count);
    let (report, count) = turn(ctx, "user.disable", "user disable", &args.logins, Turn::Disable, question)?;
    ctx.show(report)?;
    ctx.remark(&match count {
        0 => say!("user-disable-nothing"),
        _ if ctx.globals.dry_run => say!("dry-run"),
        count => say!("user-disabled", count = count),
    });
    Ok(Outcome::Done)
}
