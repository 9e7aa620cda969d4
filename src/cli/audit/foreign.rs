//! Databases of other programs, seen through an adapter.

use std::path::Path;

use anyhow::Result;

use crate::audit::{Adapter, AdapterFault, Rule, built_in_adapter, built_in_adapters};
use crate::context::Context;
use crate::db::Db;
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Opens the database, whatever its schema, and puts the adapter on it.
pub(super) fn put_on(ctx: &mut Context, named: &str) -> Result<Adapter> {
    let path = Path::new(named);
    let source = match built_in_adapter(named) {
        Some(text) if !path.is_file() => text.to_owned(),
        _ => std::fs::read_to_string(path).map_err(|error| {
            let known = built_in_adapters().collect::<Vec<_>>().join(", ");
            Failure { exit: Exit::Usage, ..of_file(path, &error) }.hint(say!("audit-adapter-hint", known = known))
        })?,
    };
    let mut adapter = Adapter::read(&source).map_err(|AdapterFault { line, fault }| {
        Failure::new("audit.adapter", Exit::Usage, say!("audit-adapter-bad", fault = fault)).in_file(path).at_line(line)
    })?;
    let mut db = Db::open(&ctx.url()?)?;
    adapter.put_on(&mut db)?;
    ctx.use_database(db);
    Ok(adapter)
}

/// Why a rule cannot run through an adapter, as far as that is known before it is tried.
pub(super) fn hindrance(adapter: &Adapter, rule: &Rule) -> Option<String> {
    let (table, why) = adapter.lacks(rule)?;
    Some(match why {
        Some(why) => say!("audit-adapter-unreadable", table = table, why = why),
        None => say!("audit-adapter-unmapped", table = table),
    })
}
