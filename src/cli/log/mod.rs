//! `swj log`: the audit log (审计日志).

mod anchors;
mod checkpoint;
mod export;
mod list;
mod prove;
mod purge;
mod show;
mod tail;
mod verify;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// The audit log
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Tail(tail::Args),
    Verify(verify::Args),
    Checkpoint(checkpoint::Args),
    Prove(prove::Args),
    Export(export::Args),
    Purge(purge::Args),
}

impl Command {
    /// Whose acts alone are asked for.
    pub(crate) fn whose(&self) -> Option<&str> {
        match self {
            Self::List(args) => args.actor(),
            _ => None,
        }
    }

    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Tail(args) => tail::run(ctx, args),
            Self::Verify(args) => verify::run(ctx, args),
            Self::Checkpoint(args) => checkpoint::run(ctx, args),
            Self::Prove(args) => prove::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
            Self::Purge(args) => purge::run(ctx, args),
        }
    }
}
