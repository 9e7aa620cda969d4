use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::run::{missing_tool, patiently};
use super::staging::{Staging, manifest_of, not_in_it};
use super::{RepositoryArgs, chosen, leftover, record_of, swap};
use crate::backup::{Manifest, Proof, Purpose, Repository, Snapshot, prove, tool_version};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::access::{self, Access, Unapplied};
use crate::db::engine::Look;
use crate::db::{self, Db, DbError, Instant, TableDigest, Url, audit_logs, backup_runs, engine, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, Entry};
use crate::say;
use crate::threads::ended;
use crate::view::{Cell, Report};

/// Bring a snapshot back as a database, prove it, and only then put it in place
///
/// Nothing is written over: the database is restored beside the target, its bytes, damage,
/// row counts, digests and log chain are checked, and a target that exists is set
/// aside by rename. The last line is the command that takes it all back. On PostgreSQL the
/// restored database has the owner, grants and settings of the one it replaces; where it
/// replaces none, those of the backup.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Snapshot, or latest
    snapshot: String,
    /// Target: a file or postgres://…; -d if not given
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    #[command(flatten)]
    repository: RepositoryArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    if !ctx.globals.dry_run {
        ctx.fits(&proof_report(&[], &[]))?;
    }
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let target = match &args.to {
        Some(text) => Url::parse(text),
        None => ctx.url()?,
    };
    let target = swap::real(target)?;
    if let Url::Sqlite(path) = &target
        && path.is_dir()
    {
        return Err(of_file(path, &std::io::ErrorKind::IsADirectory.into()).hint(say!("backup-target-folder-hint")).into());
    }
    let snapshot = chosen(ctx, &repository, &args.snapshot)?;
    let manifest = manifest_of(&repository, &snapshot)?;
    if manifest.is_newer_than_us()? {
        return Err(Failure::new("backup.newer", Exit::Conflict, say!("backup-newer", version = manifest.schema_version))
            .hint(say!("database-newer-hint"))
            .into());
    }
    let there = target_state(&target, &snapshot, &manifest)?;
    let access = Brought::of(&target, &there, &manifest)?;
    let room = Room::of(&repository, &snapshot, &manifest, &target)?;
    let plan = plan(&snapshot, &manifest, &target, &there, access.as_ref(), &room);
    if ctx.globals.dry_run {
        ctx.show(plan)?;
        room.suffices()?;
        if there.exists {
            swap::free(&target)?;
        }
        if matches!(target, Url::Postgres(_)) {
            if manifest.engine == "postgres" {
                tool_version("psql").map_err(|error| missing_tool("psql", error))?;
            }
            swap::may_make(&target)?;
        }
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    if there.exists {
        ctx.show_plan(&plan)?;
    }
    room.suffices()?;
    if matches!(target, Url::Postgres(_)) {
        swap::may_make(&target)?;
    }
    if there.exists {
        swap::free(&target)?;
        ctx.go_ahead_by_name(&target.name())?;
    }
    for left in leftover::sweep(ctx, &target) {
        ctx.remark(&say!("backup-left-behind", name = left));
    }

    let stamp = swap::fresh_stamp(&target, ctx.clock.now())?;
    if swap::orphaned_logs(&target) {
        ctx.remark(&say!("backup-orphaned-logs", aside = swap::name_beside(&target, "before", &stamp)));
    }
    let locale = access.as_ref().and_then(|brought| brought.access.locale.as_ref());
    let began = std::time::Instant::now();
    let staging = Staging::fill(ctx, &repository, &snapshot, &manifest, &target, &stamp, locale)?;
    let filled = began.elapsed();
    // A database file is compared byte by byte, before anybody opens it: the indexes it held it holds, and it breaks no rule
    // it did not break. There the engine need not look at those again, which would take the longest of all.
    let look = match &staging.url {
        Url::Sqlite(file) if manifest.engine == "sqlite" => {
            let compared = repository.first_difference(&snapshot, manifest.database_path(), file);
            let first = compared.map_err(|error| not_in_it(&repository, error))?.map_err(|error| of_file(file, &error))?;
            if let Some(at) = first {
                ctx.show(proof_report(&[], &[say!("backup-bytes-differ", at = at.to_string())]))?;
                ctx.remark(&say!("backup-bytes-differ", at = at.to_string()));
                ctx.remark(&say!("backup-bytes-differ-hint", id = snapshot.short_id));
                return Ok(Outcome::Broken);
            }
            Look::Structure
        }
        _ => Look::Whole,
    };
    let examined = examine(ctx, &staging.url, &manifest.tables, look)?;
    if ctx.globals.verbose > 0 {
        let seconds = |took: std::time::Duration| format!("{:.3}", took.as_secs_f64());
        let (filled, proved) = (seconds(filled), seconds(began.elapsed() - filled));
        ctx.remark(&say!("backup-restored-in", filled = filled, proved = proved));
    }
    let report = proof_report(&examined.proofs, &examined.damage);
    if !examined.same() {
        ctx.show(report)?;
        ctx.remark(&say!("backup-proof-failed"));
        return Ok(Outcome::Broken);
    }
    // The snapshot was made before its own record was written: the database that came back is told of it.
    let at = Instant::new(snapshot.time);
    let unapplied = match &access {
        Some(brought) => staging.give(&brought.access)?,
        None => Unapplied::default(),
    };
    let record = record_of(&snapshot, &args.repository.folder(ctx)?, "local", at, at, Some(&manifest));
    let undo = staging.swap(there.exists, access.as_ref().and_then(|brought| brought.access.comment.as_deref()))?;
    // The office has its database back: the proof and the way back are said before anything else can fail.
    let shown = ctx.show(report);
    let (id, rows) = (snapshot.short_id.clone(), manifest.rows.to_string());
    ctx.remark(&say!("backup-restored", id = id.clone(), target = target.shown(), rows = rows));
    if look == Look::Structure && manifest.schema_version == db::newest_known()? {
        ctx.remark(&say!("backup-restored-as-saved"));
    }
    if manifest.has_attachments {
        ctx.remark(&say!("backup-attachments-apart", id = id.clone()));
    }
    let mut sound = tell_unapplied(ctx, &unapplied);
    if !examined.unproved.is_empty() {
        ctx.remark(&say!("backup-unproved", tables = examined.unproved.join(", ")));
        sound = false;
    }
    if let Some(fault) = &examined.log {
        ctx.remark(fault);
        ctx.remark(&say!("backup-log-was-broken"));
        sound = false;
    }
    if let Some((aside, command)) = &undo {
        ctx.remark(&say!("backup-set-aside", aside = aside.clone()));
        ctx.remark(&say!("backup-undo", command = command.clone()));
    }
    let aside = undo.map(|(aside, _)| aside);
    let noted = patiently(|| {
        ctx.use_database(Db::open(&target)?);
        ctx.write(|db, log| {
            backup_runs::remember(db, &record)?;
            log.push(Entry {
                verb: "backup restore",
                table: None,
                key: Some(id.clone()),
                old: None,
                new: Some(json!({ "snapshot": snapshot.id, "made_at": manifest.created_at, "set_aside": aside })),
            });
            Ok(())
        })
    });
    if let Err(error) = noted {
        ctx.remark(&say!("backup-unrecorded", detail = error.to_string()));
        sound = false;
    }
    shown?;
    Ok(if sound { Outcome::Done } else { Outcome::LookAtIt })
}

/// Names what of the access could not be carried over; whether there was nothing to name.
fn tell_unapplied(ctx: &Context, unapplied: &Unapplied) -> bool {
    if !unapplied.roles.is_empty() {
        ctx.remark(&say!("backup-access-roles", roles = unapplied.roles.join(", ")));
    }
    const SHOWN: usize = 5;
    for (sql, detail) in unapplied.refused.iter().take(SHOWN) {
        ctx.remark(&say!("backup-access-refused", sql = sql.clone(), detail = detail.clone()));
    }
    if unapplied.refused.len() > SHOWN {
        ctx.remark(&say!("backup-access-more", n = (unapplied.refused.len() - SHOWN).to_string()));
    }
    *unapplied == Unapplied::default()
}

/// What stands where the database is to go.
struct There {
    exists: bool,
    /// Log entries written since the snapshot, if it is the same database; what a restore loses.
    newer_entries: Option<i64>,
    /// Owner, grants and settings on a server, which a dump does not hold.
    access: Option<Access>,
}

impl There {
    fn unread(exists: bool) -> Self {
        Self { exists, newer_entries: None, access: None }
    }
}

/// The access the restored database gets on a server: that of the database it replaces, for who was shut out since the
/// backup stays out; of what only the backup knows, the backup's.
struct Brought {
    access: Access,
    from: &'static str,
    /// Roles the server does not have.
    missing: Vec<String>,
}

impl Brought {
    fn of(target: &Url, there: &There, manifest: &Manifest) -> Result<Option<Self>> {
        if !matches!(target, Url::Postgres(_)) {
            return Ok(None);
        }
        let (access, from) = match (there.access.clone(), &manifest.access) {
            (Some(now), Some(then)) => (now.over(then), "replaced"),
            (Some(now), None) => (now, "replaced"),
            (None, Some(then)) => (then.clone(), "backup"),
            (None, None) => return Ok(None),
        };
        let known = access::roles(&mut Db::open(&target.with_database("postgres"))?)?;
        let missing = access.roles().into_iter().filter(|role| !known.contains(role)).collect();
        Ok(Some(Self { access, from, missing }))
    }
}

fn target_state(target: &Url, snapshot: &Snapshot, manifest: &Manifest) -> Result<There> {
    match Db::open(target) {
        Err(DbError::NoSuchDatabase(_)) => Ok(There::unread(false)),
        // Damaged or foreign: that is why one restores; it is set aside all the same.
        Err(DbError::NotADatabase(_) | DbError::Malformed(_)) => Ok(There::unread(true)),
        Err(error) => Err(error.into()),
        Ok(mut db) => {
            // Of another database's entries nothing can be said, but that they all go.
            let id = settings::get(&mut db, settings::DATABASE_ID).ok().flatten();
            let same = id.is_some() && id.as_deref() == snapshot.database();
            let newer_entries = match manifest.log_last.filter(|_| same) {
                Some(last) => audit_logs::count_after(&mut db, last).ok(),
                // A snapshot of an earlier program: what was purged since is not counted as new.
                None => audit_logs::count(&mut db).ok().filter(|_| same).map(|now| (now - manifest.log_entries).max(0)),
            };
            Ok(There { exists: true, newer_entries, access: access::of(&mut db)? })
        }
    }
}

fn plan(snapshot: &Snapshot, manifest: &Manifest, target: &Url, there: &There, access: Option<&Brought>, room: &Room) -> Report {
    let mut report = report("backup.restore", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: String| report.push(vec![field.into(), value.into()]);
    line("snapshot", snapshot.short_id.clone());
    line("made_at", manifest.created_at.clone());
    line("database", snapshot.database_name().unwrap_or("-").to_owned());
    line("host", manifest.host.clone());
    line("engine", format!("{} {}", manifest.engine, manifest.engine_version));
    if manifest.engine != target.engine().name() {
        line("copied_as_rows", format!("{} -> {}", manifest.engine, target.engine().name()));
    }
    line("tables", manifest.tables.len().to_string());
    line("rows", manifest.rows.to_string());
    line("bytes", snapshot.bytes.to_string());
    line("target", target.shown());
    line("target_exists", there.exists.to_string());
    line("log_entries_lost", there.newer_entries.map_or_else(|| "-".to_owned(), |n| n.to_string()));
    if let Some(Brought { access, from, missing }) = access {
        line("access_from", (*from).to_owned());
        line("access_owner", access.database.owner.clone().unwrap_or_default());
        line("access_grants", access.grants().to_string());
        line("access_settings", access.settings.len().to_string());
        if !missing.is_empty() {
            line("access_roles_missing", missing.join(", "));
        }
    }
    line(
        "attachments",
        if manifest.has_attachments { say!("backup-plan-attachments", id = snapshot.short_id.clone()) } else { "-".to_owned() },
    );
    line("needed_bytes", room.needed.to_string());
    line("free_bytes", room.free.map_or_else(|| "-".to_owned(), |n| n.to_string()));
    // Read, decrypt, write and digest together were measured at 30 to 60 MB a second.
    line("minutes_about", (room.needed / 30_000_000 / 60 + 1).to_string());
    report
}

/// The room the database needs, not the attachments, which stay in the repository; and what there is of it.
struct Room {
    place: PathBuf,
    needed: u64,
    /// None where the disk is another computer's.
    free: Option<u64>,
    /// A database that changes engines is a file in the temporary folder first: how large, and the room there.
    on_the_way: Option<(u64, u64)>,
}

impl Room {
    fn of(repository: &Repository, snapshot: &Snapshot, manifest: &Manifest, target: &Url) -> Result<Self> {
        let saved = repository.size(snapshot, manifest.database_path()).map_err(|error| not_in_it(repository, error))?;
        let needed = match target {
            Url::Sqlite(_) if manifest.engine == "sqlite" => saved,
            // A dump has no indexes, and the other engine packs rows otherwise.
            _ => manifest.database_bytes.unwrap_or(saved * 2),
        };
        let place = match target {
            Url::Sqlite(path) => Some(swap::folder_of(path).to_owned()),
            Url::Postgres(_) => Db::open(&target.with_database("postgres")).ok().and_then(|mut server| engine::data_folder(&mut server)),
        };
        let free = place.as_deref().and_then(free_bytes);
        let passes = matches!(target, Url::Postgres(_)) && manifest.engine == "sqlite";
        let on_the_way = passes.then(|| free_bytes(&std::env::temp_dir())).flatten().map(|free| (saved, free));
        Ok(Self { place: place.unwrap_or_default(), needed, free, on_the_way })
    }

    fn suffices(&self) -> Result<()> {
        let temporary = std::env::temp_dir();
        let here = self.free.map(|free| (&self.place, self.needed, free));
        let there = self.on_the_way.map(|(needed, free)| (&temporary, needed, free));
        match here.into_iter().chain(there).find(|(_, needed, free)| free < needed) {
            Some((place, needed, free)) => {
                let place = place.display().to_string();
                let said = say!("backup-no-space", place = place, free = free.to_string(), needed = needed.to_string());
                Err(Failure::new("backup.no-space", Exit::Failed, said).hint(say!("backup-no-space-hint")).into())
            }
            None => Ok(()),
        }
    }
}

fn free_bytes(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|fs| fs.f_bavail * fs.f_frsize)
}

/// What the proof of a database that came back, or was copied, has shown.
pub(crate) struct Examined {
    pub(crate) proofs: Vec<Proof>,
    /// What the engine found damaged.
    pub(crate) damage: Vec<String>,
    /// Tables outside the schema of the toolkit, which came back and were not counted when they were saved.
    pub(crate) unproved: Vec<String>,
    /// Where the log's chain is broken. With every table equal it was broken before: something to look into, and no
    /// reason to leave the office without its database.
    pub(crate) log: Option<String>,
}

impl Examined {
    /// Whether it is the database that was promised.
    pub(crate) fn same(&self) -> bool {
        self.damage.is_empty() && self.proofs.iter().all(Proof::holds)
    }
}

/// Damage, digests and log chain of the restored database, then its migration if it is older.
pub(crate) fn examine(ctx: &Context, url: &Url, promised: &[TableDigest], look: Look) -> Result<Examined> {
    let progress = ctx.progress(&say!("progress-digesting"), Some(promised.iter().map(|digest| digest.rows).sum()));
    // Nobody writes to it yet: what the engine says of it and what we read are of the same rows.
    let (damage, found, verdict) = std::thread::scope(|scope| {
        let damage = scope.spawn(move || Db::open(url)?.passing_through(|db| engine::damage(db, look)));
        let verdict = scope.spawn(|| Db::open(url)?.passing_through(|db| ledger::verify(db, None, |_| {})));
        let found = db::digests_at_rest(url, |rows| progress.advance(rows));
        (ended(damage), found, ended(verdict))
    });
    drop(progress);
    let (damage, found, verdict) = (damage?, found?, verdict?);
    let proofs = prove(promised, &found);
    let log = verdict.broken.map(|(no, _)| say!("log-broken", no = no.to_string()));
    let mut db = Db::open(url)?;
    let unproved = engine::tables_elsewhere(&mut db)?;
    let examined = Examined { proofs, damage, unproved, log };
    if examined.same() {
        db::migrate(&mut db)?;
    }
    Ok(examined)
}

fn proof_report(proofs: &[Proof], faults: &[String]) -> Report {
    let mut report = report("backup.restore", vec![left("table"), right("rows_expected"), right("rows"), left("sha256"), left("equal")]);
    for proof in proofs {
        report.push(vec![
            proof.table.clone().into(),
            proof.expected.as_ref().map(|digest| digest.rows).map_or(Cell::Empty, Into::into),
            proof.found.as_ref().map(|digest| digest.rows).map_or(Cell::Empty, Into::into),
            proof.found.as_ref().map(|digest| digest.sha256.clone()).into(),
            Cell::Bool(proof.holds()),
        ]);
    }
    for fault in faults {
        report.warn("damage", fault);
    }
    let equal = proofs.iter().filter(|proof| proof.holds()).count();
    report.with_summary("tables", proofs.len()).with_summary("equal", equal)
}
