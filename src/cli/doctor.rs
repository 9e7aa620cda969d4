use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Result;

use super::backup::RepositoryArgs;
use super::columns::{left, report};
use super::faults;
use crate::context::{Context, Outcome};
use crate::db::{Engine, Url, audit_logs, calendar, engine, roles};
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::say;
use crate::view::{Cell, Report};

/// Look at everything a sysadmin should know each morning, and say what to do about it
///
/// Database, log, calendar, administrators, disk, backup repository, last backup and last rehearsal.
/// Nothing is changed. Exit 0 when all is well, 3 when something wants looking at, 9 when something
/// is damaged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Leave out what reads the whole database: the engine's own check, and the log's chain
    #[arg(long)]
    quick: bool,
}

/// What a check found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    worst: State,
}

impl Sheet {
    fn add(&mut self, check: &str, state: State, detail: impl Into<Cell>, remedy: impl Into<Cell>) {
        self.worst = self.worst.max(state);
        self.report.push(vec![check.into(), state.name().into(), detail.into(), remedy.into()]);
    }

    fn ok(&mut self, check: &str, detail: impl Into<Cell>) {
        self.add(check, State::Ok, detail, Cell::Empty);
    }

    fn failed(&mut self, check: &str, error: anyhow::Error) {
        let failure = Failure::of(faults::explain(error));
        self.add(check, State::Broken, failure.to_string(), failure.hint);
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut sheet =
        Sheet { report: report("doctor", vec![left("check"), left("state"), left("detail"), left("remedy")]), worst: State::Ok };
    ctx.fits(&sheet.report)?;
    match ctx.db().map(|_| ()) {
        Ok(()) => {
            sheet.ok("database", ctx.url()?.shown());
            database(ctx, args, &mut sheet)?;
        }
        // Not told which database: nothing was looked at.
        Err(error) if error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::Usage) => return Err(error),
        Err(error) => sheet.failed("database", error),
    }
    for left in ctx.url().ok().and_then(|url| super::backup::named_beside(&url, "restoring").ok()).into_iter().flatten() {
        sheet.add("leftover", State::Look, left, say!("doctor-leftover-remedy"));
    }
    files(ctx, args, &mut sheet);
    match super::backup::look(ctx, &args.repository) {
        None => sheet.add("repository", State::Skipped, say!("doctor-no-repository"), say!("backup-no-repository-hint")),
        Some(Ok(snapshots)) => sheet.ok("repository", say!("doctor-snapshots", n = snapshots.to_string())),
        Some(Err(error)) => sheet.failed("repository", error),
    }
    let worst = sheet.worst;
    ctx.show(sheet.report)?;
    Ok(match worst {
        State::Ok | State::Skipped => Outcome::Done,
        State::Look => Outcome::LookAtIt,
        State::Broken => Outcome::Broken,
    })
}

fn database(ctx: &mut Context, args: &Args, sheet: &mut Sheet) -> Result<()> {
    if args.quick {
        sheet.add("engine", State::Skipped, say!("doctor-quick"), Cell::Empty);
        sheet.add("log", State::Skipped, say!("doctor-quick"), Cell::Empty);
    } else {
        let progress = ctx.progress(&say!("progress-checking"), None);
        let damage = engine::damage(ctx.db()?)?;
        drop(progress);
        match damage.first() {
            None => sheet.ok("engine", Cell::Empty),
            Some(first) => sheet.add("engine", State::Broken, first.as_str(), say!("doctor-engine-remedy")),
        }
        let progress = ctx.progress(&say!("progress-verifying"), None);
        let verdict = ctx.db()?.one_picture(|db| ledger::verify(db, |n| progress.advance(n)))?;
        drop(progress);
        match verdict.broken {
            Some((no, _)) => sheet.add("log", State::Broken, say!("log-broken", no = no.to_string()), say!("doctor-log-remedy")),
            None => sheet.ok("log", say!("log-sound", count = verdict.sound.to_string(), head = verdict.head[..16].to_owned())),
        }
    }
    let (today, now) = (ctx.clock.today(), ctx.clock.now());
    // A clock that was set back makes deadlines and the order of backups wrong.
    match audit_logs::last_at(ctx.db()?)? {
        Some(last) if last > now => {
            sheet.add("clock", State::Look, say!("doctor-clock", last = last.rfc3339()), say!("doctor-clock-remedy"));
        }
        _ => sheet.ok("clock", now.rfc3339()),
    }
    let held = roles::administrators(ctx.db()?)?;
    let missing: Vec<&str> =
        ["system", "security", "audit"].into_iter().filter(|kind| !held.iter().any(|(held, _)| held == kind)).collect();
    if missing.is_empty() {
        let names: Vec<String> = held.into_iter().map(|(kind, login)| format!("{kind} {login}")).collect();
        sheet.ok("administrators", names.join(", "));
    } else {
        let remedy = say!("doctor-administrators-remedy");
        sheet.add("administrators", State::Look, say!("doctor-administrators", kinds = missing.join(", ")), remedy);
    }
    // The notice for a year comes out in the autumn before; by December deadlines run into that year.
    let days = calendar::all(ctx.db()?)?;
    let wanted = if today.month() == 12 { [today.year(), today.year() + 1].to_vec() } else { [today.year()].to_vec() };
    let unknown: Vec<String> =
        wanted.iter().filter(|year| !days.iter().any(|day| day.day.0.year() == **year)).map(ToString::to_string).collect();
    if unknown.is_empty() {
        sheet.ok("calendar", wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    } else {
        sheet.add("calendar", State::Look, say!("doctor-calendar", years = unknown.join(", ")), say!("doctor-calendar-remedy"));
    }
    let backups = super::audit::of_area(ctx, "BAK")?;
    for finding in backups.findings.iter() {
        let finding = finding?;
        let what = format!("{} ({})", super::audit::title(finding.rule), finding.detail);
        sheet.add(&finding.rule.id.to_lowercase(), State::Look, what, super::audit::remedy(finding.rule));
    }
    if backups.findings.is_empty() {
        sheet.ok("backups", Cell::Empty);
    }
    if ctx.db()?.engine() == Engine::Postgres {
        pg_dump(ctx, sheet)?;
    }
    Ok(())
}

/// `pg_dump` refuses a server newer than itself: better known today than on the night of the upgrade.
fn pg_dump(ctx: &mut Context, sheet: &mut Sheet) -> Result<()> {
    let major = |text: &str| text.split(|c: char| !c.is_ascii_digit()).find_map(|part| part.parse::<u32>().ok());
    let server = engine::version(ctx.db()?)?;
    match crate::backup::tool_version("pg_dump") {
        Ok(tool) if major(&tool) >= major(&server) => sheet.ok("pg_dump", tool),
        Ok(tool) => sheet.add("pg_dump", State::Look, say!("doctor-pg-dump", tool = tool, server = server), say!("doctor-pg-dump-remedy")),
        Err(error) => sheet.add("pg_dump", State::Look, error.to_string(), say!("doctor-pg-dump-remedy")),
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
            sheet.add(check, State::Look, say!("doctor-exposed", path = shown), format!("chmod 600 {}", path.display()));
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
    if free < needed { sheet.add(check, State::Look, said, say!("doctor-room-remedy")) } else { sheet.ok(check, said) }
}

fn megabytes(bytes: u64) -> String {
    bytes.div_ceil(1 << 20).to_string()
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    rustix::fs::statvfs(folder).ok().map(|fs| fs.f_bavail * fs.f_frsize)
}
