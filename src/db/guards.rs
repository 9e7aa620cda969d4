//! The guards of the tables, of those above all that only grow (只增不改): the triggers this program ships, and those that are there.

use std::collections::BTreeMap;

use super::connection::{Db, Engine};
use super::error::DbResult;
use super::migrations::shipped_texts;
use super::raw::select_texts;

/// What `swj db roles` prints.
const ROLES: &str = include_str!("../../sql/roles/postgres.sql");

/// A guard that is not as it was shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amiss {
    pub table: String,
    pub guard: String,
    pub how: &'static str,
}

/// A guard: its table, the text that makes it, and that of its function where it has one.
#[derive(PartialEq, Eq)]
struct Guard {
    table: String,
    text: String,
    function: String,
}

/// What is wrong with the guards, by name.
///
/// # Errors
/// The engine's.
pub fn amiss(db: &mut Db) -> DbResult<Vec<Amiss>> {
    let ours = shipped(&shipped_texts(db.engine())?.join("\n"));
    let mut there = there(db)?;
    let mut found = Vec::new();
    for (name, guard) in ours {
        let how = match there.remove(&name) {
            None => "guard missing",
            Some((_, false)) => "guard disabled",
            Some((now, true)) if now != guard => "guard says something else",
            Some(_) => continue,
        };
        found.push(Amiss { table: guard.table, guard: name, how });
    }
    // What `swj db roles` prints adds guards of its own, on a server that keeps the three administrators apart itself.
    let of_roles = |name: &str| db.engine() == Engine::Postgres && ROLES.contains(&format!("CREATE TRIGGER {name} "));
    for (guard, (now, live)) in there {
        let how = match of_roles(&guard) {
            true if live => continue,
            true => "guard disabled",
            false => "guard not shipped",
        };
        found.push(Amiss { table: now.table, guard, how });
    }
    Ok(found)
}

/// The triggers of the live database, and whether each is in force.
fn there(db: &mut Db) -> DbResult<BTreeMap<String, (Guard, bool)>> {
    let sql = on_each!(db,
        sqlite(_c) => "SELECT name, tbl_name AS owner, sql AS text, '' AS body, '1' AS live FROM sqlite_master WHERE type = 'trigger'",
        postgres(_c) => "SELECT t.tgname AS name, c.relname AS owner, pg_get_triggerdef(t.oid, TRUE) AS text, p.prosrc AS body, \
            CASE WHEN t.tgenabled IN ('O', 'A') THEN '1' ELSE '0' END AS live \
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid \
            WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace");
    let rows = select_texts(db, sql, &["name", "owner", "text", "body", "live"], &[])?;
    let guard = |row: Vec<String>| {
        let [name, table, text, body, live] = <[String; 5]>::try_from(row).unwrap_or_default();
        (name, (Guard { table, text: one_line(&text), function: one_line(&body) }, live == "1"))
    };
    Ok(rows.into_iter().map(guard).collect())
}

/// The triggers some SQL leaves behind, read as far as our own files go.
fn shipped(sql: &str) -> BTreeMap<String, Guard> {
    let mut guards: BTreeMap<String, Guard> = BTreeMap::new();
    let mut functions: BTreeMap<&str, String> = BTreeMap::new();
    let mut rest = sql;
    while let Some(at) = ["CREATE TRIGGER ", "DROP TRIGGER ", "CREATE FUNCTION "].iter().filter_map(|word| rest.find(word)).min() {
        rest = &rest[at..];
        let mut words = rest.split_whitespace();
        let (verb, kind, name) = (words.next(), words.next(), words.next().unwrap_or_default());
        let name = &name[..name.find([';', '(']).unwrap_or(name.len())];
        let end = match (verb, kind) {
            (_, Some("FUNCTION")) => {
                let body = rest.split("$$").nth(1).unwrap_or_default();
                functions.insert(name, one_line(body));
                rest.find("$$;").map_or(rest.len(), |end| end + 3)
            }
            (Some("DROP"), _) => {
                guards.remove(name);
                rest.find(';').unwrap_or(rest.len())
            }
            _ => {
                // SQLite's own carry their statements, PostgreSQL's call a function.
                let call = rest.find("EXECUTE FUNCTION ");
                let body = rest.find("END;").filter(|end| call.is_none_or(|call| *end < call));
                let end = body.map_or_else(|| rest.find(';').unwrap_or(rest.len()), |end| end + 3);
                let text = one_line(&rest[..end]);
                let table = text.split(" ON ").nth(1).and_then(|after| after.split(' ').next()).unwrap_or_default().to_owned();
                let called = text.split("EXECUTE FUNCTION ").nth(1).and_then(|after| after.split('(').next());
                let function = called.and_then(|called| functions.get(called)).cloned().unwrap_or_default();
                guards.insert(name.to_owned(), Guard { table, text, function });
                end
            }
        };
        rest = &rest[end..];
    }
    guards
}

/// A statement however it is broken into lines, its events in the order PostgreSQL names them.
fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").replace("UPDATE OR DELETE", "DELETE OR UPDATE")
}
