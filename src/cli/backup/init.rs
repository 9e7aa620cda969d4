use std::path::PathBuf;

use anyhow::Result;

use super::RepositoryArgs;
use crate::backup::Repository;
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome, can_be_made};
use crate::failure::{Exit, Failure};
use crate::{say, secret};

/// Create a backup repository
///
/// It is encrypted; without its password nothing can be restored, so keep a copy of
/// the password elsewhere. The format is restic's: stock restic can read it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Make this file with a random key instead of a password
    #[arg(long, value_name = "FILE", conflicts_with = "password_file")]
    key_file: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let folder = args.repository.folder(ctx)?;
    if let Some(file) = args.key_file.as_ref().filter(|file| file.exists()) {
        let path = file.display().to_string();
        return Err(Failure::new("backup.key-file-exists", Exit::Conflict, say!("backup-key-file-exists", path = path.clone()))
            .hint(say!("backup-key-file-exists-hint", path = path))
            .into());
    }
    Repository::may_be_made(&folder).map_err(|error| faults::of_repository(&folder, error))?;
    if let Some(file) = &args.key_file {
        can_be_made(file)?;
    }
    let password = match &args.key_file {
        // About 230 bits.
        Some(_) => secret::random()? + &secret::random()?,
        None => args.repository.password(ctx, true)?,
    };
    let mut report = report("backup.init", vec![left("repository")]);
    report.push(vec![folder.display().to_string().into()]);
    if ctx.globals.dry_run {
        ctx.show(report)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    if let Some(file) = &args.key_file {
        // Before the repository: one whose only key was lost is worth nothing.
        secret::write(file, |out| writeln!(out, "{password}"))?;
    }
    if let Err(error) = Repository::init(&folder, &password) {
        if let Some(file) = &args.key_file {
            let _ = std::fs::remove_file(file);
        }
        return Err(faults::of_repository(&folder, error).into());
    }
    ctx.show(report)?;
    if let Some(file) = &args.key_file {
        ctx.remark(&say!("backup-key-file-made", path = file.display().to_string()));
    }
    ctx.remark(&say!("backup-init-done", folder = folder.display().to_string()));
    Ok(Outcome::Done)
}
