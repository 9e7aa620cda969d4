use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::columns::{left, report};
use crate::calendar::notices;
use crate::cli::interrupt::Litter;
use crate::context::{Context, Outcome};
use crate::db::calendar::{self, CalendarDay};
use crate::db::roles::{self, NewGrant, NewRole};
use crate::db::units::{self, NewUnit, Unit};
use crate::db::users::{self, NewUser, Password};
use crate::db::{self, Db, DbError, Url, codes, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::Entry;
use crate::people::{Giving, Party, RoleFacts, Stage, carried, objection, valid_login, valid_unit_code};
use crate::{say, secret};

/// Create the database: schema, calendar, code lists, the three administrators
///
/// Asks for what is missing on a terminal; elsewhere every answer is a flag. Done
/// twice it finds nothing to do; with other names it says what differs (exit 5).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Full name of the organisation
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Unit code of the organisation
    #[arg(long, default_value = "00", value_name = "CODE", value_parser = code)]
    code: String,
    /// System administrator (系统管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    system: Option<Person>,
    /// Security administrator (安全管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    security: Option<Person>,
    /// Audit administrator (审计管理员)
    #[arg(long, value_name = "LOGIN:NAME:STAFF_NO", value_parser = person)]
    audit: Option<Person>,
    /// New file for the three initial passwords, readable by its owner only
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
}

/// Somebody to appoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    login: String,
    name: String,
    staff_no: String,
}

fn code(text: &str) -> Result<String, String> {
    if valid_unit_code(text) { Ok(text.to_owned()) } else { Err("CODE".to_owned()) }
}

fn person(text: &str) -> Result<Person, String> {
    match text.split(':').map(str::trim).collect::<Vec<_>>()[..] {
        [login, name, staff_no] if valid_login(login) && !name.is_empty() && !staff_no.is_empty() => {
            Ok(Person { login: login.to_owned(), name: name.to_owned(), staff_no: staff_no.to_owned() })
        }
        _ => Err("LOGIN:NAME:STAFF_NO".to_owned()),
    }
}

/// The three administrators (三员, GB/T 22239 8.1.7.1): role code, name, kind, and what each may do. The first runs the
/// machine and the data, the second gives and takes rights, the third watches both.
const ROLES: [(&str, &str, &str, &[&str]); 3] = [
    (
        "system_admin",
        "系统管理员",
        "system",
        &[
            "unit:read",
            "unit:write",
            "user:read",
            "user:write",
            "user:disable",
            "role:read",
            "role:request",
            "license:read",
            "license:write",
            "case:read",
            "case:write",
            "request:read",
            "request:write",
            "disclosure:read",
            "disclosure:write",
            "calendar:write",
            "stats:read",
            "stats:write",
            "backup:read",
            "backup:run",
            "backup:manage",
            "backup:restore",
            "db:check",
            "db:migrate",
            "db:copy",
            "demo:load",
            "portal:read",
            "portal:write",
        ],
    ),
    (
        "security_admin",
        "安全管理员",
        "security",
        &["unit:read", "user:read", "user:disable", "role:read", "role:define", "role:grant", "role:approve", "audit:run"],
    ),
    (
        "audit_admin",
        "审计管理员",
        "audit",
        &[
            "unit:read",
            "user:read",
            "role:read",
            "stats:read",
            "backup:read",
            "audit:run",
            "audit:waive",
            "log:read",
            "log:verify",
            "log:checkpoint",
        ],
    ),
];

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let url = ctx.url()?;
    if let Ok(mut db) = Db::open(&url) {
        let steps = db::migrations(&mut db)?;
        if steps.iter().any(|step| step.applied) && settings::get(&mut db, settings::DATABASE_ID)?.is_some() {
            return already(ctx, db, &url, args);
        }
    }
    let organisation = answer(ctx, args.organisation.clone(), "--organisation", &say!("init-ask-organisation"))?;
    let three = [
        appoint(ctx, args.system.clone(), "--system", &say!("init-ask-system"))?,
        appoint(ctx, args.security.clone(), "--security", &say!("init-ask-security"))?,
        appoint(ctx, args.audit.clone(), "--audit", &say!("init-ask-audit"))?,
    ];
    three_people(&three, ctx.clock.today())?;
    let secrets = args.passwords.clone().or_else(|| beside(&url)).ok_or_else(|| {
        Failure::new("init.passwords", Exit::Usage, say!("init-passwords-needed")).hint(say!("init-passwords-needed-hint"))
    })?;
    if let Url::Sqlite(path) = &url
        && std::path::absolute(path).ok() == std::path::absolute(&secrets).ok()
    {
        return Err(Failure::new("init.passwords", Exit::Usage, say!("init-passwords-database"))
            .hint(say!("init-passwords-needed-hint"))
            .into());
    }
    if secrets.exists() {
        return Err(Failure::new(
            "init.passwords-exist",
            Exit::Conflict,
            say!("init-passwords-exist", path = secrets.display().to_string()),
        )
        .hint(say!("init-passwords-exist-hint"))
        .into());
    }
    let office = Office { organisation, code: args.code.clone(), three };
    match &url {
        Url::Sqlite(path) if !path.exists() => in_new_file(ctx, path, &office, &secrets)?,
        _ => in_place(ctx, &url, &office, &secrets)?,
    }
    ctx.show(made(&url, &office))?;
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else {
        say!("init-done", url = url.shown(), path = secrets.display().to_string())
    });
    Ok(Outcome::Done)
}

/// What is to be made.
struct Office {
    organisation: String,
    code: String,
    three: [Person; 3],
}

/// A new file is made beside its place and takes its name when it is whole: nobody ever sees half of it, and of two who
/// begin at once one comes too late and harms nothing.
fn in_new_file(ctx: &mut Context, path: &Path, office: &Office, secrets: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::metadata(folder).map_err(|error| of_file(folder, &error))?;
    if path.symlink_metadata().is_ok() {
        // A link to nothing: who follows it is not asked for.
        return Err(of_file(path, &std::io::ErrorKind::NotFound.into()).into());
    }
    let beside = Beside::new(path);
    let written = create(ctx, &Url::Sqlite(beside.path.clone()), office, secrets)?;
    // The last connection to close brings everything into the one file.
    ctx.leave_database();
    if ctx.globals.dry_run {
        return Ok(());
    }
    let placed = rustix::fs::renameat_with(rustix::fs::CWD, &beside.path, rustix::fs::CWD, path, rustix::fs::RenameFlags::NOREPLACE);
    match placed {
        Ok(()) => {
            written.keep();
            if let Ok(folder) = std::fs::File::open(folder) {
                let _ = folder.sync_all();
            }
            ctx.use_database(Db::open(&Url::Sqlite(path.to_owned()))?);
            Ok(())
        }
        Err(rustix::io::Errno::EXIST) => Err(came_late(&Url::Sqlite(path.to_owned()))),
        Err(error) => Err(of_file(path, &error.into()).into()),
    }
}

/// On a server, or in a file that is there: one transaction makes the tables, another fills them.
fn in_place(ctx: &mut Context, url: &Url, office: &Office, secrets: &Path) -> Result<()> {
    if !ctx.globals.dry_run {
        create(ctx, url, office, secrets)?.keep();
        return Ok(());
    }
    match Db::open(url) {
        Ok(mut db) => db::rehearse_migration(&mut db)?,
        Err(DbError::NoSuchDatabase(_)) => drop(Db::open(&url.with_database("postgres"))?),
        Err(error) => return Err(error.into()),
    }
    writable(secrets)
}

fn came_late(url: &Url) -> anyhow::Error {
    Failure::new("init.late", Exit::Conflict, say!("init-late", url = url.shown())).hint(say!("init-late-hint")).into()
}

/// A database file on its way, removed with its logs unless it was renamed; also when we are interrupted.
struct Beside {
    path: PathBuf,
    _litter: Litter,
}

impl Beside {
    fn new(target: &Path) -> Self {
        let path = PathBuf::from(format!("{}.making-{}", target.display(), std::process::id()));
        Self { _litter: Litter::at(&path), path }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
        }
    }
}

/// The file of passwords, removed again unless the accounts it is for are there to stay.
struct Secrets {
    path: Option<PathBuf>,
    _litter: Litter,
}

impl Secrets {
    fn write(path: &Path, three: &[Person; 3], passwords: &[String]) -> Result<Self> {
        secret::write(path, |out| {
            for (person, password) in three.iter().zip(passwords) {
                writeln!(out, "{}\t{password}", person.login)?;
            }
            Ok(())
        })?;
        Ok(Self { path: Some(path.to_owned()), _litter: Litter::at(path) })
    }

    /// Of a dry run nothing is written.
    fn none() -> Self {
        Self { path: None, _litter: Litter::at(Path::new("")) }
    }

    fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether a file could be made there.
fn writable(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(tempfile::tempfile_in(folder).map(drop).map_err(|error| of_file(folder, &error))?)
}

fn already(ctx: &mut Context, db: Db, url: &Url, args: &Args) -> Result<Outcome> {
    // Opened again, so that a schema that is older or newer is told.
    drop(db);
    let day = ctx.clock.now().day();
    let holders = roles::administrators(ctx.db()?, day.into())?;
    let mut report = report("init", vec![left("what"), left("value")]);
    report.push(vec!["database".into(), url.shown().into()]);
    for (kind, login) in &holders {
        report.push(vec![kind.into(), login.into()]);
    }
    let differences = contradictions(ctx.db()?, args, &holders)?;
    if !differences.is_empty() {
        let url = url.shown();
        return Err(Failure::new("init.differs", Exit::Conflict, say!("init-differs", url = url, what = differences.join("; ")))
            .hint(say!("init-differs-hint"))
            .into());
    }
    ctx.show(report)?;
    ctx.remark(&say!("init-already", url = url.shown()));
    Ok(Outcome::Done)
}

/// What was said now and is otherwise in the database: `organisation: 甲, not 乙`.
fn contradictions(db: &mut Db, args: &Args, holders: &[(String, String)]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut differs = |what: &str, there: &str, said: &str| {
        found.push(say!("init-difference", what = what.to_owned(), there = there.to_owned(), said = said.to_owned()));
    };
    let code = settings::get(db, settings::ORGANISATION)?.unwrap_or_default();
    let name = units::by_code(db, &code)?.map(|unit| unit.name).unwrap_or_default();
    if let Some(said) = args.organisation.as_deref().map(str::trim).filter(|said| *said != name) {
        differs("organisation", &name, said);
        // Another organisation's code is only worth a word when its name differs too: the flag has a default.
        if args.code != code {
            differs("code", &code, &args.code);
        }
    }
    for (kind, said) in [("system", &args.system), ("security", &args.security), ("audit", &args.audit)] {
        let Some(said) = said else { continue };
        let there: Vec<&str> = holders.iter().filter(|(of, _)| of == kind).map(|(_, login)| login.as_str()).collect();
        let user = users::by_login(db, &said.login)?.filter(|_| there.contains(&said.login.as_str()));
        match user {
            None => differs(kind, &there.join(", "), &said.login),
            Some(user) if user.real_name != said.name || user.staff_no.as_deref() != Some(&said.staff_no) => {
                let known = format!("{}:{}:{}", user.login_name, user.real_name, user.staff_no.unwrap_or_default());
                differs(kind, &known, &format!("{}:{}:{}", said.login, said.name, said.staff_no));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

fn answer(ctx: &Context, said: Option<String>, flag: &str, question: &str) -> Result<String> {
    match said {
        Some(answer) if !answer.trim().is_empty() => Ok(answer.trim().to_owned()),
        _ if ctx.interactive() => ctx.ask(question, None),
        _ => {
            Err(Failure::new("init.missing", Exit::NotConfirmed, say!("init-missing", flag = flag)).hint(say!("init-missing-hint")).into())
        }
    }
}

fn appoint(ctx: &Context, said: Option<Person>, flag: &str, question: &str) -> Result<Person> {
    if let Some(person) = said {
        return Ok(person);
    }
    loop {
        let text = answer(ctx, None, flag, question)?;
        match person(&text) {
            Ok(person) => return Ok(person),
            // One slip does not end the conversation.
            Err(_) => {
                ctx.remark(&say!("init-person", value = text));
                ctx.remark(&say!("init-person-hint"));
            }
        }
    }
}

/// Each is appointed by one of the others and approved by the third (GB/T 22239 8.1.7.3): role, giver, approver.
const FOUNDING: [(usize, usize, usize); 3] = [(0, 1, 2), (1, 2, 0), (2, 1, 0)];

/// 系统, 安全 and 审计 may never meet in one person.
fn three_people(three: &[Person; 3], today: jiff::civil::Date) -> Result<()> {
    let same = |a: &Person, b: &Person| a.login == b.login || a.staff_no == b.staff_no;
    // 系统 and 安全 are declared exclusive below, so all three are asked about in one place.
    let exclusions = [(ROLES[0].0.to_owned(), ROLES[1].0.to_owned())];
    let facts = ROLES.map(|(code, _, kind, perms)| RoleFacts {
        code: code.into(),
        admin_kind: kind.into(),
        privileged: true,
        carries: carried(perms),
    });
    let parties = three.each_ref().map(|person| Party {
        login: person.login.clone(),
        staff_no: Some(person.staff_no.clone()),
        active: true,
        second_factor: false,
        roles: facts.iter().zip(three).filter(|(_, other)| same(person, other)).map(|(role, _)| role.clone()).collect(),
    });
    for (role, giver, approver) in FOUNDING {
        let giving = Giving {
            role: &facts[role],
            to: &parties[role],
            by: &parties[giver],
            until: None,
            today,
            exclusions: &exclusions,
            holders: 0,
            system_administrators_max: 1,
        };
        if objection(&giving, Stage::Founding(&parties[approver])).is_some() {
            return Err(Failure::new("init.one-person", Exit::Usage, say!("init-one-person")).hint(say!("init-one-person-hint")).into());
        }
    }
    Ok(())
}

/// Beside a SQLite file; for a server the place must be named.
fn beside(url: &Url) -> Option<PathBuf> {
    match url {
        Url::Sqlite(path) => Some(PathBuf::from(format!("{}.initial-passwords", path.display()))),
        Url::Postgres(_) => None,
    }
}

fn create(ctx: &mut Context, url: &Url, office: &Office, secrets: &Path) -> Result<Secrets> {
    let Office { organisation, code, three } = office;
    let mut db = Db::create(url)?;
    db::migrate(&mut db)?;
    ctx.use_database(db);
    let initial = three.iter().map(|_| secret::random()).collect::<Result<Vec<_>>>()?;
    let hashed = initial.iter().map(|password| hash(password)).collect::<Result<Vec<_>>>()?;
    let written = if ctx.globals.dry_run {
        writable(secrets)?;
        Secrets::none()
    } else {
        Secrets::write(secrets, three, &initial)?
    };
    let (at, today, reason) = (ctx.clock.now(), ctx.clock.today(), say!("init-reason"));
    ctx.write(|db, log| {
        if settings::get(db, settings::DATABASE_ID)?.is_some() {
            return Err(came_late(url));
        }
        let database_id = uuid::Uuid::now_v7().to_string();
        settings::add(db, settings::DATABASE_ID, &database_id)?;
        settings::add(db, settings::ORGANISATION, code)?;
        let days = notices();
        for day in &days {
            calendar::add(
                db,
                &CalendarDay {
                    day: day.day.into(),
                    is_workday: day.is_workday,
                    name: Some(day.name.clone()),
                    source: day.notice_no.clone(),
                },
            )?;
        }
        let lists = codes::load(db)?;
        let bureau = units::add(db, &bureau(organisation, code, today.into()))?;
        let mut ids = Vec::new();
        for (person, password) in three.iter().zip(&hashed) {
            ids.push(users::add(db, &account(person, &bureau, today.into()), Some(password), at, None)?.id);
        }
        let mut role_ids = Vec::new();
        for (role, name, kind, may) in ROLES {
            let new = NewRole { code: role.into(), name: name.into(), admin_kind: kind.into(), privileged: true };
            role_ids.push(roles::add(db, &new, may)?);
        }
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            roles::exclude(db, role_ids[one], role_ids[other], "三员互斥")?;
        }
        for (role, giver, approver) in FOUNDING {
            let grant = NewGrant {
                user_id: ids[role],
                role_id: role_ids[role],
                granted_by: ids[giver],
                granted_at: at,
                approved_by: Some(ids[approver]),
                approved_at: Some(at),
                expires_on: None,
                reason: Some("首次建立".to_owned()),
            };
            roles::grant(db, &grant)?;
        }
        log.push(Entry {
            verb: "init",
            new: Some(json!({
                "database_id": database_id, "organisation": organisation, "reason": reason,
                "calendar_days": days.len(), "code_items": lists,
                "system": three[0].login, "security": three[1].login, "audit": three[2].login,
            })),
            ..Entry::default()
        });
        Ok(())
    })?;
    Ok(written)
}

fn bureau(name: &str, code: &str, today: db::Day) -> NewUnit {
    NewUnit {
        code: code.to_owned(),
        name: name.to_owned(),
        short_name: name.to_owned(),
        kind: "bureau".to_owned(),
        parent_id: None,
        level: 0,
        uscc: None,
        division_code: None,
        oa_mode: "full".to_owned(),
        status: "active".to_owned(),
        opened_on: today,
        closed_on: None,
        sort_no: 0,
    }
}

fn account(person: &Person, bureau: &Unit, today: db::Day) -> NewUser {
    NewUser {
        login_name: person.login.clone(),
        real_name: person.name.clone(),
        staff_no: Some(person.staff_no.clone()),
        unit_id: Some(bureau.id),
        account_type: "person".to_owned(),
        is_info_officer: false,
        joined_on: Some(today),
        valid_until: None,
        phone: None,
        email: None,
    }
}

fn hash(password: &str) -> Result<Password> {
    let algorithm = secret::Algorithm::Argon2id;
    Ok(Password { hash: algorithm.hash(password)?, algorithm: algorithm.name().to_owned() })
}

fn made(url: &Url, office: &Office) -> crate::view::Report {
    let mut report = report("init", vec![left("what"), left("value")]);
    report.push(vec!["database".into(), url.shown().into()]);
    report.push(vec!["organisation".into(), office.organisation.clone().into()]);
    for ((_, _, kind, _), person) in ROLES.iter().zip(&office.three) {
        report.push(vec![(*kind).into(), person.login.clone().into()]);
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_login_name_and_staff_number() {
        assert_eq!(person("zhang:张三:1001").unwrap().staff_no, "1001");
        for bad in ["zhang", "zhang:张三", "Zhang:张三:1", ":张三:1", "zhang::1"] {
            assert!(person(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn initial_passwords_are_long_and_different() {
        let (one, other) = (crate::secret::random().unwrap(), crate::secret::random().unwrap());
        assert_eq!(one.len(), 20);
        assert_ne!(one, other);
    }
}
