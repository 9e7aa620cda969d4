//! Naming who handles (经办) a case or a request: one piece of work in one pair of hands.

use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::handlers::{self, Paper};
use crate::db::{Db, units, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::Column;

/// What is handed to somebody, found again inside the transaction.
pub(super) struct Work {
    pub paper: Paper,
    /// Its state, in the case's or request's own words.
    pub status: String,
    /// It is decided or closed: there is nothing left to handle.
    pub over: bool,
}

/// The verb, its report and the table it writes to the log about.
pub(super) struct Of {
    pub verb: &'static str,
    pub schema: &'static str,
    pub table: &'static str,
    /// The column of its number.
    pub no: Column,
}

/// Whom it goes to.
#[derive(Debug, clap::Args)]
pub(super) struct To {
    /// Login of who handles it from now on
    login: String,
}

/// Puts a piece of work into somebody's hands; said twice, the second time changes nothing.
///
/// # Errors
/// Exit 4 when there is no such work or person; exit 5 when it is over or the person is not active.
pub(super) fn assign(ctx: &mut Context, of: &Of, no: &str, to: &To, find: impl Fn(&mut Db, &str) -> Result<Work>) -> Result<Outcome> {
    let (at, login) = (ctx.clock.now(), to.login.as_str());
    let before = ctx.write(|db, log| {
        // Whoever gets it is not disabled at the same moment.
        units::one_at_a_time(db)?;
        let work = find(db, no)?;
        if work.over {
            let sentence = say!("assign-over", no = no.to_owned(), state = work.status);
            return Err(Failure::new("assign.over", Exit::Conflict, sentence).hint(say!("assign-over-hint")).into());
        }
        let user = users::by_login(db, login)?.ok_or_else(|| crate::cli::user::unknown(login))?;
        if user.status != "active" {
            let sentence = say!("user-not-active", login = login.to_owned(), status = user.status);
            return Err(Failure::new("user.not-active", Exit::Conflict, sentence).hint(say!("user-himself-hint")).into());
        }
        let before = handlers::of(db, work.paper)?;
        if before.as_deref() != Some(login) {
            handlers::assign(db, work.paper, user.id, at)?;
            log.push(Entry {
                verb: of.verb,
                table: Some(of.table),
                key: Some(no.to_owned()),
                old: Some(json!({ "handler": before })),
                new: Some(json!({ "handler": login })),
            });
        }
        Ok(before)
    })?;
    let mut report = report(of.schema, vec![of.no.clone(), left("handler"), left("before")]);
    report.push(vec![no.to_owned().into(), login.to_owned().into(), before.clone().into()]);
    ctx.show(report)?;
    ctx.remark(&match before.as_deref() {
        Some(same) if same == login => say!("assign-same", no = no.to_owned(), login = login.to_owned()),
        _ if ctx.globals.dry_run => say!("dry-run"),
        _ => say!("assign-done", no = no.to_owned(), login = login.to_owned()),
    });
    Ok(Outcome::Done)
}
