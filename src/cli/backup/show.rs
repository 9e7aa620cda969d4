use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::drill::scratch;
use super::staging::manifest_of;
use super::{RepositoryArgs, chosen};
use crate::backup::{Purpose, Repository, RepositoryError, Snapshot};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::{self, Db};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::{Cell, Column};

/// Look into a snapshot without a restore: its tables, its files, rows of a table, one file
///
/// Rows come from a scratch copy that is removed again; password hashes are hidden. Files are
/// written to --into or to standard output, the attachments into a folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Snapshot, or latest
    #[arg(default_value = "latest")]
    snapshot: String,
    #[command(flatten)]
    repository: RepositoryArgs,
    /// List its files instead of its tables
    #[arg(long, group = "what")]
    files: bool,
    /// Write this one file out
    #[arg(long, value_name = "PATH", group = "what")]
    file: Option<String>,
    /// Where to write that file; standard output if not given
    #[arg(long, value_name = "FILE", requires = "file")]
    into: Option<PathBuf>,
    /// Put its attachments into this folder, which must be empty or new
    #[arg(long, value_name = "FOLDER", group = "what")]
    attachments: Option<PathBuf>,
    /// Show rows of this table
    #[arg(long, value_name = "TABLE", group = "what")]
    table: Option<String>,
    /// Only rows for which this SQL condition holds
    #[arg(long = "where", value_name = "SQL", requires = "table")]
    condition: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let snapshot = chosen(ctx, &repository, &args.snapshot)?;
    if let Some(path) = &args.file {
        if let Some(there) = args.into.as_deref().filter(|into| into.is_file()) {
            let sentence = say!("backup-file-there", path = there.display().to_string());
            return Err(Failure::new("backup.file-there", Exit::Conflict, sentence).hint(say!("backup-file-there-hint")).into());
        }
        let output = ctx.globals.output.as_deref().filter(|path| path.as_os_str() != "-");
        return file(&repository, &snapshot, path, args.into.as_deref().or(output));
    }
    if let Some(folder) = &args.attachments {
        if folder.exists() && std::fs::read_dir(folder).map_err(|error| crate::failure::of_file(folder, &error))?.next().is_some() {
            return Err(Failure::new(
                "backup.folder-not-empty",
                Exit::Conflict,
                say!("backup-folder-not-empty", folder = folder.display().to_string()),
            )
            .hint(say!("backup-folder-not-empty-hint"))
            .into());
        }
        let mut report = report("backup.show", vec![left("folder"), right("bytes")]);
        if !ctx.globals.dry_run {
            let (bytes, faults) = repository.restore_folder(&snapshot, "attachments", folder).map_err(refuse)?;
            report.push(vec![folder.display().to_string().into(), bytes.into()]);
            let faults: Vec<String> = faults.iter().map(faults::of_fault).collect();
            faults.iter().for_each(|fault| report.warn("damage", fault));
            ctx.show(report)?;
            faults.iter().for_each(|fault| ctx.remark(fault));
            return Ok(if faults.is_empty() { Outcome::Done } else { Outcome::Broken });
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    if let Some(table) = &args.table {
        return rows(ctx, &repository, &snapshot, table, args.condition.as_deref());
    }
    if args.files {
        let mut report = report("backup.show", vec![left("path"), right("bytes")]);
        for (path, bytes) in repository.files(&snapshot).map_err(refuse)? {
            report.push(vec![path.trim_start_matches('/').into(), bytes.into()]);
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    let manifest = manifest_of(&repository, &snapshot)?;
    let mut report = report("backup.show", vec![left("table"), right("rows"), left("sha256")])
        .with_summary("snapshot", snapshot.id.as_str())
        .with_summary("made_at", manifest.created_at.as_str())
        .with_summary("host", manifest.host.as_str())
        .with_summary("engine", manifest.engine.as_str())
        .with_summary("schema", manifest.schema_version.as_str())
        .with_summary("rows", manifest.rows)
        .with_summary("log_entries", manifest.log_entries);
    for table in &manifest.tables {
        report.push(vec![table.table.clone().into(), table.rows.into(), table.sha256.clone().into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn file(repository: &Repository, snapshot: &Snapshot, path: &str, into: Option<&Path>) -> Result<Outcome> {
    let refuse = |error| faults::of_repository(into.unwrap_or(Path::new(path)), error);
    // Whether it is there is known before anything is made.
    repository.size(snapshot, path).map_err(refuse)?;
    match into {
        Some(output) => {
            let mut damage = None;
            let written = crate::context::write_file(output, |out| {
                repository.read(snapshot, path, out).map(|_| ()).map_err(|error| match error {
                    RepositoryError::Io(error) => error,
                    other => {
                        damage = Some(other);
                        std::io::ErrorKind::InvalidData.into()
                    }
                })
            });
            match damage {
                Some(error) => return Err(refuse(error).into()),
                None => written?,
            }
        }
        None => {
            let mut out = std::io::stdout().lock();
            if out.is_terminal() {
                return Err(Failure::new("usage.binary", Exit::Usage, say!("usage-binary")).hint(say!("usage-binary-hint")).into());
            }
            repository.read(snapshot, path, &mut out).map_err(refuse)?;
            out.flush()?;
        }
    }
    Ok(Outcome::Done)
}

/// Rows of a table, from a copy nobody else sees.
fn rows(ctx: &Context, repository: &Repository, snapshot: &Snapshot, table: &str, condition: Option<&str>) -> Result<Outcome> {
    let manifest = manifest_of(repository, snapshot)?;
    if !manifest.tables.iter().any(|known| known.table == table) {
        return Err(Failure::new("backup.no-table", Exit::NotFound, say!("backup-no-table", table = table.to_owned()))
            .hint(say!("backup-no-table-hint"))
            .into());
    }
    let (staging, _place) = scratch(ctx, repository, snapshot, &manifest, None)?;
    let mut db = Db::open(&staging.url)?;
    let shapes = db::structure(&mut db)?;
    let shape = shapes.iter().find(|shape| shape.name == table).ok_or_else(|| anyhow::anyhow!("{table} is not in the copy"))?;
    let names: Vec<&str> = shape.columns.iter().map(|column| column.name.as_str()).collect();
    let order = shape.primary_key.join(", ");
    let sql = format!(
        "SELECT {} FROM {table}{}{}",
        names.join(", "),
        condition.map(|condition| format!(" WHERE {condition}")).unwrap_or_default(),
        if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") }
    );
    // The columns are the table's: their names live as long as the command.
    let columns = names.iter().map(|name| Column::left(Box::leak(name.to_string().into_boxed_str()), *name)).collect();
    let mut report = report("backup.show", columns);
    db::stream_texts(&mut db, &sql, &names, &[], |row| {
        let cells = row.into_iter().zip(&names).map(|(value, name)| match value {
            Some(_) if name.contains("password") || name.contains("hash") => "***".into(),
            value => Cell::from(value),
        });
        report.rows.push(cells.collect());
        Ok(())
    })
    .map_err(|error| {
        Failure::new("backup.condition", Exit::Usage, say!("backup-condition", detail = error.to_string()))
            .hint(say!("backup-condition-hint"))
    })?;
    ctx.show(report)?;
    Ok(Outcome::Done)
}
