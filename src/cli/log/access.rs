//! Who may read the log: of the three administrators (三员) the audit administrator alone sees what everybody did.

use anyhow::Result;

use crate::cli::permissions::lacking;
use crate::config::{Acting, Permissions};
use crate::context::Context;
use crate::db::{roles, users};
use crate::ledger::Actor;

/// What the audit administrator holds, and a role of the site's own may.
const READ: &str = "log:read";

/// Lets through who may read the log, and whoever asks for his own acts only; anybody else is refused, a login that is
/// no account too. Where no login is bound, the operating system has already decided who may open the database.
///
/// # Errors
/// Exit 6.
pub(super) fn allow(ctx: &mut Context, verb: &str, only: Option<&str>) -> Result<()> {
    if ctx.config.permissions() == Permissions::Off {
        return Ok(());
    }
    // Who acts as another or is bound to nobody was stopped at the common gate.
    let Acting::As(login) = ctx.config.acting(&Actor::names()) else { return Ok(()) };
    if only == Some(login.as_str()) {
        return Ok(());
    }
    // The real day: --as-of does not bring back a grant whose term is over.
    let today = ctx.clock.now().day().into();
    let db = ctx.db()?;
    if let Some((id, status)) = users::standing(db, &login)?
        && status == "active"
        && roles::allowed(db, id, today)?.iter().any(|permission| permission == READ)
    {
        return Ok(());
    }
    // The front desk notes every refusal in the log.
    Err(lacking(&login, verb, &[READ]))
}
