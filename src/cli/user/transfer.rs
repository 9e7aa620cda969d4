use anyhow::Result;

use super::movement::{Asked, order};
use crate::context::{Context, Outcome, parse_day};
use crate::failure::{Exit, Failure};
use crate::say;

/// Move somebody to another unit (调动), or lend him for a time (借调)
///
/// The roles of the old post end and open work goes to the successor. With --second the main post stays and
/// a second one begins. A day to come is kept until `user transfer apply`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Login name
    #[arg(required = true)]
    login: Option<String>,
    /// Code of the new unit
    #[arg(long, required = true, value_name = "CODE")]
    to: Option<String>,
    /// A second post for a time; the main post stays
    #[arg(long, requires = "until")]
    second: bool,
    /// Last day of the second post
    #[arg(long, value_name = "DATE", requires = "second")]
    until: Option<String>,
    /// Name of the new post; the old one's if not given
    #[arg(long, value_name = "NAME")]
    post: Option<String>,
    /// Who takes over the open work
    #[arg(long, value_name = "LOGIN")]
    successor: Option<String>,
    /// The roles go along
    #[arg(long)]
    keep_roles: bool,
    /// First day in the new unit; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Basis document (依据文件)
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Apply(super::apply::Args),
    Cancel(super::cancel::Args),
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    match &args.command {
        Some(Command::Apply(args)) => return super::apply::run(ctx, args),
        Some(Command::Cancel(args)) => return super::cancel::run(ctx, args),
        None => {}
    }
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let until = args.until.as_deref().map(parse_day).transpose()?;
    if let Some(until) = until.filter(|until| *until < on) {
        let (on, until) = (on.to_string(), until.to_string());
        return Err(Failure::new("user.until", Exit::Usage, say!("user-until", on = on, until = until))
            .hint(say!("user-until-hint"))
            .into());
    }
    let asked = Asked {
        login: args.login.clone().unwrap_or_default(),
        kind: if args.second { "second" } else { "transfer" }.to_owned(),
        to: args.to.clone(),
        on,
        until,
        basis: args.basis.clone(),
        successor: args.successor.clone(),
        post: args.post.clone(),
        keep_roles: args.keep_roles,
    };
    order(ctx, "user.transfer", "user transfer", &asked)?;
    Ok(Outcome::Done)
}
