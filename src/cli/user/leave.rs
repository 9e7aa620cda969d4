use anyhow::Result;

use super::movement::{Asked, order};
use crate::context::{Context, Outcome, parse_day};

/// Let somebody go (离职、退休、辞退)
///
/// The account is closed, roles, delegations, sessions and posts end, and open work goes to the successor,
/// all in one transaction; the handover list is printed. A day to come is kept until `user transfer apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Why
    #[arg(long, default_value = "leave", value_parser = ["leave", "retire", "dismiss"])]
    kind: String,
    /// Who takes over the open work
    #[arg(long, value_name = "LOGIN")]
    successor: Option<String>,
    /// Last day; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Basis document (依据文件)
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let asked = Asked {
        login: args.login.clone(),
        kind: args.kind.clone(),
        to: None,
        on: args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today()),
        until: None,
        basis: args.basis.clone(),
        successor: args.successor.clone(),
        post: None,
        keep_roles: false,
    };
    order(ctx, "user.leave", "user leave", &asked)?;
    Ok(Outcome::Done)
}
