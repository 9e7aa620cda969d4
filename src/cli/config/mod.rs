//! `swj config`: what is configured, and where it comes from.

mod show;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Configuration
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Show(show::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Show(args) => show::run(ctx, args),
        }
    }
}
