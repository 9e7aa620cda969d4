use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{counted, known, read, root, sheet};
use crate::context::{Context, Outcome};
use crate::db::portal_baselines;
use crate::failure::{Exit, Failure, of_file};
use crate::portal::{self, Item, compare};
use crate::say;

/// Hold a web tree against its baseline, and name every file that differs
///
/// Changed, added, missing or replaced files end with 9. With 1 nothing differs as far as
/// it could be read, but some files could not be, or changed all the while.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Root of the tree; where the baseline was taken if not given
    folder: Option<PathBuf>,
    /// Name of the site; the folder's path, or the only one there is
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Baseline in a file instead of the database
    #[arg(long, value_name = "FILE", requires = "folder")]
    file: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (folder, items, excluded) = match (&args.file, &args.folder) {
        (Some(file), Some(folder)) => {
            let (items, excluded) = listed(file)?;
            (root(folder)?, items, excluded)
        }
        _ => remembered(ctx, args)?,
    };
    let found = read(ctx, &folder, &excluded, Some(items.len() as u64))?;
    // What could not be looked at is in doubt, not missing.
    let doubted = |path: &[u8]| {
        found.doubts.iter().any(|(doubt, _)| path == doubt || (path.starts_with(doubt) && path.get(doubt.len()) == Some(&b'/')))
    };
    let mut changes = compare(&items, &found.items);
    if !found.doubts.is_empty() {
        changes.retain(|change| change.after.is_some() || !doubted(&change.path));
    }
    let report = counted(sheet("portal.verify", &changes, &found.doubts), &found.items, &changes, &found.doubts);
    ctx.show(report)?;
    if !found.doubts.is_empty() {
        ctx.remark(&say!("portal-doubts", count = found.doubts.len()));
    }
    if !changes.is_empty() {
        ctx.remark(&say!("portal-differs", count = changes.len(), folder = folder.display().to_string()));
        return Ok(Outcome::Broken);
    }
    if !found.doubts.is_empty() {
        return Ok(Outcome::Incomplete);
    }
    ctx.remark(&say!("portal-sound", count = items.len().to_string()));
    Ok(Outcome::Done)
}

/// The baseline in a file.
fn listed(file: &Path) -> Result<(Vec<Item>, Vec<String>)> {
    let bytes = std::fs::read(file).map_err(|error| of_file(file, &error))?;
    let refuse = |line| Failure::new("portal.list", Exit::Integrity, say!("portal-list")).in_file(file).at_line(line);
    let (mut items, excluded) = portal::read(&bytes).map_err(refuse)?;
    items.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok((items, excluded))
}

/// The baseline in the database.
fn remembered(ctx: &mut Context, args: &Args) -> Result<(PathBuf, Vec<Item>, Vec<String>)> {
    let folder = args.folder.as_deref().map(root).transpose()?;
    let by_path = folder.as_deref().map(|folder| portal::escape(std::os::unix::ffi::OsStrExt::as_bytes(folder.as_os_str())));
    let sites = portal_baselines::sites(ctx.db()?)?;
    let site = match (args.site.clone().or(by_path), sites.as_slice()) {
        (Some(site), _) => site,
        (None, [only]) => only.clone(),
        (None, _) => {
            let several = Failure::new("portal.which-site", Exit::Usage, say!("portal-which-site", count = sites.len()));
            return Err(several.hint(say!("portal-which-site-hint", sites = sites.join(", "))).into());
        }
    };
    let unknown =
        || Failure::new("portal.unknown", Exit::NotFound, say!("portal-unknown", site = site.clone())).hint(say!("portal-unknown-hint"));
    let (baseline, items) = known(ctx.db()?, &site)?.ok_or_else(unknown)?;
    let excluded = baseline.excluded.0.as_array().into_iter().flatten().filter_map(|glob| glob.as_str().map(str::to_owned)).collect();
    let folder = match folder {
        Some(folder) => folder,
        None => root(Path::new(&baseline.folder))?,
    };
    Ok((folder, items, excluded))
}
