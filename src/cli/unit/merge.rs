use anyhow::Result;

use super::change::{Change, When};
use super::close::end;
use crate::context::{Context, Outcome};

/// Merge units into another (合并)
///
/// The units are closed; their people, open papers, running cases, open requests and the units below
/// them go to the unit they are merged into, all in one transaction.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Codes of the units that end
    #[arg(required = true)]
    codes: Vec<String>,
    /// Code of the unit they become part of
    #[arg(long, value_name = "CODE")]
    into: String,
    #[command(flatten)]
    when: When,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let change = Change::new(ctx, "unit merge", &args.when)?;
    end(ctx, &change, "merge", "unit.merge", &args.codes, Some(&args.into))?;
    Ok(Outcome::Done)
}
