//! `swj disclosure`: information disclosed on the bureau's own initiative (主动公开) and its register.

mod import;
mod list;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// Items of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Import(import::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
        }
    }
}
