//! The passwords that open a repository.

use std::path::PathBuf;

use anyhow::Result;

use super::RepositoryArgs;
use crate::backup::Purpose;
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::Instant;
use crate::say;
use crate::view::Cell;

/// Passwords that open the repository
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(ListArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
}

/// List the keys of the repository
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    repository: RepositoryArgs,
}

/// Add a password; every password opens everything
#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// File with the new password; asked for twice if not given
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

/// Remove a password, by the id of its key
///
/// Not the one the repository is opened with now: one way in stays.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// Id of the key, or its beginning
    key: String,
    #[command(flatten)]
    repository: RepositoryArgs,
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list(ctx, args),
            Self::Add(args) => add(ctx, args),
            Self::Remove(args) => remove(ctx, args),
        }
    }
}

fn list(ctx: &Context, args: &ListArgs) -> Result<Outcome> {
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let mut report = report("backup.key.list", vec![left("key"), left("host"), left("user"), left("at"), left("in_use")]);
    for key in repository.keys().map_err(|error| faults::of_repository(repository.folder(), error))? {
        report.push(vec![
            key.id[..8.min(key.id.len())].into(),
            key.host.into(),
            key.user.into(),
            key.created.map(|at| Instant::new(at).rfc3339()).into(),
            Cell::Bool(key.in_use),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn add(ctx: &Context, args: &AddArgs) -> Result<Outcome> {
    ctx.vet()?;
    let repository = args.repository.open(ctx, Purpose::Add)?;
    let password = ctx.password(args.new_password_file.as_deref(), &say!("backup-new-password"), true)?;
    let mut report = report("backup.key.add", vec![left("key")]);
    if !ctx.globals.dry_run {
        let actor = ctx.actor();
        let id = repository
            .add_key(&password, &actor.host, &actor.login_or_user())
            .map_err(|error| faults::of_repository(repository.folder(), error))?;
        report.push(vec![id[..8.min(id.len())].into()]);
        ctx.remark(&say!("backup-key-added", key = id[..8.min(id.len())].to_owned()));
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn remove(ctx: &Context, args: &RemoveArgs) -> Result<Outcome> {
    ctx.vet()?;
    let repository = args.repository.open(ctx, Purpose::Add)?;
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let key = repository.removable_key(&args.key).map_err(refuse)?;
    let mut report = report("backup.key.remove", vec![left("key")]);
    report.push(vec![key.id[..8.min(key.id.len())].into()]);
    if !ctx.globals.dry_run {
        ctx.go_ahead(&say!("backup-key-question", key = key.id[..8.min(key.id.len())].to_owned()))?;
        repository.remove_key(&key).map_err(refuse)?;
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
