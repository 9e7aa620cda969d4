use std::collections::HashMap;

use anyhow::Result;

use super::RepositoryArgs;
use crate::backup::Purpose;
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::{Instant, backup_runs};

/// List snapshots, oldest first
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
    let verified: HashMap<String, Instant> = match ctx.db() {
        Ok(db) => backup_runs::verifications(db)?.into_iter().filter_map(|(id, at)| Some((id?, at?))).collect(),
        Err(_) => HashMap::new(),
    };
    let mut report = report(
        "backup.list",
        vec![
            left("snapshot"),
            left("at"),
            left("host"),
            left("database"),
            left("label"),
            right("files"),
            right("bytes"),
            right("added_bytes"),
            left("verified_at"),
        ],
    );
    for snapshot in repository.list().map_err(|error| faults::of_repository(repository.folder(), error))? {
        if args.verified && !verified.contains_key(&snapshot.id) {
            continue;
        }
        report.push(vec![
            snapshot.short_id.clone().into(),
            Instant::new(snapshot.time).rfc3339().into(),
            snapshot.host.clone().into(),
            snapshot.database_name().map(str::to_owned).into(),
            Some(snapshot.label).filter(|label| !label.is_empty()).into(),
            snapshot.files.into(),
            snapshot.bytes.into(),
            snapshot.added_bytes.into(),
            verified.get(&snapshot.id).map(|at| at.rfc3339()).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
