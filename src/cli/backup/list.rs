use std::collections::HashMap;

use anyhow::Result;

use super::RepositoryArgs;
use crate::backup::{Fault, Purpose};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::Instant;
use crate::db::backup_runs::{self, Known};
use crate::say;
use crate::view::Cell;

/// List snapshots, oldest first, with what changed against the one before
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Only snapshots that were verified
    #[arg(long)]
    verified: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let repository = args.repository.open(ctx, Purpose::Read)?;
    // The repository alone must be enough: the database may be what was lost.
    let known = match ctx.db() {
        Ok(db) => backup_runs::known(db)?,
        Err(_) => HashMap::new(),
    };
    let verified = |id: &str| known.get(id).filter(|known| known.damaged_at.is_none()).and_then(|known| known.verified_at);
    let mut report = report(
        "backup.list",
        vec![
            left("snapshot"),
            left("at"),
            left("host"),
            left("database"),
            left("label"),
            right("files"),
            right("new_files"),
            right("changed_files"),
            right("bytes"),
            right("bytes_change"),
            right("added_bytes"),
            left("verified_at"),
            left("proof"),
        ],
    );
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let mut before: HashMap<(Option<String>, Option<String>), i64> = HashMap::new();
    let damaged = repository.unreadable().map_err(refuse)?;
    for snapshot in repository.list().map_err(refuse)? {
        // Against the snapshot before of the same database, whether or not that one is shown.
        let bytes = i64::try_from(snapshot.bytes).unwrap_or(i64::MAX);
        let change = before
            .insert((snapshot.database().map(str::to_owned), snapshot.database_name().map(str::to_owned)), bytes)
            .map(|before| bytes - before);
        if args.verified && verified(&snapshot.id).is_none() {
            continue;
        }
        report.push(vec![
            snapshot.short_id.clone().into(),
            Instant::new(snapshot.time).rfc3339().into(),
            snapshot.host.clone().into(),
            snapshot.database_name().map(str::to_owned).into(),
            Some(snapshot.label).filter(|label| !label.is_empty()).into(),
            snapshot.files.into(),
            snapshot.new_files.into(),
            snapshot.changed_files.into(),
            snapshot.bytes.into(),
            change.map_or(Cell::Empty, Cell::Int),
            snapshot.added_bytes.into(),
            verified(&snapshot.id).map(|at| at.rfc3339()).into(),
            known.get(&snapshot.id).and_then(Known::proof).into(),
        ]);
    }
    for id in &damaged {
        report.warn("damaged", faults::of_fault(&Fault::Snapshot(id.clone())));
    }
    ctx.show(report)?;
    if damaged.is_empty() {
        return Ok(Outcome::Done);
    }
    for id in &damaged {
        ctx.remark(&say!("backup-list-damaged", id = id[..8.min(id.len())].to_owned()));
    }
    ctx.remark(&say!("backup-list-damaged-hint"));
    Ok(Outcome::Broken)
}
