//! An office to test in: an empty folder, its own home, a cleared environment, a fixed clock.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

mod files;
mod repository;
mod running;
mod shell;
mod template;
mod terminal;

pub use files::{Small, flip, noise, walk};
pub use running::{Running, wait_for};
pub use terminal::typed;

/// The clock of every test: Monday 23 November 2026, nine in the morning, Beijing time.
pub const NOW: &str = "2026-11-23 09:00:00+08:00";

pub const INIT: &str = "init --organisation 天津市水务局 --system zhangwei:张伟:1001 --security lina:李娜:1002 --audit wangfang:王芳:1003 --passwords initial-passwords";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended as it should.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

pub struct Office {
    pub engine: Engine,
    folder: tempfile::TempDir,
    /// What another test's commands leave when they are killed is nothing to this one's.
    temporary: tempfile::TempDir,
    databases: Vec<String>,
}

impl Office {
    pub fn new(engine: Engine) -> Self {
        let folder = || tempfile::tempdir().unwrap();
        Self { engine, folder: folder(), temporary: folder(), databases: vec![fresh_name()] }
    }

    /// An office with its database made: a copy of one that `init` made once, with an identity of its own.
    #[track_caller]
    pub fn ready(engine: Engine) -> Self {
        let office = Self::new(engine);
        template::copy(&office);
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A file nobody else may read.
    pub fn secret(&self, name: &str, text: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(name, text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn url(&self) -> String {
        self.url_of(&self.databases[0])
    }

    /// A second database of the same engine, which does not exist yet.
    pub fn another(&mut self) -> String {
        self.databases.push(fresh_name());
        self.url_of(&self.databases[self.databases.len() - 1])
    }

    fn url_of(&self, name: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("{name}.db"),
            Engine::Postgres => on_server(name),
        }
    }

    /// The name that confirms danger for the first database.
    pub fn name(&self) -> String {
        match self.engine {
            Engine::Sqlite => format!("{}.db", self.databases[0]),
            Engine::Postgres => self.databases[0].clone(),
        }
    }

    /// Runs `swj` with this line; `'…'` keeps blanks together.
    pub fn run(&self, line: &str) -> Ran {
        self.run_words(&words(line))
    }

    pub fn run_words(&self, words: &[String]) -> Ran {
        ran(self.command().args(words))
    }

    /// Runs `swj` on another day, at nine in the morning.
    pub fn run_on(&self, day: &str, line: &str) -> Ran {
        ran(self.command().env("SWJ_TEST_NOW", format!("{day} 09:00:00+08:00")).args(words(line)))
    }

    /// The program in its cleared environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_swj"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.temporary.path())
            .env("LC_ALL", "C.UTF-8")
            .env("SWJ_DATABASE", self.url())
            .env("SWJ_TEST_NOW", NOW)
            .current_dir(self.folder.path());
        command
    }

    /// Runs SQL behind the program's back, as an intruder would.
    #[track_caller]
    pub fn meddle(&self, sql: &str) {
        match self.engine {
            Engine::Sqlite => {
                let out = Command::new("sqlite3").arg(self.path(&self.url())).arg(sql).output().unwrap();
                assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            }
            Engine::Postgres => psql(&self.url(), sql),
        }
    }

    /// One value of the database, behind the program's back.
    #[track_caller]
    pub fn value(&self, sql: &str) -> String {
        let mut command = match self.engine {
            Engine::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.args(["-cmd", ".timeout 60000"]).arg(self.path(&self.url())).arg(sql);
                command
            }
            Engine::Postgres => {
                let mut command = Command::new("psql");
                command.args(["-AtqX", "-d", &self.url(), "-c", sql]);
                command
            }
        };
        let out = command.output().unwrap();
        assert!(out.status.success(), "{sql}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    /// The digest of every table that does not depend on who ran the test and when.
    pub fn digests(&self, url: &str) -> Vec<String> {
        let ran = self.run(&format!("-d {url} db check --digest -f csv")).ends(0);
        ran.stdout
            .lines()
            .filter(|line| !["audit_log", "audit_seal", "backup_run"].iter().any(|table| line.starts_with(table)))
            .map(str::to_owned)
            .collect()
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if self.engine == Engine::Postgres {
            let like = self.databases.iter().map(|name| format!("datname LIKE '{name}%'")).collect::<Vec<_>>().join(" OR ");
            let list = Command::new("psql")
                .args(["-AtX", "-d", &server(), "-c", &format!("SELECT datname FROM pg_database WHERE {like}")])
                .output();
            for name in String::from_utf8_lossy(&list.map(|out| out.stdout).unwrap_or_default()).lines() {
                let _ = Command::new("psql")
                    .args(["-qX", "-d", &server(), "-c", &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")])
                    .output();
            }
        }
    }
}

/// Runs the body on both engines.
///
/// Without a server only `SWJ_TEST_SQLITE_ONLY=1` lets it pass: a test must not skip an engine in silence.
pub fn on_each_engine(body: impl Fn(Engine)) {
    body(Engine::Sqlite);
    if sqlite_only() {
        return;
    }
    body(Engine::Postgres);
}

/// Runs the body on both engines and wants the same words from each.
#[track_caller]
pub fn same_on_each_engine(body: impl Fn(&Office) -> String) {
    let on = |engine| {
        let office = Office::ready(engine);
        body(&office).replace(&office.url(), "URL").replace(&office.name(), "NAME")
    };
    let lite = on(Engine::Sqlite);
    if !sqlite_only() {
        assert_eq!(lite, on(Engine::Postgres), "SQLite (left) and PostgreSQL (right) differ");
    }
}

pub fn sqlite_only() -> bool {
    std::env::var("SWJ_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1")
}

fn server() -> String {
    std::env::var("SWJ_TEST_POSTGRES").expect("scripts/test.sh names a server in SWJ_TEST_POSTGRES; SWJ_TEST_SQLITE_ONLY=1 does without")
}

fn on_server(name: &str) -> String {
    let server = server();
    let (head, query) = server.split_once('?').unwrap_or((&server, ""));
    let stem = head.rsplit_once('/').map_or(head, |(stem, _)| stem);
    format!("{stem}/{name}?{query}")
}

/// Runs SQL on the server itself.
#[track_caller]
pub fn on_the_server(sql: &str) -> String {
    let out = Command::new("psql").args(["-AtqX", "-v", "ON_ERROR_STOP=1", "-d", &server(), "-c", sql]).output().unwrap();
    assert!(out.status.success(), "{sql}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[track_caller]
fn psql(url: &str, sql: &str) {
    let out = Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A name no other one begins with: an office drops whatever begins with its own.
fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("t{}_{:06}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Splits a line at blanks; `'…'` keeps them.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Where the repository is.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}
