//! `swj db`: the database itself.

mod check;
mod copy;
mod migrate;
mod roles;
mod status;

use anyhow::Result;

use crate::context::{Context, Outcome};

/// The database itself
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Migrate(migrate::Args),
    Status(status::Args),
    Check(check::Args),
    Copy(copy::Args),
    Roles(roles::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Migrate(args) => migrate::run(ctx, args),
            Self::Status(args) => status::run(ctx, args),
            Self::Check(args) => check::run(ctx, args),
            Self::Copy(args) => copy::run(ctx, args),
            Self::Roles(args) => roles::run(ctx, args),
        }
    }
}
