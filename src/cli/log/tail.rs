use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use crate::context::{Context, Outcome};
use crate::db::audit_logs::{self, LogFilter};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Format;

/// Entries shown at once while following.
const BATCH: i64 = 1_000;
/// How many of those already shown one that comes late may lie before.
const LATE: i64 = 1_000;

/// Show the last entries, oldest first, and follow what comes
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many of the last entries
    #[arg(short = 'l', long, visible_alias = "lines", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    last: i64,
    /// Go on with what is written, until interrupted
    #[arg(long)]
    follow: bool,
    /// Seconds between two looks
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS", value_parser = seconds)]
    every: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.05..=3_600.0).contains(seconds)).ok_or_else(|| "0.05..3600".to_owned())
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let format = ctx.format();
    // A document has an end; what is followed has none.
    let to_file = ctx.globals.output.as_ref().is_some_and(|path| path.as_os_str() != "-");
    if args.follow
        && (to_file || !matches!(format, Format::Table | Format::Plain | Format::Jsonl | Format::Csv | Format::Tsv | Format::Ids))
    {
        return Err(Failure::new("log.follow-format", Exit::Usage, say!("log-follow-format", format = format.name()))
            .hint(say!("log-follow-format-hint"))
            .into());
    }
    let mut entries = audit_logs::list(ctx.db()?, &LogFilter { last: Some(args.last), ..LogFilter::default() })?;
    entries.reverse();
    let mut shown: BTreeSet<i64> = entries.iter().map(|entry| entry.seq).collect();
    let newest = audit_logs::last_seq(ctx.db()?)?;
    ctx.show(super::list::sheet("log.tail", entries))?;
    let mut from = shown.first().map_or(newest, |first| first - 1);
    if !args.follow {
        return Ok(Outcome::Done);
    }
    // A signal ends it.
    loop {
        std::thread::sleep(Duration::from_secs_f64(args.every));
        // Numbers are given out when an entry is written and seen when it is committed: a lower one may come later.
        let mut fresh = audit_logs::after(ctx.db()?, from, BATCH + LATE)?;
        fresh.retain(|entry| shown.insert(entry.seq));
        if !fresh.is_empty() {
            ctx.show_more(super::list::sheet("log.tail", fresh))?;
        }
        while shown.len() > LATE as usize {
            from = shown.pop_first().unwrap_or(from);
        }
    }
}
