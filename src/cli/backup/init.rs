use anyhow::Result;

use super::RepositoryArgs;
use crate::backup::Repository;
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::say;

/// Create a backup repository
///
/// It is encrypted; without its password nothing can be restored, so keep a copy of
/// the password elsewhere. The format is restic's: stock restic can read it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let folder = args.repository.folder(ctx)?;
    let password = args.repository.password(ctx, true)?;
    let mut report = report("backup.init", vec![left("repository")]);
    report.push(vec![folder.display().to_string().into()]);
    if ctx.globals.dry_run {
        ctx.show(report)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    Repository::init(&folder, &password).map_err(|error| faults::of_repository(&folder, error))?;
    ctx.show(report)?;
    ctx.remark(&say!("backup-init-done", folder = folder.display().to_string()));
    Ok(Outcome::Done)
}
