//! `swj log`: the audit log (审计日志).

mod list;
mod verify;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// The audit log
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Verify(verify::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list::run(ctx, args),
            Self::Verify(args) => verify::run(ctx, args),
        }
    }
}
