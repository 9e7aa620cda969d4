//! `swj stats`: the figures the information office hands in.

mod check;
mod explain;
mod figure;
mod forms;
mod freeze;
mod halfyear;
mod month;
mod official;
mod quarter;
mod rank;
mod rate;
mod sheet;
mod year;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Statistics of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Month(month::Args),
    Quarter(quarter::Args),
    Halfyear(halfyear::Args),
    Year(year::Args),
    Forms(forms::Args),
    Figure(figure::Args),
    Freeze(freeze::Args),
    Explain(explain::Args),
    Check(check::Args),
    Rate(rate::Args),
    Rank(rank::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Month(args) => month::run(ctx, args),
            Self::Quarter(args) => quarter::run(ctx, args),
            Self::Halfyear(args) => halfyear::run(ctx, args),
            Self::Year(args) => year::run(ctx, args),
            Self::Forms(args) => forms::run(ctx, args),
            Self::Figure(args) => figure::run(ctx, args),
            Self::Freeze(args) => freeze::run(ctx, args),
            Self::Explain(args) => explain::run(ctx, args),
            Self::Check(args) => check::run(ctx, args),
            Self::Rate(args) => rate::run(ctx, args),
            Self::Rank(args) => rank::run(ctx, args),
        }
    }
}
