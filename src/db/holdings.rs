//! What hangs on a unit or on a person and must not be left behind: open papers, running cases, duties.

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::types::{Day, Instant};

/// One thing somebody must take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// `documents`, `steps`, `cases` …
    pub kind: &'static str,
    /// Where it is kept; none when it only follows another thing.
    pub table: Option<&'static str>,
    /// Natural key, never a row id.
    pub key: String,
    pub title: String,
}

/// A kind of thing: how the open ones are listed (`$1` is who holds them) and given to another (`$2`).
struct Kind {
    name: &'static str,
    table: &'static str,
    list: &'static str,
    give: &'static [&'static str],
    needs: Needs,
}

/// What the statements need besides the two ids.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// The day from which it counts, `$2` in the list and `$3` when it is given.
    Day,
    /// The moment of giving, `$3`.
    Moment,
}

/// What is given by naming another in the column that names who holds it: the rows that are listed are those that go.
macro_rules! plain {
    ($name:literal, $table:literal, $holder:literal, $open:literal, $key:literal, $title:literal) => {
        Kind {
            name: $name,
            table: $table,
            list: concat!(
                "SELECT ",
                $key,
                " AS k, ",
                $title,
                " AS title FROM ",
                $table,
                " WHERE ",
                $holder,
                " = $1 AND ",
                $open,
                " ORDER BY k, id"
            ),
            give: &[concat!("UPDATE ", $table, " SET ", $holder, " = $2 WHERE ", $holder, " = $1 AND ", $open)],
            needs: Needs::Nothing,
        }
    };
}

const UNIT: &[Kind] = &[
    plain!("users", "oa_user", "unit_id", "status <> 'closed'", "login_name", "real_name"),
    plain!("documents", "document", "unit_id", "status NOT IN ('finished', 'archived', 'void')", "COALESCE(doc_no_text, title)", "title"),
    Kind {
        name: "steps",
        table: "document_step",
        list: "SELECT COALESCE(d.doc_no_text, d.title) || '#' || CAST(s.seq AS TEXT) AS k, s.step AS title \
               FROM document_step s JOIN document d ON d.id = s.document_id WHERE s.unit_id = $1 AND s.done_at IS NULL ORDER BY k, s.id",
        give: &["UPDATE document_step SET unit_id = $2 WHERE unit_id = $1 AND done_at IS NULL"],
        needs: Needs::Nothing,
    },
    Kind {
        name: "cases",
        table: "",
        list: "SELECT c.no AS k, o.name AS title FROM license_case c JOIN license_organ o ON o.id = c.organ_id \
               WHERE o.unit_id = $1 AND c.status IN ('received', 'supplement', 'accepted', 'review', 'special') ORDER BY k",
        give: &[],
        needs: Needs::Nothing,
    },
    Kind {
        name: "organs",
        table: "license_organ",
        list: "SELECT o.name AS k, o.name AS title FROM license_organ o WHERE o.unit_id = $1 AND (\
               EXISTS (SELECT 1 FROM license_item i WHERE i.organ_id = o.id AND i.status <> 'withdrawn') OR EXISTS (SELECT 1 FROM license_case c \
               WHERE c.organ_id = o.id AND c.status IN ('received', 'supplement', 'accepted', 'review', 'special'))) ORDER BY k",
        give: &["UPDATE license_organ SET unit_id = $2 WHERE unit_id = $1"],
        needs: Needs::Nothing,
    },
    plain!("requests", "disclosure_request", "unit_id", "status <> 'closed'", "no", "subject"),
    plain!("disclosures", "disclosure_item", "publisher_unit_id", "status = 'pending'", "index_no", "title"),
    plain!("information", "info_item", "unit_id", "status IN ('draft', 'submitted')", "title", "title"),
    plain!("columns", "portal_column", "unit_id", "status = 'active'", "code", "name"),
    plain!("meetings", "meeting", "organiser_unit_id", "status IN ('planned', 'notified')", "title", "title"),
    plain!("tasks", "meeting_task", "unit_id", "status = 'open'", "title", "title"),
    plain!("gateways", "exchange_peer", "gateway_unit_id", "status = 'active'", "code", "name"),
    Kind {
        name: "transfers",
        table: "user_transfer",
        list: "SELECT u.login_name AS k, x.kind AS title FROM user_transfer x JOIN oa_user u ON u.id = x.user_id \
               WHERE x.to_unit_id = $1 AND x.processed_at IS NULL AND x.cancelled_at IS NULL ORDER BY k, x.id",
        give: &["UPDATE user_transfer SET to_unit_id = $2 WHERE to_unit_id = $1 AND processed_at IS NULL AND cancelled_at IS NULL"],
        needs: Needs::Nothing,
    },
];

/// Running cases (办件) somebody handles: who is named, or else who took the last step. An old step names a login alone;
/// it is his only if he was there already, for whoever got the login after him did not take it.
macro_rules! handled {
    ($table:literal, $id:literal, $open:literal, $events:literal) => {
        concat!(
            "FROM ",
            $table,
            " c JOIN oa_user u ON u.id = $1 WHERE ",
            $open,
            " AND (EXISTS (SELECT 1 FROM case_handler h WHERE h.",
            $id,
            " = c.id AND h.until_at IS NULL AND h.user_id = u.id) OR (NOT EXISTS (SELECT 1 FROM case_handler h WHERE h.",
            $id,
            " = c.id AND h.until_at IS NULL) AND EXISTS (SELECT 1 FROM ",
            $events,
            " e WHERE e.",
            $id,
            " = c.id AND (e.by_user_id = u.id OR (e.by_user_id IS NULL AND e.actor = u.login_name AND u.created_at <= e.at)) AND NOT EXISTS (SELECT 1 FROM ",
            $events,
            " l WHERE l.",
            $id,
            " = c.id AND l.seq > e.seq))))"
        )
    };
}

macro_rules! case_of {
    () => {
        handled!("license_case", "case_id", "c.status IN ('received', 'supplement', 'accepted', 'review', 'special')", "license_case_event")
    };
}

macro_rules! request_of {
    () => {
        handled!("disclosure_request", "request_id", "c.status <> 'closed'", "disclosure_request_event")
    };
}

const PERSON: &[Kind] = &[
    plain!(
        "documents",
        "document",
        "drafter_id",
        "status NOT IN ('issued', 'finished', 'archived', 'void')",
        "COALESCE(doc_no_text, title)",
        "title"
    ),
    Kind {
        name: "steps",
        table: "document_step",
        list: "SELECT COALESCE(d.doc_no_text, d.title) || '#' || CAST(s.seq AS TEXT) AS k, s.step AS title \
               FROM document_step s JOIN document d ON d.id = s.document_id WHERE s.assignee_id = $1 AND s.done_at IS NULL ORDER BY k, s.id",
        give: &["UPDATE document_step SET assignee_id = $2 WHERE assignee_id = $1 AND done_at IS NULL"],
        needs: Needs::Nothing,
    },
    Kind {
        name: "cases",
        table: "license_case",
        list: concat!("SELECT c.no AS k, c.status AS title ", case_of!(), " ORDER BY k"),
        give: &[
            concat!("INSERT INTO case_handler (case_id, user_id, since_at) SELECT c.id, $2, $3 ", case_of!()),
            "UPDATE case_handler SET until_at = $2 WHERE user_id = $1 AND until_at IS NULL AND case_id IS NOT NULL",
        ],
        needs: Needs::Moment,
    },
    Kind {
        name: "requests",
        table: "disclosure_request",
        list: concat!("SELECT c.no AS k, c.subject AS title ", request_of!(), " ORDER BY k"),
        give: &[
            concat!("INSERT INTO case_handler (request_id, user_id, since_at) SELECT c.id, $2, $3 ", request_of!()),
            "UPDATE case_handler SET until_at = $2 WHERE user_id = $1 AND until_at IS NULL AND request_id IS NOT NULL",
        ],
        needs: Needs::Moment,
    },
    plain!("information", "info_item", "author_id", "status = 'draft'", "title", "title"),
    plain!("meetings", "meeting", "host_id", "status IN ('planned', 'notified')", "title", "title"),
    plain!("tasks", "meeting_task", "owner_id", "status = 'open'", "title", "title"),
    Kind {
        name: "duties",
        table: "duty_roster",
        list: "SELECT CAST(on_date AS TEXT) || ' ' || line AS k, line AS title FROM duty_roster WHERE user_id = $1 AND on_date >= $2 ORDER BY k",
        give: &["UPDATE duty_roster SET user_id = $2 WHERE user_id = $1 AND on_date >= $3"],
        needs: Needs::Day,
    },
    Kind {
        name: "transfers",
        table: "user_transfer",
        list: "SELECT u.login_name AS k, x.kind AS title FROM user_transfer x JOIN oa_user u ON u.id = x.user_id \
               WHERE x.handover_to_id = $1 AND x.user_id <> $1 AND x.processed_at IS NULL AND x.cancelled_at IS NULL ORDER BY k, x.id",
        // Nobody succeeds himself: his own movement is left without a successor.
        give: &["UPDATE user_transfer SET handover_to_id = CASE WHEN user_id = $2 THEN NULL ELSE $2 END \
                 WHERE handover_to_id = $1 AND user_id <> $1 AND processed_at IS NULL AND cancelled_at IS NULL"],
        needs: Needs::Nothing,
    },
];

/// What a unit still owns: people, open papers, running cases, open requests and the like.
///
/// # Errors
/// The engine's.
pub fn of_unit(db: &mut Db, unit: i64) -> DbResult<Vec<Holding>> {
    list(db, UNIT, unit, None)
}

/// Gives all of it to another unit.
///
/// # Errors
/// The engine's.
pub fn give_units(db: &mut Db, from: i64, to: i64) -> DbResult<()> {
    give(db, UNIT, from, to, None)
}

/// What a person still has on the desk; duties count from `on`.
///
/// # Errors
/// The engine's.
pub fn of_person(db: &mut Db, user: i64, on: Day) -> DbResult<Vec<Holding>> {
    list(db, PERSON, user, Some(on))
}

/// Gives all of it to another person.
///
/// # Errors
/// The engine's.
pub fn give_persons(db: &mut Db, from: i64, to: i64, on: Day, at: Instant) -> DbResult<()> {
    give(db, PERSON, from, to, Some((on, at)))
}

fn list(db: &mut Db, kinds: &[Kind], holder: i64, on: Option<Day>) -> DbResult<Vec<Holding>> {
    let mut found = Vec::new();
    for kind in kinds {
        let mut values = vec![Value::Int(holder)];
        values.extend(on.filter(|_| kind.needs == Needs::Day).map(Value::Day));
        let rows = select_texts(db, kind.list, &["k", "title"], &values)?;
        let table = Some(kind.table).filter(|table| !table.is_empty());
        found.extend(rows.into_iter().map(|mut row| {
            let title = row.pop().unwrap_or_default();
            Holding { kind: kind.name, table, key: row.pop().unwrap_or_default(), title }
        }));
    }
    Ok(found)
}

fn give(db: &mut Db, kinds: &[Kind], from: i64, to: i64, when: Option<(Day, Instant)>) -> DbResult<()> {
    for kind in kinds {
        for (n, sql) in kind.give.iter().enumerate() {
            let mut values = vec![Value::Int(from)];
            match (kind.needs, when) {
                // The row of the one who gives ends with the moment the other's begins.
                (Needs::Moment, Some((_, at))) if n > 0 => values.push(Value::Instant(at)),
                (Needs::Moment, Some((_, at))) => values.extend([Value::Int(to), Value::Instant(at)]),
                (Needs::Day, Some((on, _))) => values.extend([Value::Int(to), Value::Day(on)]),
                _ => values.push(Value::Int(to)),
            }
            run(db, sql, &values)?;
        }
    }
    Ok(())
}

/// Gives the running serials (发文字号流水) of a unit from a year on to another, so that they can be used up or closed
/// there; those of years before are over. Returns 代字〔年份〕 of each.
///
/// # Errors
/// The engine's.
pub fn move_serials(db: &mut Db, from: i64, to: i64, year: i64) -> DbResult<Vec<String>> {
    let rows = select_texts(
        db,
        "SELECT doc_word || '〔' || CAST(doc_year AS TEXT) || '〕' AS k FROM doc_serial WHERE unit_id = $1 AND doc_year >= $2 ORDER BY k",
        &["k"],
        &[Value::Int(from), Value::Int(year)],
    )?;
    run(
        db,
        "UPDATE doc_serial SET unit_id = $2 WHERE unit_id = $1 AND doc_year >= $3",
        &[Value::Int(from), Value::Int(to), Value::Int(year)],
    )?;
    Ok(rows.into_iter().flatten().collect())
}

/// Moves the open posts (任职) of a unit's people to another unit: the old rows end, new ones begin.
///
/// # Errors
/// The engine's.
pub fn move_posts(db: &mut Db, from: i64, to: i64, on: Day) -> DbResult<()> {
    let people = select_texts(
        db,
        "SELECT DISTINCT p.user_id FROM user_post p JOIN oa_user u ON u.id = p.user_id \
         WHERE p.unit_id = $1 AND (p.to_on IS NULL OR p.to_on > $2) AND u.status <> 'closed' ORDER BY p.user_id",
        &["user_id"],
        &[Value::Int(from), Value::Day(on)],
    )?;
    for row in people {
        move_posts_of(db, row[0].parse().unwrap_or_default(), from, to, on)?;
    }
    Ok(())
}

/// Moves one person's open posts from a unit to another.
///
/// # Errors
/// The engine's.
pub fn move_posts_of(db: &mut Db, user: i64, from: i64, to: i64, on: Day) -> DbResult<()> {
    let open = select_texts(
        db,
        "SELECT id, post_name, is_main = TRUE AS main, from_on >= $3 AS young, to_on FROM user_post \
         WHERE user_id = $1 AND unit_id = $2 AND (to_on IS NULL OR to_on > $3) ORDER BY id",
        &["id", "post_name", "main", "young", "to_on"],
        &[Value::Int(user), Value::Int(from), Value::Day(on)],
    )?;
    let said = |text: &str| text == "1" || text == "true";
    for row in open {
        let id = Value::Int(row[0].parse().unwrap_or_default());
        if said(&row[3]) {
            // It had not begun at the old unit.
            run(db, "UPDATE user_post SET unit_id = $2 WHERE id = $1", &[id, Value::Int(to)])?;
            continue;
        }
        run(db, "UPDATE user_post SET to_on = $2 WHERE id = $1", &[id, Value::Day(on)])?;
        let mut values = vec![Value::Int(user), Value::Int(to), Value::Text(row[1].clone()), Value::Day(on)];
        let end = row[4].parse().ok().map(|day| Value::Day(Day(day)));
        let until = if end.is_some() { "$5" } else { "NULL" };
        values.extend(end);
        let main = if said(&row[2]) { "TRUE" } else { "FALSE" };
        run(
            db,
            &format!(
                "INSERT INTO user_post (user_id, unit_id, post_name, is_main, from_on, to_on) VALUES ($1, $2, $3, {main}, $4, {until})"
            ),
            &values,
        )?;
    }
    Ok(())
}
