//! Disabling an account whose time is over, for whoever finds it: with every safeguard of `swj user disable`.

use anyhow::Result;

use super::desk::{Desk, still_busy};
use super::shut::{Turn, carry_out};
use crate::context::Context;
use crate::db::users::User;
use crate::db::{Db, holdings};
use crate::ledger::Entry;

/// The hand that disables.
pub(crate) struct Closing(Desk);

impl Closing {
    /// Prepares it; `reason` is written down where none was given.
    pub(crate) fn new(ctx: &Context, verb: &'static str, reason: &str) -> Result<Self> {
        let mut desk = Desk::new(ctx, verb)?;
        desk.reason.get_or_insert_with(|| reason.to_owned());
        Ok(Self(desk))
    }

    /// Disables an active account; its roles, delegations and sessions end with it. Nobody is asked who takes over, so
    /// an account with open work stays.
    ///
    /// # Errors
    /// Exit 5: the only administrator of a kind, the only information officer of a unit, open work.
    pub(crate) fn disable(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User) -> Result<()> {
        let things = holdings::of_person(db, user.id, self.0.today.into())?;
        if !things.is_empty() {
            return Err(still_busy(user, &things));
        }
        carry_out(db, log, &self.0, user, Turn::Disable)
    }
}
