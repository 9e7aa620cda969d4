use anyhow::Result;
use serde_json::json;

use super::incoming::{Compared, ListArgs, Listing, MOST_SHOWN};
use super::reading::NotPlain;
use crate::catalogue::LICENSE_FIELDS;
use crate::cli::import::{empty_report, push};
use crate::context::{Context, Outcome};
use crate::db::license_import::{self as staging, Planned};
use crate::db::license_load::first_load;
use crate::db::licenses::{self, NewBatch, NewSource};
use crate::db::{Day, Db, Document, Instant, engine, renumber, structure};
use crate::failure::{Exit, Failure};
use crate::intake::{Opened, Rows};
use crate::ledger::Entry;
use crate::plan::Counts;
use crate::say;
use crate::view::Report;

/// Import a licence catalogue
///
/// Takes any list with names or codes: titles above the header, merged cells, GB18030 or
/// UTF-8, CSV or XLSX, a table or labels beside values. Items are matched by code, else by
/// organ, parent and name. Shows what would change, asks, and writes all of it or nothing.
/// Columns the file does not have, and items it does not name, stay as they are. A first large
/// list with --yes has a SQLite database to itself until it is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let import = &args.list.import;
    let (mut listing, mut rows) = Listing::open(ctx, &args.list)?;
    if writes_while_reading(ctx, &args.list, &listing, &rows)? {
        match first(ctx, &args.list, listing, rows)? {
            First::Written(compared) => {
                let report = report(ctx, "license.import", &compared)?;
                let summary = compared.stream.summary(compared.opened, compared.counts, compared.writes);
                return import.finish(ctx, summary, report, |_| Ok(()));
            }
            First::NotPlain(given_back) => {
                listing = *given_back;
                (listing.opened, rows) = import.reopen(LICENSE_FIELDS)?;
            }
        }
    }
    let mut compared = listing.compare(ctx.db()?, rows, args.list.allow_withdraw)?;
    let report = report(ctx, "license.import", &compared)?;
    if compared.scope.is_some() && compared.counts.rejected > 0 {
        // What a rejected row speaks of is not known: a complete list must be whole.
        ctx.remark(&say!("license-full-with-rejects"));
        compared.stream.refuse();
    }
    let Compared { opened, stream, columns, counts, writes, doubtful, .. } = compared;
    let batch = Batch::of(ctx, &args.list, &opened, compared.effective, compared.revision);
    import.finish(ctx, stream.summary(opened, counts, writes), report, |ctx| {
        let progress = ctx.progress(&say!("progress-writing"), Some(writes));
        ctx.write(|db, log| {
            batch.begin(db)?;
            let source_id = licenses::add_source(db, &batch.source)?;
            let batch_id = licenses::add_batch(db, &batch.row(source_id, counts, doubtful))?;
            staging::apply(db, &columns, batch_id, batch.effective)?;
            progress.advance(writes);
            batch.end(db, log, batch_id, counts)
        })
    })
}

/// The plan as a report: what is added, changed field by field, brought back, withdrawn.
pub(super) fn report(ctx: &mut Context, schema: &'static str, compared: &Compared) -> Result<Report> {
    let mut report = empty_report(schema);
    let columns = compared.columns.clone();
    let mut shown = 0;
    let mut show = |planned: Planned| {
        shown += 1;
        let (line, key) = (planned.line, planned.key.as_str());
        match planned.action.as_str() {
            "add" => push(&mut report, line, "add", key, "", None, planned.name),
            "withdraw" => push(&mut report, line, "withdraw", key, "status", Some("active".into()), Some("withdrawn".into())),
            action => {
                if action == "return" {
                    push(&mut report, line, "return", key, "status", Some("withdrawn".into()), Some("active".into()));
                }
                for (field, old, new) in planned.differences {
                    push(&mut report, line, "change", key, field, old, new);
                }
            }
        }
    };
    match &compared.adds {
        Some(adds) => adds.iter().cloned().for_each(&mut show),
        None => staging::planned(ctx.db()?, &columns, MOST_SHOWN, show)?,
    }
    if compared.writes > shown {
        let sentence = say!("import-capped", shown = shown.to_string(), total = compared.writes.to_string());
        ctx.remark(&sentence);
        report.warn("capped", sentence);
    }
    if compared.doubtful > 0 {
        let named = |(word, (n, lines)): (&&str, &(u64, Vec<u64>))| {
            let lines = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
            format!("{word} {n} ({lines}{})", if *n > 10 { " …" } else { "" })
        };
        let rules = compared.doubts.iter().map(named).collect::<Vec<_>>().join(", ");
        let sentence = say!("license-warnings", count = compared.doubtful.to_string(), rules = rules);
        ctx.remark(&sentence);
        report.warn("doubts", sentence);
    }
    Ok(report)
}

/// From so many bytes on a first list is written while it is read.
const LARGE: u64 = 512 << 10;

/// Whether nobody is asked and there is nothing to compare with: then a large list need not wait for its end.
fn writes_while_reading(ctx: &mut Context, args: &ListArgs, listing: &Listing, rows: &Rows) -> Result<bool> {
    let unasked = ctx.globals.yes && !ctx.globals.dry_run;
    // A workbook is read too slowly to hold up who else wants to write meanwhile.
    let quick = listing.opened.delimiter.is_some();
    Ok(unasked && quick && !args.full && listing.opened.bytes >= LARGE && !rows.piped() && !staging::known(ctx.db()?)?)
}

/// What came of writing a list while it was read.
enum First {
    Written(Box<Compared>),
    /// Nothing was written: it must be compared as a whole.
    NotPlain(Box<Listing>),
}

/// Writes a list into the empty catalogue while it is read: one transaction, which ends with its log entry or not at all,
/// and which others who write wait for.
fn first(ctx: &mut Context, args: &ListArgs, mut listing: Listing, rows: Rows) -> Result<First> {
    let batch = Batch::of(ctx, args, &listing.opened, listing.effective, listing.revision);
    ctx.vet()?;
    let mut begun = engine::begin_load(ctx.db()?)?;
    let written = ctx.write(|db, log| {
        batch.begin(db)?;
        let (source_id, batch_id) = licenses::add_next_batch(db, &batch.source, batch.row(0, Counts::default(), 0))?;
        let loaded = first_load(db, batch_id, batch.effective, MOST_SHOWN, |db, load| listing.load(db, rows, load))?;
        let (mut tally, load) = loaded.filter(|(_, load)| load.written > 0).ok_or(NotPlain)?;
        tally.counts.added = load.rows;
        licenses::set_batch(db, batch_id, &batch.row(source_id, tally.counts, tally.doubtful))?;
        batch.end(db, log, batch_id, tally.counts)?;
        begun.written()?;
        Ok((tally, load))
    });
    let given_back = engine::end_load(ctx.db()?, begun);
    match written {
        Ok((tally, load)) => {
            if let Err(error) = given_back {
                // The list is committed all the same.
                ctx.remark(&say!("license-not-shared", detail = error.to_string()));
            }
            Ok(First::Written(Box::new(listing.compared(tally, load.written, Some(load.shown)))))
        }
        Err(error) if error.is::<NotPlain>() => {
            given_back?;
            Ok(First::NotPlain(Box::new(listing)))
        }
        Err(error) => Err(error),
    }
}

/// What is kept of an import beside the items.
struct Batch {
    source: NewSource,
    mode: &'static str,
    scope: Option<String>,
    effective: Day,
    /// The newest batch when the list was opened: a later one may have changed what it is compared with.
    revision: i64,
    at: Instant,
}

impl Batch {
    fn of(ctx: &Context, args: &ListArgs, opened: &Opened, effective: Day, revision: i64) -> Self {
        let at = ctx.clock.now();
        let source = NewSource {
            file_name: args.import.file().file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: opened.sha256.clone(),
            bytes: opened.bytes as i64,
            encoding: opened.encoding.to_owned(),
            delimiter: opened.delimiter.map(String::from),
            sheet: opened.sheet.clone(),
            header_line: opened.header_line as i64,
            header: Document(json!(opened.header)),
            imported_at: at,
        };
        let mode = if args.full { "full" } else { "merge" };
        Self { source, mode, scope: args.scope.clone().filter(|_| args.full), effective, revision, at }
    }

    /// Keeps others from adding a batch to the end of the transaction.
    fn begin(&self, db: &mut Db) -> Result<()> {
        if licenses::newest_batch(db, true)? != self.revision {
            return Err(Failure::new("license.changed-meanwhile", Exit::Conflict, say!("license-changed-meanwhile"))
                .hint(say!("license-changed-meanwhile-hint"))
                .into());
        }
        Ok(())
    }

    fn row(&self, source_id: i64, counts: Counts, doubtful: u64) -> NewBatch {
        let count = |n: u64| n as i64;
        NewBatch {
            source_id: Some(source_id),
            kind: "import".to_owned(),
            mode: self.mode.to_owned(),
            scope: self.scope.clone(),
            effective_on: self.effective,
            started_at: self.at,
            finished_at: self.at,
            rows_read: count(counts.read),
            added: count(counts.added),
            changed: count(counts.changed),
            unchanged: count(counts.unchanged),
            withdrawn: count(counts.withdrawn),
            rejected: count(counts.rejected),
            skipped: count(counts.skipped),
            warned: count(doubtful),
            status: "done".to_owned(),
        }
    }

    /// Leaves the counters in order and the entry in the log.
    fn end(&self, db: &mut Db, log: &mut Vec<Entry>, batch_id: i64, counts: Counts) -> Result<()> {
        // Its own counters alone: what another writer has numbered and not committed yet stays ahead.
        let shapes: Vec<_> = structure(db)?.into_iter().filter(|table| table.name.starts_with("license_")).collect();
        renumber(db, &shapes)?;
        log.push(Entry {
            verb: "license import",
            table: Some("license_batch"),
            key: Some(batch_id.to_string()),
            old: None,
            new: Some(json!({
                "file": self.source.file_name, "sha256": self.source.sha256, "effective_on": self.effective.to_string(), "mode": self.mode,
                "added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged,
                "withdrawn": counts.withdrawn, "rejected": counts.rejected,
            })),
        });
        Ok(())
    }
}
