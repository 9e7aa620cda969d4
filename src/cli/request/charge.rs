use anyhow::Result;

use crate::cli::columns::{report, right};
use crate::context::{Context, Outcome};
use crate::disclosure::fees::{Scheme, bands};

/// Work out a processing fee (信息处理费) with its arithmetic, band by band
///
/// By items of one applicant in one calendar month: 1 to 10 free, 11 to 30 at 100 yuan, from
/// 31 each ten 100 yuan dearer. By pages of one request: 1 to 30 free, 31 to 100 at 10 yuan,
/// 101 to 200 at 20, from 201 at 40 (国办函〔2020〕109号). One scheme, never both.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// So many items
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    items: Option<u32>,
    /// So many pages
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pages: Option<u32>,
    /// Items of the same applicant earlier in the month
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "pages")]
    before: u32,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (scheme, n) = args.items.map_or((Scheme::Page, args.pages.unwrap_or(0)), |items| (Scheme::Item, items));
    let found = bands(scheme, args.before.into(), n.into());
    let mut report = report("request.charge", vec![right("from"), right("to"), right("count"), right("yuan_each"), right("yuan")]);
    for band in &found {
        report.push(vec![band.from.into(), band.to.into(), (band.to - band.from + 1).into(), band.rate.into(), band.yuan().into()]);
    }
    let total: u64 = found.iter().map(crate::disclosure::fees::Band::yuan).sum();
    ctx.show(report.with_summary("scheme", scheme.word()).with_summary("yuan", total))?;
    Ok(Outcome::Done)
}
