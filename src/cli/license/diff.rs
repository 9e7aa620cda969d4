use anyhow::Result;

use super::import::report;
use super::incoming::{ListArgs, compare};
use crate::context::{Context, Outcome};

/// Compare a list with the catalogue, field by field
///
/// What `license import` would do with the same options; writes nothing. Ends with 3 when
/// they differ.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let compared = compare(ctx, &args.list)?;
    let report = report(ctx, "license.diff", &compared)?;
    let summary = compared.stream.summary(compared.opened, compared.counts, compared.writes);
    args.list.import.compared(ctx, summary, report)
}
