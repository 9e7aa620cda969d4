use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::staging::{rename_database, set_aside, sync_folder};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{Db, Url, engine};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::Entry;
use crate::say;

/// Take a restore back: the database it set aside comes into place again
///
/// The restored one is set aside in its turn, so that nothing is lost either way. The newest
/// that was set aside comes back; --aside names another.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Database whose restore is taken back; -d if not given
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Name it was set aside under
    #[arg(long, value_name = "NAME")]
    aside: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let target = match &args.to {
        Some(text) => Url::parse(text),
        None => ctx.url()?,
    };
    let found = asides(&target)?;
    let chosen = match &args.aside {
        Some(name) => found.iter().find(|found| *found == name || found.ends_with(&format!("/{name}"))).cloned(),
        None => found.last().cloned(),
    };
    let Some(aside) = chosen else {
        return Err(Failure::new("backup.no-aside", Exit::NotFound, say!("backup-no-aside", target = target.shown()))
            .hint(say!("backup-no-aside-hint"))
            .into());
    };
    let undone = format!(
        "{}undone{}{}",
        base(&target),
        if matches!(target, Url::Sqlite(_)) { "-" } else { "_" },
        ctx.clock.now().local().strftime("%Y%m%d%H%M%S")
    );
    let mut plan = report("backup.undo", vec![left("target"), left("comes_back"), left("set_aside")]);
    plan.push(vec![target.shown().into(), aside.clone().into(), undone.clone().into()]);
    if ctx.globals.dry_run {
        ctx.show(plan)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&plan)?;
    ctx.go_ahead_by_name(&target.name())?;
    match &target {
        Url::Sqlite(path) => {
            if path.exists() {
                set_aside(path, &undone).map_err(|error| of_file(path, &error))?;
            }
            if let Err(error) = set_aside(Path::new(&aside), &path.to_string_lossy()) {
                set_aside(Path::new(&undone), &path.to_string_lossy()).map_err(|error| of_file(path, &error))?;
                return Err(of_file(Path::new(&aside), &error).into());
            }
            sync_folder(path);
        }
        Url::Postgres(_) => {
            let mut server = Db::open(&target.with_database("postgres"))?;
            let name = target.name();
            rename_database(&mut server, &name, &undone)?;
            if let Err(error) = rename_database(&mut server, &aside, &name) {
                rename_database(&mut server, &undone, &name)?;
                return Err(error);
            }
        }
    }
    ctx.use_database(Db::open(&target)?);
    ctx.write(|_, log| {
        let new = json!({ "came_back": aside, "set_aside": undone });
        log.push(Entry { verb: "backup undo", table: None, key: Some(target.name()), old: None, new: Some(new) });
        Ok(())
    })?;
    ctx.show(plan)?;
    ctx.remark(&say!("backup-undone", target = target.shown(), aside = undone));
    Ok(Outcome::Done)
}

/// What names of set-aside databases begin with, before `before` or `undone`.
fn base(target: &Url) -> String {
    match target {
        Url::Sqlite(path) => format!("{}.", path.display()),
        Url::Postgres(_) => format!("{}_", target.name()),
    }
}

/// What restores of this database set aside, oldest first: their names end with the moment.
fn asides(target: &Url) -> Result<Vec<String>> {
    let mut found = match target {
        Url::Sqlite(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let begin = format!("{}.before-", path.file_name().unwrap_or_default().to_string_lossy());
            let entries = std::fs::read_dir(folder).map_err(|error| of_file(folder, &error))?;
            entries
                .flatten()
                .filter(|entry| {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    name.strip_prefix(&begin).is_some_and(|stamp| stamp.bytes().all(|b| b.is_ascii_digit()))
                })
                .map(|entry| format!("{}.before-{}", path.display(), &entry.file_name().to_string_lossy()[begin.len()..]))
                .collect::<Vec<_>>()
        }
        Url::Postgres(_) => {
            engine::databases_like(&mut Db::open(&target.with_database("postgres"))?, &format!("{}_before_", target.name()))?
        }
    };
    found.sort();
    Ok(found)
}
