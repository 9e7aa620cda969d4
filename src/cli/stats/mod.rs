//! `swj stats`: the figures the information office hands in.

mod check;
mod explain;
mod figure;
mod freeze;
mod month;
mod official;
mod rate;
mod year;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Statistics of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Month(month::Args),
    Year(year::Args),
    Figure(figure::Args),
    Freeze(freeze::Args),
    Explain(explain::Args),
    Check(check::Args),
    Rate(rate::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Month(args) => month::run(ctx, args),
            Self::Year(args) => year::run(ctx, args),
            Self::Figure(args) => figure::run(ctx, args),
            Self::Freeze(args) => freeze::run(ctx, args),
            Self::Explain(args) => explain::run(ctx, args),
            Self::Check(args) => check::run(ctx, args),
            Self::Rate(args) => rate::run(ctx, args),
        }
    }
}
