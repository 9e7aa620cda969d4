use std::io::Write;

use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::failure::{Exit, Failure};
use crate::say;

/// Print the SQL that makes the three administrators roles of a PostgreSQL database
///
/// Pipe it into psql as the owner of the tables, and again after each `swj db migrate`. Each role may do what its
/// administrator (三员) is there for; into the audit log all insert and nobody changes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the names of the roles begin with: they are the whole server's
    #[arg(long, default_value = "swj", value_name = "NAME")]
    prefix: String,
}

const SQL: &str = include_str!("../../../sql/roles/postgres.sql");

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !args.prefix.starts_with(|c: char| c.is_ascii_lowercase()) || !args.prefix.chars().all(plain) || args.prefix.len() > 40 {
        let failure = Failure::new("db.role-prefix", Exit::Usage, say!("db-role-prefix", prefix = args.prefix.clone()));
        return Err(failure.hint(say!("db-role-prefix-hint")).into());
    }
    let sql = ["system", "security", "audit"]
        .iter()
        .fold(SQL.to_owned(), |sql, kind| sql.replace(&format!("swj_{kind}"), &format!("{}_{kind}", args.prefix)));
    if ctx.format().is_machine() {
        let mut report = report("db.roles", vec![left("prefix"), left("sql")]);
        report.push(vec![args.prefix.clone().into(), sql.into()]);
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(sql.as_bytes())?;
    out.flush()?;
    Ok(Outcome::Done)
}
