//! `swj stats`: the figures the information office hands in.

mod month;
mod rate;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Statistics of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Month(month::Args),
    Rate(rate::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Month(args) => month::run(ctx, args),
            Self::Rate(args) => rate::run(ctx, args),
        }
    }
}
