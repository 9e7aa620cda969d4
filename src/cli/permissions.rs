//! What each verb needs.

use crate::failure::{Exit, Failure};
use crate::say;

/// The person acting may not do it: says what is missing and who can help.
pub(crate) fn lacking(login: &str, verb: &str, any: &[&str]) -> anyhow::Error {
    let needed = any.join(" / ");
    Failure::new("permission.lacking", Exit::NotPermitted, say!("permission-lacking", login = login, verb = verb, needed = needed.clone()))
        .hint(say!("permission-lacking-hint", needed = needed))
        .into()
}
