use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use serde_json::json;

use crate::catalogue::{self, Incoming, ItemChange, ItemPlan, ItemWarning, Known, LICENSE_FIELDS, Level, describe, fingerprint, read_item};
use crate::cli::import::{ImportArgs, empty_report, push};
use crate::context::{Context, Outcome};
use crate::db::licenses::{self, NewBatch, NewItem, NewSource};
use crate::db::{Day, Db, renumber, structure};
use crate::intake::Opened;
use crate::ledger::Entry;
use crate::plan::{Counts, Reject};
use crate::say;
use crate::view::Report;

/// Import a licence catalogue
///
/// Takes any list with a name column: titles above the header, merged cells left
/// blank, GB18030 or UTF-8. Items are matched by code, else by organ and name. Shows
/// what would change, asks, and writes all of it or nothing; items not in the file stay.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
    /// Organ for rows that name none
    #[arg(long, value_name = "NAME")]
    organ: Option<String>,
    /// Day the list takes effect; today if not given
    #[arg(long, value_name = "DATE")]
    effective: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let effective: Day = match &args.effective {
        Some(text) => crate::context::parse_day(text)?.into(),
        None => ctx.clock.today().into(),
    };
    let known = known(ctx.db()?)?;
    let mut warned: BTreeMap<ItemWarning, u64> = BTreeMap::new();
    let mut doubtful_rows = 0;
    let mut gathered = args.import.gather(ctx, LICENSE_FIELDS, |row| match read_item(row) {
        Ok((mut items, warnings)) => {
            for item in items.iter_mut().filter(|item| item.organ.is_none()) {
                item.organ.clone_from(&args.organ);
                item.organ_key = args.organ.as_deref().map(catalogue::name_key);
            }
            doubtful_rows += u64::from(!warnings.is_empty());
            for warning in warnings {
                *warned.entry(warning).or_default() += 1;
            }
            Ok(items)
        }
        Err(faults) => Err(faults
            .into_iter()
            .map(|fault| Reject {
                line: row.line,
                column: fault.column,
                rule: fault.rule,
                value: fault.value,
                cells: row.original().to_vec(),
            })
            .collect()),
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = catalogue::plan(&known, rows);
    gathered.rejects.append(&mut plan.rejects);
    let mut report = report(ctx.db()?, &plan)?;
    if doubtful_rows > 0 {
        let rules = warned.iter().map(|(warning, n)| format!("{} {n}", warning.word())).collect::<Vec<_>>().join(", ");
        let sentence = say!("license-warnings", count = doubtful_rows.to_string(), rules = rules);
        ctx.remark(&sentence);
        report.warn("doubts", sentence);
    }
    let summary = gathered.sum(plan.counts);
    let (counts, opened) = (summary.counts, summary.opened.clone());
    let file = args.import.file().file_name().unwrap_or_default().to_string_lossy().into_owned();
    args.import.finish(ctx, summary, report, |ctx| write(ctx, plan, &Batch { file, opened, counts, effective, warned: doubtful_rows }))
}

fn known(db: &mut Db) -> Result<Vec<Known>> {
    Ok(licenses::known(db)?
        .into_iter()
        .map(|(item, organ_key, parent_key, fingerprint)| Known {
            id: item.id,
            scheme: item.scheme,
            code: item.code,
            organ_key,
            parent_key,
            name: item.name,
            name_key: item.name_key,
            level: Level::from_word(&item.level).unwrap_or(Level::Main),
            fingerprint,
            withdrawn: item.status == "withdrawn",
        })
        .collect())
}

/// What an item is called in reports and in the log: its code, else its name.
fn key(item: &Incoming) -> &str {
    item.code.as_deref().unwrap_or(&item.name)
}

fn report(db: &mut Db, plan: &ItemPlan) -> Result<Report> {
    let mut report = empty_report("license.import");
    for change in &plan.changes {
        match change {
            ItemChange::Add(item) => push(&mut report, item.line, "add", key(item), "", None, Some(item.name.clone())),
            ItemChange::Change { id, incoming, returns } => {
                if *returns {
                    push(&mut report, incoming.line, "return", key(incoming), "status", Some("withdrawn".into()), Some("active".into()));
                }
                for (field, old, new) in differences(db, *id, incoming)? {
                    push(&mut report, incoming.line, "change", key(incoming), field, old, new);
                }
            }
        }
    }
    Ok(report)
}

type Difference = (&'static str, Option<String>, Option<String>);

fn differences(db: &mut Db, id: i64, incoming: &Incoming) -> Result<Vec<Difference>> {
    let versions = licenses::versions(db, id)?;
    let Some(open) = versions.iter().find(|version| version.valid_to.is_none()) else { return Ok(Vec::new()) };
    let old = super::described(open);
    Ok(describe(incoming)
        .into_iter()
        .zip(old)
        .filter(|((_, new), (_, old))| new != old)
        .map(|((field, new), (_, old))| (field, old, new))
        .collect())
}

struct Batch {
    file: String,
    opened: Opened,
    counts: Counts,
    effective: Day,
    warned: u64,
}

impl Batch {
    fn source(&self, ctx: &Context) -> NewSource {
        NewSource {
            file_name: self.file.clone(),
            sha256: self.opened.sha256.clone(),
            bytes: self.opened.bytes as i64,
            encoding: self.opened.encoding.to_owned(),
            delimiter: self.opened.delimiter.to_string(),
            header_line: self.opened.header_line as i64,
            imported_at: ctx.clock.now(),
        }
    }

    fn row(&self, ctx: &Context, source_id: i64) -> NewBatch {
        let count = |n: u64| n as i64;
        NewBatch {
            source_id,
            kind: "import".to_owned(),
            mode: "merge".to_owned(),
            effective_on: self.effective,
            started_at: ctx.clock.now(),
            finished_at: ctx.clock.now(),
            rows_read: count(self.counts.read),
            added: count(self.counts.added),
            changed: count(self.counts.changed),
            unchanged: count(self.counts.unchanged),
            withdrawn: count(self.counts.withdrawn),
            rejected: count(self.counts.rejected),
            skipped: count(self.counts.skipped),
            warned: count(self.warned),
            status: "done".to_owned(),
        }
    }
}

fn write(ctx: &mut Context, plan: ItemPlan, batch: &Batch) -> Result<()> {
    let progress = ctx.progress(&say!("progress-writing"), Some(plan.changes.len() as u64 * 2));
    let (source, row) = (batch.source(ctx), batch.row(ctx, 0));
    ctx.write(|db, log| {
        let batch_id = licenses::begin(db, &source, |source_id| NewBatch { source_id, ..row })?;
        let mut changes = Vec::new();
        for change in &plan.changes {
            if let ItemChange::Change { id, incoming, .. } = change {
                let different = differences(db, *id, incoming)?;
                changes.extend(different.into_iter().map(|(field, old, new)| (*id, field, old, new)));
            }
        }
        let items = rows(db, &plan.changes)?;
        let added = items.iter().zip(&plan.changes).filter(|(_, change)| matches!(change, ItemChange::Add(_))).map(|(item, _)| item);
        licenses::add_items(db, added, batch_id, || progress.advance(1))?;
        let numbers = licenses::newest_numbers(db)?;
        for (item, change) in items.iter().zip(&plan.changes) {
            if matches!(change, ItemChange::Change { .. }) {
                licenses::supersede(db, item, batch_id, batch.effective)?;
            }
        }
        let versions = items.iter().zip(&plan.changes).map(|(item, change)| {
            let no = numbers.get(&item.id).copied().unwrap_or(0) + 1;
            version(item.id, no, batch, batch_id, change.incoming())
        });
        licenses::add_versions(db, versions, || progress.advance(1))?;
        licenses::add_changes(db, batch_id, &changes)?;
        let shapes = structure(db)?;
        renumber(db, &shapes)?;
        log.push(Entry {
            verb: "license import",
            table: Some("license_batch"),
            key: Some(batch_id.to_string()),
            old: None,
            new: Some(json!({
                "file": batch.file, "sha256": batch.opened.sha256, "effective_on": batch.effective.to_string(),
                "added": batch.counts.added, "changed": batch.counts.changed, "unchanged": batch.counts.unchanged, "rejected": batch.counts.rejected,
            })),
        });
        Ok(())
    })
}

/// The items of the plan as rows: known ids for changes, fresh ones for additions, organs made as needed.
fn rows(db: &mut Db, changes: &[ItemChange]) -> Result<Vec<NewItem>> {
    let mut organs = licenses::organs(db)?;
    let mut next = licenses::next_id(db)?;
    // Parents by organ and name: those in the database, then those of this plan, which come before their children.
    let mut parents: HashMap<(Option<String>, String), i64> = licenses::known(db)?
        .into_iter()
        .filter(|(_, _, parent, _)| parent.is_none())
        .map(|(item, organ, _, _)| ((organ, item.name_key), item.id))
        .collect();
    let mut items = Vec::with_capacity(changes.len());
    for change in changes {
        let incoming = change.incoming();
        let id = match change {
            ItemChange::Change { id, .. } => *id,
            ItemChange::Add(_) => {
                next += 1;
                next - 1
            }
        };
        let organ_id = match (&incoming.organ, &incoming.organ_key) {
            (Some(name), Some(organ_key)) => Some(match organs.get(organ_key) {
                Some(id) => *id,
                None => {
                    let id = licenses::add_organ(db, name, organ_key)?;
                    organs.insert(organ_key.clone(), id);
                    id
                }
            }),
            _ => None,
        };
        let parent_id = incoming.parent_key.as_ref().and_then(|parent| parents.get(&(incoming.organ_key.clone(), parent.clone())).copied());
        if incoming.parent_key.is_none() {
            parents.insert((incoming.organ_key.clone(), incoming.name_key.clone()), id);
        }
        items.push(NewItem {
            id,
            scheme: incoming.scheme.to_owned(),
            code: incoming.code.clone(),
            name: incoming.name.clone(),
            name_key: incoming.name_key.clone(),
            level: incoming.level.word().to_owned(),
            parent_id,
            organ_id,
            type_code: incoming.type_code.to_owned(),
            lead_dept: incoming.lead_dept.clone(),
        });
    }
    Ok(items)
}

/// A version's cells, in the order of [`licenses::VERSION_COLUMNS`], the raw row last.
fn version(item: i64, no: i64, batch: &Batch, batch_id: i64, incoming: &Incoming) -> Vec<Option<String>> {
    let mut cells = vec![Some(item.to_string()), Some(no.to_string()), Some(batch.effective.to_string()), Some(batch_id.to_string())];
    cells.extend(describe(incoming).into_iter().map(|(_, value)| value));
    cells.push(Some(fingerprint(incoming)));
    // The whole row, title by title: rules improve, files vanish.
    let raw: serde_json::Map<_, _> =
        batch.opened.header.iter().cloned().zip(incoming.cells.iter().map(|cell| cell.as_str().into())).collect();
    cells.push(Some(crate::db::canonical(&raw.into())));
    cells
}
