use anyhow::Result;

use super::shut::{Turn, opened, turn};
use crate::context::{Context, Outcome};
use crate::say;

/// Enable disabled accounts again
///
/// Roles are granted anew, not given back; a password that is overdue for change is taken away. Who left for good comes back by `user return`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login names
    #[arg(required = true)]
    logins: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let question = |count: usize| say!("user-enable-question", count = count);
    let (report, count) = turn(ctx, "user.enable", "user enable", &args.logins, Turn::Enable, question)?;
    opened(ctx, report, count)
}
