use anyhow::Result;
use serde_json::json;

use super::incoming::{Compared, ListArgs, MOST_SHOWN, compare};
use crate::cli::import::{empty_report, push};
use crate::context::{Context, Outcome};
use crate::db::license_import as staging;
use crate::db::licenses::{self, NewBatch, NewSource};
use crate::db::{Document, renumber, structure};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::Report;

/// Import a licence catalogue
///
/// Takes any list with names or codes: titles above the header, merged cells, GB18030 or
/// UTF-8, CSV or XLSX, a table or labels beside values. Items are matched by code, else by
/// organ, parent and name. Shows what would change, asks, and writes all of it or nothing.
/// Columns the file does not have, and items it does not name, stay as they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let import = &args.list.import;
    let mut compared = compare(ctx, &args.list)?;
    let report = report(ctx, "license.import", &compared)?;
    let file = import.file().file_name().unwrap_or_default().to_string_lossy().into_owned();
    if compared.scope.is_some() && compared.counts.rejected > 0 {
        // What a rejected row speaks of is not known: a complete list must be whole.
        ctx.remark(&say!("license-full-with-rejects"));
        compared.stream.refuse();
    }
    let batch = Batch::of(&compared, &args.list, file);
    let summary = compared.stream.summary(compared.opened, compared.counts, compared.writes);
    import.finish(ctx, summary, report, |ctx| write(ctx, &batch))
}

/// The plan as a report: what is added, changed field by field, brought back, withdrawn.
pub(super) fn report(ctx: &mut Context, schema: &'static str, compared: &Compared) -> Result<Report> {
    let mut report = empty_report(schema);
    let columns = compared.columns.clone();
    let mut shown = 0;
    staging::planned(ctx.db()?, &columns, MOST_SHOWN, |planned| {
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
    })?;
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

/// What is kept of an import beside the items.
struct Batch {
    file: String,
    compared: Kept,
    mode: &'static str,
    scope: Option<String>,
}

struct Kept {
    opened: crate::intake::Opened,
    counts: crate::plan::Counts,
    columns: staging::Columns,
    effective: crate::db::Day,
    doubtful: u64,
    revision: i64,
    writes: u64,
}

impl Batch {
    fn of(compared: &Compared, args: &ListArgs, file: String) -> Self {
        Self {
            file,
            mode: if compared.scope.is_some() { "full" } else { "merge" },
            scope: args.scope.clone().filter(|_| compared.scope.is_some()),
            compared: Kept {
                opened: compared.opened.clone(),
                counts: compared.counts,
                columns: compared.columns.clone(),
                effective: compared.effective,
                doubtful: compared.doubtful,
                revision: compared.revision,
                writes: compared.writes,
            },
        }
    }

    fn source(&self, ctx: &Context) -> NewSource {
        let opened = &self.compared.opened;
        NewSource {
            file_name: self.file.clone(),
            sha256: opened.sha256.clone(),
            bytes: opened.bytes as i64,
            encoding: opened.encoding.to_owned(),
            delimiter: opened.delimiter.map(String::from),
            sheet: opened.sheet.clone(),
            header_line: opened.header_line as i64,
            header: Document(json!(opened.header)),
            imported_at: ctx.clock.now(),
        }
    }

    fn row(&self, ctx: &Context, source_id: i64) -> NewBatch {
        let counts = &self.compared.counts;
        let count = |n: u64| n as i64;
        NewBatch {
            source_id: Some(source_id),
            kind: "import".to_owned(),
            mode: self.mode.to_owned(),
            scope: self.scope.clone(),
            effective_on: self.compared.effective,
            started_at: ctx.clock.now(),
            finished_at: ctx.clock.now(),
            rows_read: count(counts.read),
            added: count(counts.added),
            changed: count(counts.changed),
            unchanged: count(counts.unchanged),
            withdrawn: count(counts.withdrawn),
            rejected: count(counts.rejected),
            skipped: count(counts.skipped),
            warned: count(self.compared.doubtful),
            status: "done".to_owned(),
        }
    }
}

fn write(ctx: &mut Context, batch: &Batch) -> Result<()> {
    let progress = ctx.progress(&say!("progress-writing"), Some(batch.compared.writes));
    let (source, row) = (batch.source(ctx), batch.row(ctx, 0));
    let kept = &batch.compared;
    ctx.write(|db, log| {
        if licenses::newest_batch(db, true)? != kept.revision {
            return Err(Failure::new("license.changed-meanwhile", Exit::Conflict, say!("license-changed-meanwhile"))
                .hint(say!("license-changed-meanwhile-hint"))
                .into());
        }
        let source_id = licenses::add_source(db, &source)?;
        let batch_id = licenses::add_batch(db, &NewBatch { source_id: Some(source_id), ..row })?;
        staging::apply(db, &kept.columns, batch_id, kept.effective)?;
        progress.advance(kept.writes);
        // Its own counters alone: what another writer has numbered and not committed yet stays ahead.
        let shapes: Vec<_> = structure(db)?.into_iter().filter(|table| table.name.starts_with("license_")).collect();
        renumber(db, &shapes)?;
        log.push(Entry {
            verb: "license import",
            table: Some("license_batch"),
            key: Some(batch_id.to_string()),
            old: None,
            new: Some(json!({
                "file": batch.file, "sha256": kept.opened.sha256, "effective_on": kept.effective.to_string(), "mode": batch.mode,
                "added": kept.counts.added, "changed": kept.counts.changed, "unchanged": kept.counts.unchanged,
                "withdrawn": kept.counts.withdrawn, "rejected": kept.counts.rejected,
            })),
        });
        Ok(())
    })
}
