//! `swj portal`: is the published web tree what was published (网页防篡改)?

mod baseline;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::portal_baselines::{self, Row};
use crate::db::{Db, audit_logs};
use crate::failure::{Exit, Failure, of_file};
use crate::portal::{self, Change, Doubt, Found, Item, Kind};
use crate::say;
use crate::view::{Cell, Report};

/// The published web tree
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Baseline(baseline::Args),
    Verify(verify::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Baseline(args) => baseline::run(ctx, args),
            Self::Verify(args) => verify::run(ctx, args),
        }
    }
}

/// Reads the tree with as many threads as there are processors, up to eight.
fn read(ctx: &Context, root: &Path, excluded: &[String], total: Option<u64>) -> Result<Found> {
    let globs = globs(excluded)?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let progress = ctx.progress(&say!("progress-hashing"), total);
    let done = AtomicU64::new(0);
    let found = portal::walk(root, &globs, threads, &|n| progress.reach(done.fetch_add(n, Ordering::Relaxed) + n));
    Ok(found.map_err(|error| of_file(root, &error))?)
}

fn globs(excluded: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in excluded {
        let refuse = |error: globset::Error| {
            Failure::new("portal.glob", Exit::Usage, say!("portal-glob", glob = glob.clone(), detail = error.to_string()))
        };
        set.add(Glob::new(glob).map_err(refuse)?);
    }
    Ok(set.build()?)
}

/// The folder as the system knows it, whatever links lead there.
fn root(folder: &Path) -> Result<PathBuf> {
    let root = folder.canonicalize().map_err(|error| of_file(folder, &error))?;
    if root.is_dir() {
        return Ok(root);
    }
    let shown = folder.display().to_string();
    Err(Failure::new("portal.no-folder", Exit::Usage, say!("portal-no-folder", path = shown)).into())
}

/// A site's newest baseline, by path; its own digest, and the one the log tells of, must be those of its rows.
fn known(db: &mut Db, site: &str) -> Result<Option<(portal_baselines::Baseline, Vec<Item>)>> {
    let Some(baseline) = portal_baselines::newest(db, site)? else { return Ok(None) };
    let items: Option<Vec<Item>> = portal_baselines::rows(db, site)?.into_iter().map(item).collect();
    let mut items = items.unwrap_or_default();
    items.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let told = audit_logs::told(db, "portal baseline", "portal_baseline", site)?;
    let logged = told.into_iter().flatten().next().is_none_or(|newest| newest.0["digest"] == baseline.digest);
    if portal::digest(&items) != baseline.digest || !logged {
        let message = say!("portal-baseline-changed", site = site);
        return Err(Failure::new("portal.baseline-changed", Exit::Integrity, message).hint(say!("portal-baseline-changed-hint")).into());
    }
    Ok(Some((baseline, items)))
}

fn item(row: Row) -> Option<Item> {
    let kind = match row.kind.as_str() {
        "file" => Kind::File { bytes: row.bytes?.try_into().ok()?, sha256: row.sha256? },
        "link" => Kind::Link { target: portal::unescape(&row.target?)? },
        _ => Kind::Other,
    };
    Some(Item { path: portal::unescape(&row.path)?, kind })
}

/// What was found otherwise than it was taken for good, and what could not be looked at.
fn sheet(schema: &'static str, changes: &[Change], doubts: &[(Vec<u8>, Doubt)]) -> Report {
    let mut report = report(schema, vec![left("path"), left("change"), left("before"), left("after"), right("bytes"), left("detail")]);
    for change in changes {
        let bytes = match &change.after {
            Some(Kind::File { bytes, .. }) => (*bytes).into(),
            _ => Cell::Empty,
        };
        let (before, after) = (shown(change.before.as_ref()), shown(change.after.as_ref()));
        report.push(vec![portal::escape(&change.path).into(), change.word().into(), before, after, bytes, Cell::Empty]);
    }
    for (path, doubt) in doubts {
        let (word, detail) = match doubt {
            Doubt::Unread(why) => ("unread", Cell::from(why.as_str())),
            Doubt::Unsteady => ("unsteady", Cell::Empty),
        };
        report.push(vec![portal::escape(path).into(), word.into(), Cell::Empty, Cell::Empty, Cell::Empty, detail]);
    }
    report
}

fn shown(kind: Option<&Kind>) -> Cell {
    match kind {
        None => Cell::Empty,
        Some(Kind::File { sha256, .. }) => sha256.into(),
        Some(Kind::Link { target }) => format!("-> {}", portal::escape(target)).into(),
        Some(Kind::Other) => "other".into(),
    }
}

/// Adds the counts to a sheet.
fn counted(mut report: Report, items: &[Item], changes: &[Change], doubts: &[(Vec<u8>, Doubt)]) -> Report {
    let count = |word: &str| changes.iter().filter(|change| change.word() == word).count();
    report.summary.push(("files", files(items).0.into()));
    for word in ["changed", "replaced", "added", "missing"] {
        report.summary.push((word, count(word).into()));
    }
    report.summary.push(("unread", doubts.iter().filter(|(_, doubt)| *doubt != Doubt::Unsteady).count().into()));
    report.summary.push(("unsteady", doubts.iter().filter(|(_, doubt)| *doubt == Doubt::Unsteady).count().into()));
    report
}

/// Files, links, and the bytes of the files.
fn files(items: &[Item]) -> (i64, i64, i64) {
    items.iter().fold((0, 0, 0), |(files, links, all), item| match &item.kind {
        Kind::File { bytes, .. } => (files + 1, links, all + i64::try_from(*bytes).unwrap_or(i64::MAX)),
        Kind::Link { .. } => (files, links + 1, all),
        Kind::Other => (files, links, all),
    })
}
