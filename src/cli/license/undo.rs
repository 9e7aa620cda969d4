use anyhow::Result;
use serde_json::json;

use super::edit::edit;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::licenses;
use crate::failure::{Exit, Failure};
use crate::say;

/// Take back an import, a withdrawal or a link, as if it had not been
///
/// Refused while a later batch, a case or a certificate builds on it; they are listed.
/// `license history` lists the batches.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the batch
    batch: i64,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let batches = licenses::batches(ctx.db()?)?;
    let Some(batch) = batches.into_iter().find(|batch| batch.id == args.batch) else {
        return Err(Failure::new("license.batch-unknown", Exit::NotFound, say!("license-batch-unknown", batch = args.batch.to_string()))
            .hint(say!("license-batch-unknown-hint"))
            .into());
    };
    let mut report = report("license.undo", vec![left("why"), left("what")]);
    if batch.status == "undone" {
        ctx.remark(&say!("nothing-to-do"));
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    if batch.kind == "undo" {
        return Err(Failure::new("license.undo-undo", Exit::Conflict, say!("license-undo-undo"))
            .hint(say!("license-undo-undo-hint"))
            .into());
    }
    let in_the_way = licenses::in_the_way(ctx.db()?, batch.id)?;
    if !in_the_way.is_empty() {
        let count = in_the_way.len().to_string();
        let named = in_the_way.iter().take(10).map(|(why, what)| format!("{what} ({why})")).collect::<Vec<_>>().join(", ");
        return Err(Failure::new(
            "license.undo-blocked",
            Exit::Conflict,
            say!("license-undo-blocked", batch = batch.id.to_string(), count = count),
        )
        .hint(say!("license-undo-blocked-hint", items = named))
        .into());
    }
    report.push(vec!["batch".into(), batch.id.into()]);
    for (what, count) in [("added", batch.added), ("changed", batch.changed), ("withdrawn", batch.withdrawn)] {
        report.push(vec![what.into(), count.into()]);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("license-undo-question", batch = batch.id.to_string()))?;
    edit(ctx, "license undo", "undo", today.into(), 0, json!({"undone": batch.id}), |db, by| {
        // Looked at again inside the transaction: somebody may have built on it meanwhile.
        if !licenses::in_the_way(db, batch.id)?.is_empty() {
            return Err(Failure::new("license.changed-meanwhile", Exit::Conflict, say!("license-changed-meanwhile"))
                .hint(say!("license-changed-meanwhile-hint"))
                .into());
        }
        Ok(licenses::undo(db, batch.id, by)?)
    })?;
    ctx.show(report)?;
    Ok(Outcome::Done)
}
