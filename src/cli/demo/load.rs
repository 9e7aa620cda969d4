use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::units::UnitFilter;
use crate::db::{Bulk, Db, DbError, change_text, count, renumber, roles, structure, units, users};
use crate::demo::{self, Expected, Ground, Meddling, Order, Row, Sink};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::progress::Progress;
use crate::say;

/// Fill an empty database with a synthetic bureau
///
/// The same seed and day give the same rows. Only for a database fresh from init.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Size; 1 is the seed report's bureau with ten years of papers and logins
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    scale: Option<u32>,
    /// One paper and login in two hundred; so it is too without --scale
    #[arg(long)]
    light: bool,
    /// Source of chance
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Plant one fault for each audit rule and list what must be found
    #[arg(long)]
    with_faults: bool,
}

/// Tables that must be empty, with the rows `init` leaves in them.
const EMPTY: [(&str, i64); 7] = [
    ("unit", 1),
    ("oa_user", 3),
    ("document", 0),
    ("info_item", 0),
    ("license_item", 0),
    ("disclosure_item", 0),
    ("disclosure_request", 0),
];

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let light = args.light || args.scale.is_none();
    let order = Order { scale: args.scale.unwrap_or(1), seed: args.seed, today: ctx.clock.today(), light };
    let ground = ground(ctx.db()?)?;
    let progress = ctx.progress(&say!("progress-loading"), None);
    let now = ctx.clock.now();
    let (tables, expected) = ctx.write(|db, log| {
        let mut heap = Heap { db, open: None, tables: BTreeMap::new(), progress: &progress };
        demo::bureau(&order, &ground, &mut heap)?;
        let expected = if args.with_faults {
            demo::plant(&order, &ground, &mut heap)?
        } else {
            demo::kept_up(&order, &ground, &mut heap)?;
            Vec::new()
        };
        let tables = heap.finish()?;
        for administrator in ground.administrators {
            users::settle(db, administrator, now)?;
        }
        let shapes = structure(db)?;
        renumber(db, &shapes)?;
        log.push(Entry {
            verb: "demo load",
            new: Some(
                json!({ "scale": order.scale, "seed": args.seed, "light": light, "with_faults": args.with_faults, "rows": tables.values().sum::<u64>() }),
            ),
            ..Entry::default()
        });
        Ok((tables, expected))
    })?;
    drop(progress);
    ctx.show(if args.with_faults { planted(&expected) } else { loaded(&tables) })?;
    let rows: u64 = tables.values().sum();
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else {
        say!("demo-loaded", rows = rows.to_string(), tables = tables.len().to_string())
    });
    Ok(Outcome::Done)
}

fn loaded(tables: &BTreeMap<&'static str, u64>) -> crate::view::Report {
    let mut report = report("demo.load", vec![left("table"), right("rows")]);
    for (table, rows) in tables {
        report.push(vec![(*table).into(), (*rows).into()]);
    }
    report
}

fn planted(expected: &[Expected]) -> crate::view::Report {
    let mut report = report("demo.load", vec![left("rule"), left("key")]);
    report.key = 1;
    for fault in expected {
        report.push(vec![fault.rule.into(), fault.key.clone().into()]);
    }
    report
}

/// What `init` made; anything beyond it refuses the demo.
fn ground(db: &mut Db) -> Result<Ground> {
    for (table, left_by_init) in EMPTY {
        let rows = count(db, table)?;
        if rows > left_by_init {
            return Err(Failure::new("demo.not-empty", Exit::Conflict, say!("demo-not-empty", table = table, rows = rows.to_string()))
                .hint(say!("demo-not-empty-hint"))
                .into());
        }
    }
    let bureau = units::list(db, &UnitFilter { kind: Some("bureau".into()), status: None })?;
    let three = roles::three(db)?;
    let (Some(bureau), Some(three)) = (bureau.first(), three) else {
        return Err(Failure::new("database.empty", Exit::NotFound, say!("database-empty")).hint(say!("database-empty-hint")).into());
    };
    Ok(Ground { bureau: bureau.id, administrators: three.map(|(user, _)| user), roles: three.map(|(_, role)| role) })
}

/// Writes rows in batches, one table at a time, so that parents are there before children.
struct Heap<'a> {
    db: &'a mut Db,
    open: Option<(&'static str, &'static [&'static str], Bulk)>,
    tables: BTreeMap<&'static str, u64>,
    progress: &'a Progress,
}

impl Heap<'_> {
    fn close(&mut self) -> Result<(), DbError> {
        if let Some((table, _, bulk)) = self.open.take() {
            *self.tables.entry(table).or_default() += bulk.finish(self.db)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<BTreeMap<&'static str, u64>, DbError> {
        self.close()?;
        Ok(self.tables)
    }
}

impl Sink<DbError> for Heap<'_> {
    fn row(&mut self, row: Row) -> Result<(), DbError> {
        if self.open.as_ref().is_none_or(|(table, columns, _)| *table != row.table || *columns != row.columns) {
            self.close()?;
            self.open = Some((row.table, row.columns, Bulk::new(self.db, row.table, row.columns)?));
        }
        if let Some((_, _, bulk)) = &mut self.open {
            bulk.push(self.db, &row.cells)?;
        }
        self.progress.advance(1);
        Ok(())
    }

    fn hang(&mut self, unit: i64, under: i64) -> Result<(), DbError> {
        self.close()?;
        units::hang(self.db, unit, under)
    }

    fn meddle(&mut self, change: &Meddling) -> Result<(), DbError> {
        self.close()?;
        let (key, found) = &change.found_by;
        change_text(self.db, change.table, (change.column, &change.value), (key, found))
    }
}
