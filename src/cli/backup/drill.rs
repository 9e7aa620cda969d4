use std::path::PathBuf;
use std::time::Instant as Moment;

use anyhow::Result;
use serde_json::json;

use super::leftover::{self, Scratch};
use super::restore::{Examined, examine};
use super::staging::{Staging, manifest_of};
use super::{RepositoryArgs, chosen, note_damage, record_of, unreadable_like};
use crate::audit::Severity;
use crate::backup::{Manifest, Proof, Purpose, Repository, Snapshot};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Damage};
use crate::db::engine::Look;
use crate::db::{Db, Instant, Url, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::Entry;
use crate::say;
use crate::view::Report;

/// Rehearse a restore: into a scratch place, proved, audited, timed and noted (恢复演练)
///
/// The database in use is not touched. The scratch copy is removed afterwards; what stays is the
/// record, and with -o FILE (html, markdown, docx) a page for the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Snapshot, or latest
    #[arg(default_value = "latest")]
    snapshot: String,
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Scratch place: a folder, or a PostgreSQL server as postgres://…
    #[arg(long = "in", value_name = "FOLDER|URL")]
    place: Option<String>,
}

/// What a restore into a scratch place has shown.
pub(super) struct Rehearsed {
    pub proofs: Vec<Proof>,
    pub faults: Vec<String>,
    pub rows: u64,
    pub seconds: u64,
    pub place: String,
    /// Critical findings of the audit, and all; none where nothing could be audited.
    pub audit: Option<(usize, usize)>,
}

impl Rehearsed {
    pub(super) fn holds(&self) -> bool {
        self.faults.is_empty() && self.proofs.iter().all(Proof::holds)
    }
}

/// Restores a snapshot into a scratch place, proves it there, and removes it again.
pub(super) fn rehearse(ctx: &Context, repository: &Repository, snapshot: &Snapshot, place: Option<&str>) -> Result<Rehearsed> {
    let began = Moment::now();
    let manifest = manifest_of(repository, snapshot)?;
    let (staging, _folder) = scratch(ctx, repository, snapshot, &manifest, place)?;
    let Examined { proofs, damage: mut faults, log, unproved: _ } = examine(ctx, &staging.url, &manifest.tables, Look::Whole)?;
    faults.extend(log);
    let audit = match Db::open(&staging.url) {
        Ok(mut db) if faults.is_empty() => crate::cli::audit::findings(ctx, &mut db).ok(),
        _ => None,
    };
    let audit = audit.map(|found| (found.iter().filter(|severity| **severity == Severity::Critical).count(), found.len()));
    let place = staging.url.shown();
    Ok(Rehearsed { proofs, faults, rows: manifest.rows, seconds: began.elapsed().as_secs(), place, audit })
}

/// Restores a snapshot into a scratch place; both are removed when dropped.
pub(super) fn scratch(
    ctx: &Context,
    repository: &Repository,
    snapshot: &Snapshot,
    manifest: &Manifest,
    place: Option<&str>,
) -> Result<(Staging, Option<Scratch>)> {
    let mut folder = None;
    if let Ok(url) = ctx.url() {
        leftover::sweep(ctx, &url);
    }
    let temporary = std::env::temp_dir();
    let target = match (place.map(Url::parse), ctx.url()) {
        (Some(Url::Postgres(text)), _) => Url::Postgres(text),
        (Some(Url::Sqlite(path)), _) => {
            let target = Url::Sqlite(path.join("drill.db"));
            for left in leftover::sweep(ctx, &target) {
                ctx.remark(&say!("backup-left-behind", name = left));
            }
            target
        }
        (None, Ok(url @ Url::Postgres(_))) if manifest.engine == "postgres" && answers(&url) => url,
        // A dump without a server to put it on is proved as rows in a file.
        (None, _) => {
            let made = Scratch::new(leftover::DRILL, &temporary).map_err(|error| of_file(&temporary, &error))?;
            let path = made.path().join("drill.db");
            folder = Some(made);
            Url::Sqlite(path)
        }
    };
    // On a server the name says what it is of; a file is swept by the name a restore would give it.
    let stamp = ctx.clock.now().local().strftime("%Y%m%d%H%M%S").to_string();
    let stamp = if matches!(target, Url::Postgres(_)) { format!("drill{stamp}") } else { stamp };
    let staging = Staging::fill(ctx, repository, snapshot, manifest, &target, &stamp, manifest.locale())?;
    Ok((staging, folder))
}

/// Whether the server a scratch database would be made on is there.
fn answers(url: &Url) -> bool {
    Db::open(&url.with_database("postgres")).is_ok()
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.fits(&report("backup.drill", vec![left("field"), left("value")]))?;
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let snapshot = chosen(ctx, &repository, &args.snapshot).inspect_err(|error| {
        note_damage(ctx, "backup drill", &unreadable_like(&repository, &args.snapshot), Damage::Structure, &format!("{error:#}"));
    })?;
    if let Some(place) = args.place.as_deref().filter(|place| !place.contains("://"))
        && !PathBuf::from(place).is_dir()
    {
        return Err(Failure::new("backup.drill-folder", Exit::NotFound, say!("backup-drill-folder", folder = place.to_owned()))
            .hint(say!("backup-drill-folder-hint"))
            .into());
    }
    if ctx.globals.dry_run {
        ctx.show(report("backup.drill", vec![left("field"), left("value")]))?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    let began = Moment::now();
    let done = match rehearse(ctx, &repository, &snapshot, args.place.as_deref()) {
        Ok(done) => done,
        // That it does not come back is what the rehearsal has shown; a disk too small for it shows nothing.
        Err(error) if tells_against(&error) => {
            let place = args.place.as_deref().map_or_else(|| "-".to_owned(), |place| Url::parse(place).shown());
            if let Err(untold) = note(ctx, &repository, &snapshot, &place, false, began.elapsed().as_secs(), 0) {
                ctx.remark(&say!("backup-damage-not-noted", detail = format!("{untold:#}")));
            }
            // The page for the file is wanted of a rehearsal that failed above all.
            let mut sheet = Sheet::of(ctx, &snapshot);
            sheet.line("place", place);
            sheet.line("result", "failed".to_owned());
            sheet.line("seconds", began.elapsed().as_secs().to_string());
            sheet.line("fault", format!("{error:#}"));
            ctx.show(sheet.report)?;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let holds = done.holds();
    let noted = note(ctx, &repository, &snapshot, &done.place, holds, done.seconds, done.rows)?;
    let equal = done.proofs.iter().filter(|proof| proof.holds()).count();
    let mut sheet = Sheet::of(ctx, &snapshot);
    let mut line = |field: &str, value: String| sheet.line(field, value);
    line("place", done.place.clone());
    line("result", if holds { "ok" } else { "failed" }.to_owned());
    line("seconds", done.seconds.to_string());
    line("rows", done.rows.to_string());
    line("tables", done.proofs.len().to_string());
    line("tables_equal", equal.to_string());
    line("log_chain", if done.faults.is_empty() { "ok" } else { "failed" }.to_owned());
    line("audit_findings", done.audit.map_or_else(|| "-".to_owned(), |(_, all)| all.to_string()));
    line("audit_critical", done.audit.map_or_else(|| "-".to_owned(), |(critical, _)| critical.to_string()));
    for proof in done.proofs.iter().filter(|proof| !proof.holds()) {
        line("table_differs", proof.table.clone());
    }
    for fault in &done.faults {
        line("fault", fault.clone());
    }
    ctx.show(sheet.report)?;
    if !noted {
        ctx.remark(&say!("backup-drill-not-noted"));
    }
    ctx.remark(&if holds { say!("backup-drill-passed", seconds = done.seconds.to_string()) } else { say!("backup-drill-failed") });
    Ok(if holds { Outcome::Done } else { Outcome::Broken })
}

/// The page of a rehearsal.
struct Sheet {
    report: Report,
}

impl Sheet {
    /// Which snapshot was rehearsed, when and by whom.
    fn of(ctx: &Context, snapshot: &Snapshot) -> Self {
        let report = report("backup.drill", vec![left("field"), left("value")]);
        let mut sheet = Self { report: report.with_title(say!("backup-drill-title", id = snapshot.short_id.clone())) };
        sheet.line("snapshot", snapshot.short_id.clone());
        sheet.line("made_at", Instant::new(snapshot.time).rfc3339());
        sheet.line("tested_at", ctx.clock.now().rfc3339());
        sheet.line("by", ctx.actor().login_or_user());
        sheet
    }

    fn line(&mut self, field: &str, value: String) {
        self.report.push(vec![field.into(), value.into()]);
    }
}

/// Whether an error means that the snapshot does not bring its database back.
pub(super) fn tells_against(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::Integrity || failure.code == "backup.tool-failed")
}

/// Notes what a rehearsal has shown, where the database is there and the snapshot is its own.
fn note(
    ctx: &mut Context,
    repository: &Repository,
    snapshot: &Snapshot,
    place: &str,
    holds: bool,
    seconds: u64,
    rows: u64,
) -> Result<bool> {
    if ctx.url().is_err() || ctx.db().is_err() {
        return Ok(false);
    }
    let at = ctx.clock.now();
    let made = Instant::new(snapshot.time);
    let manifest = manifest_of(repository, snapshot).ok();
    ctx.write(|db, log| {
        if settings::get(db, settings::DATABASE_ID)?.is_some_and(|id| snapshot.database() == Some(&id)) {
            backup_runs::remember(db, &record_of(snapshot, repository.folder(), "local", made, made, manifest.as_ref()))?;
        }
        let (seconds, rows) = (i64::try_from(seconds).unwrap_or(i64::MAX), i64::try_from(rows).unwrap_or(i64::MAX));
        let noted = backup_runs::tested(db, &snapshot.id, at, place, holds, seconds, rows)?;
        log.push(Entry {
            verb: "backup drill",
            table: Some("restore_test"),
            key: Some(snapshot.short_id.clone()),
            old: None,
            new: Some(json!({ "result": if holds { "ok" } else { "failed" }, "seconds": seconds, "rows": rows })),
        });
        Ok(noted)
    })
}
