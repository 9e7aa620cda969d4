use anyhow::Result;

use super::chosen::chosen;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::licenses;
use crate::view::Cell;

/// Show the history of an item; without an item, the batches
///
/// Versions with the days they hold, what changed in each, and the links to the items it
/// came from or became.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code, name or id
    item: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let Some(key) = &args.item else { return batches(ctx) };
    let db = ctx.db()?;
    let (item, _) = chosen(db, key)?;
    let mut report = report(
        "license.history",
        vec![left("on"), left("what"), right("batch"), right("version"), left("field"), left("before"), left("after")],
    );
    let changes = licenses::changes(db, item.id)?;
    let versions = licenses::versions(db, item.id)?;
    let effective: std::collections::HashMap<i64, String> =
        licenses::batches(db)?.into_iter().map(|batch| (batch.id, batch.effective_on)).collect();
    let mut told = std::collections::HashSet::new();
    let mut lines: Vec<(String, Vec<Cell>)> = Vec::new();
    for version in &versions {
        let on = version.valid_from.to_string();
        let what = if version.no == 1 { "added" } else { "version" };
        let until = version.valid_to.map(|day| day.to_string());
        let head =
            vec![on.clone().into(), what.into(), version.batch_id.into(), version.no.into(), "valid_to".into(), Cell::Empty, until.into()];
        lines.push((on.clone(), head));
        told.insert(version.batch_id);
        for (_, field, old, new) in changes.iter().filter(|(batch, ..)| *batch == version.batch_id) {
            let line = vec![
                on.clone().into(),
                "change".into(),
                version.batch_id.into(),
                version.no.into(),
                field.clone().into(),
                old.clone().into(),
                new.clone().into(),
            ];
            lines.push((on.clone(), line));
        }
    }
    // A withdrawal makes no version; it ends the one there was.
    for (batch, field, old, new) in changes.iter().filter(|(batch, ..)| !told.contains(batch)) {
        // Its own day is the batch's; the version it ended may have begun on that day or later.
        let on = effective.get(batch).cloned().unwrap_or_default();
        let line = vec![
            on.clone().into(),
            "withdrawn".into(),
            (*batch).into(),
            Cell::Empty,
            field.clone().into(),
            old.clone().into(),
            new.clone().into(),
        ];
        lines.push((on, line));
    }
    for link in licenses::links(db, Some(item.id))? {
        let line =
            vec![link.on.clone().into(), link.kind.into(), Cell::Empty, Cell::Empty, link.doc_no.into(), link.from.into(), link.to.into()];
        lines.push((link.on, line));
    }
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (_, line) in lines {
        report.push(line);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn batches(ctx: &mut Context) -> Result<Outcome> {
    let mut report = report(
        "license.history",
        vec![
            right("batch"),
            left("at"),
            left("kind"),
            left("mode"),
            left("file"),
            left("effective_on"),
            right("added"),
            right("changed"),
            right("withdrawn"),
            left("status"),
        ],
    );
    for batch in licenses::batches(ctx.db()?)? {
        report.push(vec![
            batch.id.into(),
            batch.finished_at.into(),
            batch.kind.into(),
            batch.mode.into(),
            batch.file.into(),
            batch.effective_on.into(),
            batch.added.into(),
            batch.changed.into(),
            batch.withdrawn.into(),
            batch.status.into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
