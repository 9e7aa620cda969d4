use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Result;

use super::backup::RepositoryArgs;
use super::columns::{left, report};
use super::faults;
use crate::audit::Severity;
use crate::context::{Context, Outcome};
use crate::db::{Engine, Url, audit_logs, backup_runs, calendar, engine, roles};
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::say;
use crate::view::{Cell, Report};

/// Look at everything a sysadmin should know each morning, and say what to do about it
///
/// Versions, configuration, database, schema, log, clock, calendar, administrators, permissions, disk, backup
/// repository, last backup and last rehearsal. Nothing is changed. Exit 0 when all is well, 3 when something
/// at least as grave as --fail-on wants looking at, 9 when something is damaged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Leave out what reads the whole database: the engine's own check, and the log's chain
    #[arg(long)]
    quick: bool,
    /// End with exit 3 from this severity on
    #[arg(long, default_value = "low", value_name = "SEVERITY", value_parser = ["low", "medium", "high", "critical"])]
    fail_on: String,
}

/// What a check found.
#[derive(Clone, Copy)]
enum State {
    Ok,
    /// Not set up here, or left out.
    Skipped,
    Look,
    Broken,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Look => "look",
            Self::Broken => "broken",
        }
    }
}

struct Sheet {
    report: Report,
    broken: bool,
    gravest: Option<Severity>,
}

impl Sheet {
    fn new() -> Self {
        let columns = vec![left("check"), left("state"), left("severity"), left("detail"), left("remedy")];
        Self { report: report("doctor", columns), broken: false, gravest: None }
    }

    fn add(&mut self, check: &str, state: State, severity: Option<Severity>, detail: impl Into<Cell>, remedy: impl Into<Cell>) {
        self.report.push(vec![check.into(), state.name().into(), severity.map(Severity::name).into(), detail.into(), remedy.into()]);
    }

    fn ok(&mut self, check: &str, detail: impl Into<Cell>) {
        self.add(check, State::Ok, None, detail, Cell::Empty);
    }

    fn skipped(&mut self, check: &str, detail: impl Into<Cell>, remedy: impl Into<Cell>) {
        self.add(check, State::Skipped, None, detail, remedy);
    }

    fn look(&mut self, check: &str, severity: Severity, detail: impl Into<Cell>, remedy: impl Into<Cell>) {
        self.gravest = self.gravest.max(Some(severity));
        self.add(check, State::Look, Some(severity), detail, remedy);
    }

    fn broken(&mut self, check: &str, detail: impl Into<Cell>, remedy: impl Into<Cell>) {
        self.broken = true;
        self.add(check, State::Broken, Some(Severity::Critical), detail, remedy);
    }

    fn failed(&mut self, check: &str, error: anyhow::Error) {
        let failure = Failure::of(faults::explain(error));
        self.broken(check, failure.to_string(), failure.hint);
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut sheet = Sheet::new();
    ctx.fits(&sheet.report)?;
    configuration(ctx, &mut sheet);
    match ctx.db().map(|_| ()) {
        Ok(()) => {
            sheet.ok("database", ctx.url()?.shown());
            database(ctx, args, &mut sheet)?;
        }
        Err(error) => match error.downcast::<Failure>() {
            // Not told which database: nothing was looked at.
            Ok(failure) if failure.exit == Exit::Usage => return Err(failure.into()),
            // It is whole, and waits for `db migrate` or for a newer program.
            Ok(failure) if ["database.older", "database.newer"].contains(&failure.code) => {
                sheet.ok("database", ctx.url()?.shown());
                sheet.look("schema", Severity::Critical, failure.to_string(), failure.hint);
            }
            Ok(failure) => sheet.failed("database", failure.into()),
            Err(error) => sheet.failed("database", error),
        },
    }
    for left in ctx.url().ok().and_then(|url| super::backup::named_beside(&url, "restoring").ok()).into_iter().flatten() {
        sheet.look("leftover", Severity::Low, left, say!("doctor-leftover-remedy"));
    }
    files(ctx, args, &mut sheet);
    match super::backup::look(ctx, &args.repository) {
        None => sheet.skipped("repository", say!("doctor-no-repository"), say!("backup-no-repository-hint")),
        Some(Ok(snapshots)) => sheet.ok("repository", say!("doctor-snapshots", n = snapshots.to_string())),
        Some(Err(error)) => sheet.failed("repository", error),
    }
    let (broken, gravest) = (sheet.broken, sheet.gravest);
    ctx.show(sheet.report)?;
    let fail_on = Severity::from_name(&args.fail_on).unwrap_or(Severity::Low);
    Ok(match gravest {
        _ if broken => Outcome::Broken,
        Some(gravest) if gravest >= fail_on => Outcome::LookAtIt,
        _ => Outcome::Done,
    })
}

/// Which files the program was told by, who may write them, and whose rights are looked at.
fn configuration(ctx: &Context, sheet: &mut Sheet) {
    let values = ctx.config.all().map(|(_, value)| value).chain(ctx.config.actors().map(|(_, value)| value));
    let files: std::collections::BTreeSet<&str> = values.map(|value| value.origin.as_str()).filter(|origin| origin.contains('/')).collect();
    for file in files {
        let Ok(found) = std::fs::metadata(file) else { continue };
        let mode = found.permissions().mode() & 0o777;
        // Whoever may write it says who is who.
        if mode & 0o022 == 0 {
            sheet.ok("configuration", format!("{file} {mode:03o}"));
        } else {
            let remedy = format!("chmod go-w {file}");
            sheet.look("configuration", Severity::High, say!("doctor-writable", path = format!("{file} {mode:03o}")), remedy);
        }
    }
    let actor = ctx.actor();
    let mode = ctx.config.permissions();
    sheet.ok("permissions", format!("{}: {}", mode.name(), actor.login_or_user()));
}

fn database(ctx: &mut Context, args: &Args, sheet: &mut Sheet) -> Result<()> {
    let steps = crate::db::migrations(ctx.db()?)?;
    sheet.ok("schema", steps.last().map(|step| step.version.clone()));
    versions(ctx, sheet)?;
    if args.quick {
        sheet.skipped("engine", say!("doctor-quick"), Cell::Empty);
        sheet.skipped("log", say!("doctor-quick"), Cell::Empty);
    } else {
        let progress = ctx.progress(&say!("progress-checking"), None);
        let damage = engine::damage(ctx.db()?, engine::Look::Whole)?;
        drop(progress);
        match damage.first() {
            None => sheet.ok("engine", Cell::Empty),
            Some(first) => sheet.broken("engine", first.as_str(), say!("doctor-engine-remedy")),
        }
        let progress = ctx.progress(&say!("progress-verifying"), None);
        let now = ctx.clock.now();
        let verdict = ctx.db()?.one_picture(|db| ledger::verify(db, Some(now), |n| progress.advance(n)))?;
        drop(progress);
        match verdict.broken {
            Some((no, _)) => sheet.broken("log", say!("log-broken", no = no.to_string()), say!("doctor-log-remedy")),
            None => sheet.ok("log", say!("log-sound", count = verdict.sound.to_string(), head = verdict.head[..16].to_owned())),
        }
    }
    let (today, now) = (ctx.clock.today(), ctx.clock.now());
    // A clock that was set back makes deadlines and the order of backups wrong.
    match audit_logs::last_at(ctx.db()?)? {
        Some(last) if last > now => {
            sheet.look("clock", Severity::High, say!("doctor-clock", last = last.rfc3339()), say!("doctor-clock-remedy"));
        }
        _ => sheet.ok("clock", now.rfc3339()),
    }
    let held = roles::administrators(ctx.db()?, now.day().into())?;
    let missing: Vec<&str> =
        ["system", "security", "audit"].into_iter().filter(|kind| !held.iter().any(|(held, _)| held == kind)).collect();
    if missing.is_empty() {
        let names: Vec<String> = held.into_iter().map(|(kind, login)| format!("{kind} {login}")).collect();
        sheet.ok("administrators", names.join(", "));
    } else {
        let remedy = say!("doctor-administrators-remedy");
        sheet.look("administrators", Severity::High, say!("doctor-administrators", kinds = missing.join(", ")), remedy);
    }
    // The notice for a year comes out in the autumn before; by December deadlines run into that year.
    let days = calendar::all(ctx.db()?)?;
    let wanted = if today.month() == 12 { [today.year(), today.year() + 1].to_vec() } else { [today.year()].to_vec() };
    let unknown: Vec<String> =
        wanted.iter().filter(|year| !days.iter().any(|day| day.day.0.year() == **year)).map(ToString::to_string).collect();
    if unknown.is_empty() {
        sheet.ok("calendar", wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    } else {
        sheet.look("calendar", Severity::Medium, say!("doctor-calendar", years = unknown.join(", ")), say!("doctor-calendar-remedy"));
    }
    let backups = super::audit::of_area(ctx, "BAK")?;
    for finding in backups.findings.iter() {
        let finding = finding?;
        let what = format!("{} ({})", super::audit::title(finding.rule), finding.detail);
        sheet.look(&finding.rule.id.to_lowercase(), finding.rule.severity, what, super::audit::remedy(finding.rule));
    }
    if backups.findings.is_empty() {
        sheet.ok("backups", Cell::Empty);
    }
    let last = backup_runs::last(ctx.db()?)?.map(|at| at.rfc3339());
    let drill = backup_runs::last_test(ctx.db()?)?;
    for (check, at) in [("last_backup", last), ("last_drill", drill)] {
        // Whether that is too long ago the rules above say.
        match at {
            Some(at) => sheet.ok(check, at),
            None => sheet.skipped(check, say!("doctor-never"), Cell::Empty),
        }
    }
    if ctx.db()?.engine() == Engine::Postgres {
        pg_dump(ctx, sheet)?;
    }
    Ok(())
}

/// The oldest server we are tested with.
const OLDEST_POSTGRES: u32 = 14;

fn versions(ctx: &mut Context, sheet: &mut Sheet) -> Result<()> {
    let (engine, version) = (ctx.db()?.engine(), engine::version(ctx.db()?)?);
    let shown = format!("swj {}, {} {version}", env!("CARGO_PKG_VERSION"), engine.name());
    if engine == Engine::Postgres && major(&version).is_some_and(|major| major < OLDEST_POSTGRES) {
        sheet.look("versions", Severity::High, shown, say!("doctor-versions-remedy", oldest = OLDEST_POSTGRES.to_string()));
    } else {
        sheet.ok("versions", shown);
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version.split(|c: char| !c.is_ascii_digit()).find_map(|part| part.parse().ok())
}

/// `pg_dump` refuses a server newer than itself: better known today than on the night of the upgrade.
fn pg_dump(ctx: &mut Context, sheet: &mut Sheet) -> Result<()> {
    let server = engine::version(ctx.db()?)?;
    match crate::backup::tool_version("pg_dump") {
        Ok(tool) if major(&tool) >= major(&server) => sheet.ok("pg_dump", tool),
        Ok(tool) => {
            sheet.look("pg_dump", Severity::High, say!("doctor-pg-dump", tool = tool, server = server), say!("doctor-pg-dump-remedy"));
        }
        Err(error) => sheet.look("pg_dump", Severity::High, error.to_string(), say!("doctor-pg-dump-remedy")),
    }
    Ok(())
}

/// Who may read what, and how much room there is.
fn files(ctx: &Context, args: &Args, sheet: &mut Sheet) {
    let mut private = |check: &str, path: &Path| {
        let Ok(found) = std::fs::metadata(path) else { return };
        let mode = found.permissions().mode() & 0o777;
        let shown = format!("{} {mode:03o}", path.display());
        if mode & crate::secret::exposing(path) == 0 {
            sheet.ok(check, shown);
        } else {
            sheet.look(check, Severity::High, say!("doctor-exposed", path = shown), format!("chmod 600 {}", path.display()));
        }
    };
    let database = match ctx.url() {
        Ok(Url::Sqlite(path)) => Some(path),
        _ => None,
    };
    if let Some(path) = &database {
        private("database_file", path);
    }
    if let Some(path) = args.repository.password_source(ctx) {
        private("password_file", &path);
    }
    if let Some(folder) = ctx.config.path("attachments.folder") {
        let shown = folder.display().to_string();
        if std::fs::read_dir(&folder).is_ok() {
            sheet.ok("attachments", shown);
        } else {
            sheet.look("attachments", Severity::High, shown, say!("doctor-attachments-remedy"));
        }
    }
    // A restore sets the old database aside and writes the new one beside it.
    if let Some(path) = &database
        && let (Ok(file), Some(free)) = (std::fs::metadata(path), free_bytes(path.parent().unwrap_or(Path::new("."))))
    {
        room(sheet, "database_room", free, file.len() * 2);
    }
    if let Ok(folder) = args.repository.folder(ctx)
        && let Some(free) = free_bytes(&folder)
    {
        let needed = database.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len());
        room(sheet, "repository_room", free, needed);
    }
}

fn room(sheet: &mut Sheet, check: &str, free: u64, needed: u64) {
    let said = say!("doctor-room", free = megabytes(free), needed = megabytes(needed));
    if free < needed { sheet.look(check, Severity::High, said, say!("doctor-room-remedy")) } else { sheet.ok(check, said) }
}

fn megabytes(bytes: u64) -> String {
    bytes.div_ceil(1 << 20).to_string()
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    rustix::fs::statvfs(folder).ok().map(|fs| fs.f_bavail * fs.f_frsize)
}
