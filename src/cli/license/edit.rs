//! A batch made by hand: withdrawing and linking leave the same traces as an import.

use anyhow::Result;
use serde_json::Value;

use crate::context::Context;
use crate::db::licenses::{self, NewBatch};
use crate::db::{Day, Db};
use crate::ledger::Entry;

/// Runs `work` under a new batch of kind `edit` or `undo`, in one transaction with its log entry.
pub(super) fn edit(
    ctx: &mut Context,
    verb: &'static str,
    kind: &str,
    on: Day,
    withdrawn: usize,
    new: Value,
    work: impl FnOnce(&mut Db, i64) -> Result<()>,
) -> Result<i64> {
    let now = ctx.clock.now();
    ctx.write(|db, log| {
        licenses::newest_batch(db, true)?;
        let batch = licenses::add_batch(
            db,
            &NewBatch {
                source_id: None,
                kind: kind.to_owned(),
                mode: "merge".to_owned(),
                scope: None,
                effective_on: on,
                started_at: now,
                finished_at: now,
                rows_read: 0,
                added: 0,
                changed: 0,
                unchanged: 0,
                withdrawn: withdrawn as i64,
                rejected: 0,
                skipped: 0,
                warned: 0,
                status: "done".to_owned(),
            },
        )?;
        work(db, batch)?;
        log.push(Entry { verb, table: Some("license_batch"), key: Some(batch.to_string()), old: None, new: Some(new) });
        Ok(batch)
    })
}
