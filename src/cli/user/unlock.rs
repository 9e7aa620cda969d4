use anyhow::Result;

use super::shut::{Turn, opened, turn};
use crate::context::{Context, Outcome};
use crate::say;

/// Unlock accounts and forget their failed logins
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login names
    #[arg(required = true)]
    logins: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let question = |count: usize| say!("user-unlock-question", count = count);
    let (report, count) = turn(ctx, "user.unlock", "user unlock", &args.logins, Turn::Unlock, question)?;
    opened(ctx, report, count)
}
