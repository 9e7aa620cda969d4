use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use super::{counted, files, known, read, root, sheet};
use crate::context::{Context, Outcome, write_file};
use crate::db::Document;
use crate::db::portal_baselines::{self, NewBaseline, Row};
use crate::ledger::Entry;
use crate::portal::{self, Change, Item, Kind, compare};
use crate::say;

/// Take a web tree for good: hash every file of it
///
/// What changed since the last baseline is shown first: to agree is to say that all of it
/// was published on purpose. Symbolic links are noted and not followed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Root of the tree
    folder: PathBuf,
    /// Name of the site; the folder's path if not given
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Leave out what fits this pattern, such as 'cache/**'
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Write the list to a file too; sha256sum -c reads it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write the list to the file alone; no database is needed
    #[arg(long, requires = "file")]
    file_only: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let root = root(&args.folder)?;
    let site = args.site.clone().unwrap_or_else(|| portal::escape(std::os::unix::ffi::OsStrExt::as_bytes(root.as_os_str())));
    let before = if args.file_only { None } else { known(ctx.db()?, &site)? };
    let found = read(ctx, &root, &args.exclude, before.as_ref().map(|(_, items)| items.len() as u64))?;
    let changes = before.as_ref().map(|(_, items)| compare(items, &found.items)).unwrap_or_default();
    let report = counted(sheet("portal.baseline", &changes, &found.doubts), &found.items, &changes, &found.doubts);
    if !found.doubts.is_empty() {
        // A baseline with holes would call what it does not know sound.
        ctx.show(report)?;
        ctx.remark(&say!("portal-doubts", count = found.doubts.len()));
        return Ok(Outcome::Incomplete);
    }
    let count = files(&found.items);
    let same = before.as_ref().is_some_and(|(old, _)| changes.is_empty() && old.excluded.0 == json!(args.exclude));
    if !changes.is_empty() {
        ctx.show_plan(&report)?;
        ctx.go_ahead(&say!("portal-baseline-question", count = changes.len()))?;
    }
    let digest = portal::digest(&found.items);
    if !args.file_only && !same {
        let new = NewBaseline {
            site: site.clone(),
            folder: root.display().to_string(),
            taken_at: ctx.clock.now(),
            files: count.0,
            links: count.1,
            bytes: count.2,
            excluded: Document(json!(args.exclude)),
            digest: digest.clone(),
        };
        let (ended, begun) = rows(before.as_ref().map(|_| changes.as_slice()), &found.items);
        ctx.write(|db, log| {
            portal_baselines::add(db, &new, &ended, &begun)?;
            log.push(Entry {
                verb: "portal baseline",
                table: Some("portal_baseline"),
                key: Some(site.clone()),
                old: before.as_ref().map(|(old, _)| json!({ "digest": old.digest, "files": old.files })),
                new: Some(
                    json!({ "digest": new.digest, "files": new.files, "links": new.links, "bytes": new.bytes, "changes": changes.len() }),
                ),
            });
            Ok(())
        })?;
    }
    if let Some(path) = &args.file
        && !ctx.globals.dry_run
    {
        write_file(path, |out| portal::write(&found.items, &args.exclude, out))?;
    }
    ctx.show(report)?;
    let (total, short) = (count.0.to_string(), digest[..16].to_owned());
    ctx.remark(&match ctx.globals.dry_run {
        true => say!("dry-run"),
        false if same => say!("portal-baseline-same", count = total, digest = short),
        false => say!("portal-baseline-done", count = total, digest = short),
    });
    Ok(Outcome::Done)
}

/// The paths that end with this baseline and the rows that begin with it.
fn rows(changes: Option<&[Change]>, items: &[Item]) -> (Vec<String>, Vec<Row>) {
    let row = |path: &[u8], kind: &Kind| Row {
        path: portal::escape(path),
        kind: kind.word().to_owned(),
        bytes: if let Kind::File { bytes, .. } = kind { i64::try_from(*bytes).ok() } else { None },
        sha256: if let Kind::File { sha256, .. } = kind { Some(sha256.clone()) } else { None },
        target: if let Kind::Link { target } = kind { Some(portal::escape(target)) } else { None },
    };
    match changes {
        None => (Vec::new(), items.iter().map(|item| row(&item.path, &item.kind)).collect()),
        Some(changes) => (
            changes.iter().filter(|change| change.before.is_some()).map(|change| portal::escape(&change.path)).collect(),
            changes.iter().filter_map(|change| Some(row(&change.path, change.after.as_ref()?))).collect(),
        ),
    }
}
