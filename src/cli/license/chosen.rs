//! Finding the one item a person means.

use anyhow::Result;

use crate::catalogue::name_key;
use crate::db::Db;
use crate::db::licenses::{self, Item};
use crate::failure::{Exit, Failure};
use crate::say;

/// The item with this code, id or name, and its organ.
///
/// # Errors
/// None (exit 4), or several (exit 5), with their ids.
pub(crate) fn chosen(db: &mut Db, key: &str) -> Result<(Item, Option<String>)> {
    let mut found = licenses::find(db, key, &name_key(key))?;
    if found.len() > 1 {
        // A code names one item, and goes before an id; a name may be borne by several.
        let coded = found.iter().position(|(item, _)| item.code.as_deref() == Some(key));
        let exact = coded.or_else(|| found.iter().position(|(item, _)| item.id.to_string() == key));
        match exact {
            Some(at) => return Ok(found.swap_remove(at)),
            None => {
                let ids = found.iter().map(|(item, _)| item.id.to_string()).collect::<Vec<_>>().join(", ");
                return Err(Failure::new("license.several", Exit::Conflict, say!("license-several", key = key.to_owned()))
                    .hint(say!("license-several-hint", ids = ids))
                    .into());
            }
        }
    }
    found.pop().ok_or_else(|| {
        Failure::new("license.unknown", Exit::NotFound, say!("license-unknown", key = key.to_owned()))
            .hint(say!("license-unknown-hint"))
            .into()
    })
}
