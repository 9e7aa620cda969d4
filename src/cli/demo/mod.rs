//! `swj demo`: a synthetic bureau to learn and to measure on.

mod load;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Demonstration data
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Load(load::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Load(args) => load::run(ctx, args),
        }
    }
}
