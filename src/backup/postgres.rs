//! PostgreSQL's own tools: `pg_dump` out, `psql` in. The password never stands on their command line.

use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::db::percent_decoded;

/// The output of `pg_dump`, as a reader that fails when the tool did.
pub struct Dump {
    child: Child,
    out: ChildStdout,
}

impl Dump {
    /// Starts `pg_dump` on the snapshot another transaction exported.
    ///
    /// # Errors
    /// The tool is not installed or cannot be started.
    pub fn start(url: &str, snapshot: &str) -> std::io::Result<Self> {
        let mut command = tool("pg_dump", url);
        command.args(["--format=plain", "--no-owner", "--no-privileges", "--encoding=UTF8", "--snapshot", snapshot]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or_else(|| std::io::Error::other("no pipe from pg_dump"))?;
        Ok(Self { child, out })
    }
}

impl Read for Dump {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.out.read(buffer)?;
        if n == 0 && !buffer.is_empty() {
            finish(&mut self.child, "pg_dump")?;
        }
        Ok(n)
    }
}

/// Feeds what `write` writes to `psql`, in one transaction that stops at the first error.
///
/// # Errors
/// The tool is missing, or refused something.
pub fn feed(url: &str, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut command = tool("psql", url);
    // The code of an error is the same in every language of the server.
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=verbose",
        "--output=/dev/null",
    ]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut into = child.stdin.take().ok_or_else(|| std::io::Error::other("no pipe to psql"))?;
    let written = write(&mut into);
    drop(into);
    // When psql stopped early our pipe broke; its own words say why.
    finish(&mut child, "psql")?;
    written
}

/// What `pg_dump` or `psql` says of itself.
///
/// # Errors
/// It is not installed, or does not start.
pub fn tool_version(tool: &str) -> std::io::Result<String> {
    let out = Command::new(tool).arg("--version").env("LC_ALL", "C").output()?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Whether the error is the tool not being installed.
pub fn tool_missing(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

fn finish(child: &mut Child, name: &str) -> std::io::Result<()> {
    let mut words = String::new();
    if let Some(mut err) = child.stderr.take() {
        err.read_to_string(&mut words)?;
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    // Where in the server's source it happened helps nobody here.
    let said: Vec<&str> = words.lines().filter(|line| !line.starts_with("LOCATION:")).collect();
    let kind = if name == "psql" { kind_of(status.code(), &words) } else { std::io::ErrorKind::Other };
    Err(std::io::Error::new(kind, format!("{name}: {}", said.join("\n").trim())))
}

/// Whether it was the server, or the way to it, that stopped the tool: what was fed to it may be whole.
fn kind_of(code: Option<i32>, words: &str) -> std::io::ErrorKind {
    use std::io::ErrorKind;
    // psql ends with 2 when its connection is lost; with 3 when a statement failed.
    let is_state = |word: &str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    // The word for an error before it is in the server's language.
    let state = words.lines().find_map(|line| line.split(':').map(str::trim).find(|word| is_state(word) && *word != "ERROR")).unwrap_or("");
    match (code, state.get(..2)) {
        (None | Some(2), _) | (_, Some("08" | "57")) => ErrorKind::ConnectionAborted,
        (_, Some("28")) => ErrorKind::PermissionDenied,
        (_, Some("53" | "54" | "58")) => ErrorKind::StorageFull,
        _ if state == "42501" => ErrorKind::PermissionDenied,
        _ => ErrorKind::Other,
    }
}

/// A tool with its connection: everybody may read argv, so the password goes by environment.
fn tool(name: &str, url: &str) -> Command {
    let (bare, password) = without_password(url);
    let mut command = Command::new(name);
    command.arg(format!("--dbname={bare}")).arg("--no-password").env("PGTZ", "Asia/Shanghai").env("LC_ALL", "C");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command
}

/// A URL without its password, and the password.
pub fn without_password(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (tail, asked) = without_query_password(tail);
    let login = authority.rsplit_once('@').and_then(|(login, host)| login.split_once(':').map(|(user, password)| (user, password, host)));
    match login {
        // What the query says comes last, as libpq reads it.
        Some((user, password, host)) => (format!("{scheme}://{user}@{host}{tail}"), asked.or_else(|| Some(percent_decoded(password)))),
        None => (format!("{scheme}://{authority}{tail}"), asked),
    }
}

/// `?password=…` is a password too.
fn without_query_password(tail: &str) -> (String, Option<String>) {
    let Some((path, query)) = tail.split_once('?') else { return (tail.to_owned(), None) };
    let (said, kept): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| pair.starts_with("password="));
    let password = said.last().and_then(|pair| pair.strip_prefix("password=")).map(percent_decoded);
    let mark = if kept.is_empty() { "" } else { "?" };
    (format!("{path}{mark}{}", kept.join("&")), password)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::{kind_of, without_password};

    #[test]
    fn what_the_server_lacked_is_not_the_dumps_fault() {
        let of = |code, words: &str| kind_of(code, words);
        assert_eq!(of(Some(2), "psql:<stdin>:9: server closed the connection unexpectedly"), ErrorKind::ConnectionAborted);
        assert_eq!(of(Some(3), "psql:<stdin>:9: 错误:  53100: could not extend file"), ErrorKind::StorageFull);
        assert_eq!(of(Some(3), "psql:<stdin>:9: ERROR:  57014: canceling statement"), ErrorKind::ConnectionAborted);
        assert_eq!(of(Some(3), "psql:<stdin>:9: ERROR:  42501: permission denied for schema public"), ErrorKind::PermissionDenied);
        assert_eq!(of(Some(3), "psql:<stdin>:9: ERROR:  22P02: invalid input syntax for type bigint"), ErrorKind::Other);
        assert_eq!(of(None, ""), ErrorKind::ConnectionAborted);
    }

    #[test]
    fn the_password_leaves_the_url() {
        let (bare, password) = without_password("postgres://swj:p%40ss@db/oa?sslmode=require");
        assert_eq!(bare, "postgres://swj@db/oa?sslmode=require");
        assert_eq!(password.as_deref(), Some("p@ss"));
        let (bare, password) = without_password("postgres://swj@/oa?host=/run&password=p%40ss");
        assert_eq!((bare.as_str(), password.as_deref()), ("postgres://swj@/oa?host=/run", Some("p@ss")));
        assert_eq!(without_password("postgres:///oa?password=x").0, "postgres:///oa");
        assert_eq!(without_password("postgres:///oa?host=/tmp").1, None);
    }
}
