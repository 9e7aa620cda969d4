//! Facts of disclosure that forms of statistics count: one SELECT each, for the count and for the rows behind it.

use jiff::civil::Date;

use super::connection::Db;
use super::error::{DbError, DbResult};
use super::raw::{Value, run, select_texts};
use super::stats::Scope;
use super::types::{Day, Instant};

/// Under what a month's counts are frozen, whatever forms are filled from them.
pub const MONTH_FORM: &str = "month";

/// That a day lies in a later month than another, whatever type the engine keeps them in.
macro_rules! later_month {
    ($later:literal, $earlier:literal) => {
        concat!("substr(CAST(", $later, " AS text), 1, 7) > substr(CAST(", $earlier, " AS text), 1, 7)")
    };
}

/// Where a fact stands in the tables; a fact may have several.
struct Place {
    fact: &'static str,
    /// FROM, with aliases.
    tables: &'static str,
    unit: &'static str,
    day: &'static str,
    /// What the rows are grouped by within a unit: the columns of `unit`, `day` and `class`.
    group: &'static str,
    class: &'static str,
    only: &'static str,
    /// 1 for what is counted, -1 and 0 for what takes away from it and what takes its place: the rows show neither.
    sign: i8,
    /// The class the rows are shown under, where it is not `class`.
    shown_class: Option<&'static str>,
    /// For the rows: the table's name, its key, words and last day.
    source: &'static str,
    key: &'static str,
    words: &'static str,
    until: &'static str,
}

const ITEM: Place = Place {
    fact: "items.made",
    tables: "disclosure_item i",
    unit: "i.publisher_unit_id",
    day: "i.formed_on",
    group: "i.formed_on, i.publisher_unit_id, i.attribute",
    class: "i.attribute",
    only: "",
    sign: 1,
    shown_class: None,
    source: "disclosure_item",
    key: "i.index_no",
    words: "i.title",
    until: "i.published_at",
};

const PUBLISHED: Place = Place {
    fact: "items.published",
    day: "substr(CAST(i.published_at AS text), 1, 10)",
    group: "1, 2, 3",
    class: "i.normative",
    // It stood at the end of its month: what is taken back later lowers no month that was handed in.
    only: concat!(
        "AND i.attribute = 'active' AND (i.status = 'published' OR (i.status = 'withdrawn'
        AND ",
        later_month!("i.withdrawn_on", "i.published_at"),
        "))"
    ),
    ..ITEM
};

/// Publications that came to an end and were followed by another of the same item: each counts in its own month.
const FORMER: Place = Place {
    tables: "disclosure_publication p JOIN disclosure_item i ON i.id = p.item_id",
    day: "p.published_on",
    only: concat!("AND (p.withdrawn_on IS NULL OR ", later_month!("p.withdrawn_on", "p.published_on"), ")"),
    until: "p.withdrawn_on",
    ..PUBLISHED
};

const ISSUED: Place = Place {
    fact: "documents.issued",
    tables: "document d",
    unit: "d.unit_id",
    day: "d.issued_on",
    group: "d.issued_on, d.unit_id, d.disclose_attr",
    class: "COALESCE(d.disclose_attr, 'unassigned')",
    only: "AND d.direction = 'out' AND d.status NOT IN ('void', 'returned', 'draft')",
    sign: 1,
    shown_class: None,
    source: "document",
    key: "COALESCE(d.doc_no_text, CAST(d.id AS text))",
    // What is classified has no title here.
    words: "CASE WHEN d.secrecy = 'none' THEN d.title ELSE '***' END",
    until: "NULL",
};

const REQUEST: Place = Place {
    fact: "requests.received",
    tables: "disclosure_request r",
    unit: "r.unit_id",
    day: "r.received_on",
    group: "1, 2, 3",
    class: "r.channel",
    only: "",
    sign: 1,
    shown_class: None,
    source: "disclosure_request",
    key: "r.no",
    words: "r.subject",
    until: "r.closed_on",
};

/// Every answer stands for itself: a second one, after a judgment, takes nothing away from the first.
const ANSWER: Place = Place {
    fact: "requests.answered",
    tables: "disclosure_request_event e JOIN disclosure_request r ON r.id = e.request_id",
    day: "e.on_date",
    class: "COALESCE(e.note, '')",
    only: "AND e.kind = 'answer'",
    until: "e.on_date",
    ..REQUEST
};

const DISPUTE: Place = Place {
    fact: "disputes.opened",
    tables: "disclosure_dispute p LEFT JOIN disclosure_request r ON r.id = p.request_id",
    // A case without its request is the organisation's.
    unit: "COALESCE(r.unit_id, (SELECT MIN(top.id) FROM unit top WHERE top.parent_id IS NULL))",
    day: "p.opened_on",
    group: "1, 2, 3",
    class: "p.kind",
    only: "",
    sign: 1,
    shown_class: None,
    source: "disclosure_dispute",
    key: "COALESCE(r.no, CAST(p.id AS text))",
    words: "p.kind",
    until: "p.closed_on",
};

/// Items whose attribute was changed after the month they were made in: counted by what they were at its end, so that a
/// quarter and a year to date are the sums of their months, frozen or not.
const CHANGED: Place = Place {
    tables: "disclosure_attribute_change a JOIN disclosure_item i ON i.id = a.item_id",
    group: "1, 2, 3",
    // The first change after the month holds the attribute at its end.
    only: concat!(
        "AND ",
        later_month!("a.changed_on", "i.formed_on"),
        "
        AND NOT EXISTS (SELECT 1 FROM disclosure_attribute_change b
            WHERE b.item_id = a.item_id AND ",
        later_month!("b.changed_on", "i.formed_on"),
        "
              AND (b.changed_on < a.changed_on OR (b.changed_on = a.changed_on AND b.id < a.id)))"
    ),
    ..ITEM
};

const PLACES: &[Place] = &[
    Place {
        shown_class: Some(concat!(
            "COALESCE((SELECT a.attribute FROM disclosure_attribute_change a WHERE a.item_id = i.id
                AND ",
            later_month!("a.changed_on", "i.formed_on"),
            "
                ORDER BY a.changed_on, a.id LIMIT 1), i.attribute)"
        )),
        ..ITEM
    },
    Place { sign: -1, ..CHANGED },
    Place { sign: 0, class: "a.attribute", ..CHANGED },
    // Documents that have not reached the register.
    Place {
        fact: "items.made",
        only: "AND d.direction = 'out' AND d.status NOT IN ('void', 'returned', 'draft') AND NOT EXISTS (SELECT 1 FROM disclosure_item i WHERE i.document_id = d.id)",
        ..ISSUED
    },
    Place { fact: "items.normative", group: "1, 2, 3", class: "i.normative", only: "AND i.normative <> 'other'", ..ITEM },
    PUBLISHED,
    FORMER,
    Place { fact: "items.documents", class: "''", tables: "disclosure_item i JOIN document d ON d.id = i.document_id", ..PUBLISHED },
    Place {
        fact: "items.documents",
        class: "''",
        tables: "disclosure_publication p JOIN disclosure_item i ON i.id = p.item_id JOIN document d ON d.id = i.document_id",
        ..FORMER
    },
    Place {
        fact: "items.channel",
        tables: "disclosure_item_channel c JOIN disclosure_item i ON i.id = c.item_id",
        day: "c.published_on",
        class: "c.channel",
        only: concat!(
            "AND i.attribute = 'active' AND (i.status = 'published' OR (i.status = 'withdrawn'
            AND ",
            later_month!("i.withdrawn_on", "c.published_on"),
            "))"
        ),
        ..PUBLISHED
    },
    Place {
        fact: "items.channel",
        tables: "disclosure_publication_channel c JOIN disclosure_publication p ON p.id = c.publication_id JOIN disclosure_item i ON i.id = p.item_id",
        day: "c.published_on",
        class: "c.channel",
        only: concat!("AND (p.withdrawn_on IS NULL OR ", later_month!("p.withdrawn_on", "c.published_on"), ")"),
        ..FORMER
    },
    Place { fact: "items.theme", class: "COALESCE(i.theme, '')", ..PUBLISHED },
    Place { fact: "items.theme", class: "COALESCE(i.theme, '')", ..FORMER },
    ISSUED,
    REQUEST,
    Place { fact: "requests.applicants", class: "r.applicant_kind", ..REQUEST },
    ANSWER,
    // Requests that came from elsewhere have no events.
    Place {
        fact: "requests.answered",
        day: "r.replied_on",
        class: "COALESCE(r.outcome_row, '')",
        only: "AND NOT EXISTS (SELECT 1 FROM disclosure_request_event e WHERE e.request_id = r.id AND e.kind = 'answer')",
        ..REQUEST
    },
    Place { fact: "requests.closed", day: "r.closed_on", class: "COALESCE(r.outcome_row, '')", ..REQUEST },
    Place {
        fact: "requests.finished",
        day: "r.closed_on",
        class: "CASE WHEN r.due_on IS NULL OR r.closed_on <= r.due_on THEN 'in_time' ELSE 'extended' END",
        ..REQUEST
    },
    // Ended after its limit: every ending has the limit it had.
    Place {
        fact: "requests.overdue",
        day: "e.until_on",
        class: "''",
        only: "AND e.kind IN ('answer', 'withdraw') AND e.on_date > e.until_on",
        ..ANSWER
    },
    // Still to be answered, or closed late elsewhere, without events; by either last day, so that an index serves each.
    Place {
        fact: "requests.overdue",
        day: "r.due_on",
        class: "''",
        only: "AND r.extended_due_on IS NULL AND r.due_on < $3 AND (r.status <> 'closed' OR (COALESCE(r.replied_on, r.closed_on) > r.due_on
            AND NOT EXISTS (SELECT 1 FROM disclosure_request_event e WHERE e.request_id = r.id AND e.kind IN ('answer', 'withdraw'))))",
        ..REQUEST
    },
    Place {
        fact: "requests.overdue",
        day: "r.extended_due_on",
        class: "''",
        only: "AND r.extended_due_on < $3 AND (r.status <> 'closed' OR (COALESCE(r.replied_on, r.closed_on) > r.extended_due_on
            AND NOT EXISTS (SELECT 1 FROM disclosure_request_event e WHERE e.request_id = r.id AND e.kind IN ('answer', 'withdraw'))))",
        ..REQUEST
    },
    DISPUTE,
    Place { fact: "disputes.decided", day: "p.closed_on", class: "p.kind || '.' || p.result", ..DISPUTE },
];

/// One line of a grouped count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub fact: &'static str,
    pub unit: i64,
    pub day: Date,
    pub class: String,
    pub n: i64,
}

impl Place {
    fn values(&self, from: Date, to: Date, today: Date) -> Vec<Value> {
        let mut values = vec![Value::Day(Day(from)), Value::Day(Day(to))];
        if self.only.contains("$3") {
            values.push(Value::Day(Day(today)));
        }
        values
    }

    /// A day to compare `day` with: text where it is cut out of an instant.
    fn literal(&self, day: Date) -> String {
        if self.day.starts_with("substr") { format!("'{day}'") } else { format!("DATE '{day}'") }
    }

    /// `day` between `$1` and `$2`: as text where the day is cut out of an instant.
    fn within(&self) -> String {
        let parameter = |n| if self.day.starts_with("substr") { format!("CAST(${n} AS text)") } else { format!("${n}") };
        format!("{day} >= {from} AND {day} <= {to}", day = self.day, from = parameter(1), to = parameter(2))
    }
}

/// Where the stretches of a time begin that are counted apart.
#[cfg(feature = "postgres")]
fn parts(from: Date, to: Date, cuts: &[Date]) -> Vec<Date> {
    let mut parts: Vec<Date> = cuts.iter().copied().filter(|cut| from < *cut && *cut <= to).chain([from]).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// Counts facts from `from` to `to` by unit and class, and by stretches of time at least as fine as `cuts` part it: each
/// count bears a day of its stretch. What is overdue is judged on `today`.
///
/// # Errors
/// The engine's.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
pub fn count(db: &mut Db, facts: &[&str], (from, to): (Date, Date), cuts: &[Date], today: Date) -> DbResult<Vec<Counted>> {
    let mut counted = Vec::new();
    if let Some(unknown) = facts.iter().find(|fact| !PLACES.iter().any(|place| place.fact == **fact)) {
        return Err(DbError::Other(format!("no table holds {unknown}")));
    }
    for place in PLACES.iter().filter(|place| facts.contains(&place.fact)) {
        let Place { tables, unit, class, only, .. } = place;
        let within = place.within();
        // SQLite walks the index in its order, a group a day, and sorts nothing. PostgreSQL hashes: few groups, with a
        // count for each stretch, let its workers share the scan.
        let parts: Vec<Date> = on_each!(db, sqlite(_c) => Vec::new(), postgres(_c) => parts(from, to, cuts));
        let values = place.values(from, to, today);
        let broken = |row: &[String]| DbError::Other(format!("{}: {row:?}", place.fact));
        let mut add = |unit: &str, day: Date, class: &str, n: &str| -> Option<()> {
            let n = n.parse::<i64>().ok()? * if place.sign < 0 { -1 } else { 1 };
            counted.push(Counted { fact: place.fact, unit: unit.parse().ok()?, day, class: class.to_owned(), n });
            Some(())
        };
        if parts.is_empty() {
            let Place { day, group, .. } = place;
            let sql = format!(
                "SELECT {unit} AS unit, {day} AS day, {class} AS class, COUNT(*) AS n FROM {tables} WHERE {within} {only} GROUP BY {group}"
            );
            for row in select_texts(db, &sql, &["unit", "day", "class", "n"], &values)? {
                let day = row[1].parse().map_err(|_| broken(&row))?;
                add(&row[0], day, &row[2], &row[3]).ok_or_else(|| broken(&row))?;
            }
            continue;
        }
        let names: Vec<String> = (0..parts.len()).map(|at| format!("n{at}")).collect();
        let counts = parts.iter().enumerate().map(|(at, since)| {
            let until = parts.get(at + 1).map_or(String::new(), |next| format!(" AND {} < {}", place.day, place.literal(*next)));
            format!("COUNT(*) FILTER (WHERE {} >= {}{until}) AS n{at}", place.day, place.literal(*since))
        });
        let sql = format!(
            "SELECT {unit} AS unit, {class} AS class, {} FROM {tables} WHERE {within} {only} GROUP BY 1, 2",
            counts.collect::<Vec<_>>().join(", ")
        );
        let columns: Vec<&str> = ["unit", "class"].into_iter().chain(names.iter().map(String::as_str)).collect();
        for row in select_texts(db, &sql, &columns, &values)? {
            for (since, n) in parts.iter().zip(&row[2..]).filter(|(_, n)| *n != "0") {
                add(&row[0], *since, &row[1], n).ok_or_else(|| broken(&row))?;
            }
        }
    }
    Ok(counted)
}

/// The rows behind a count, each as table, key, unit, words, from, to and class; never who applied.
///
/// # Errors
/// The engine's.
pub fn explain(db: &mut Db, fact: &str, class: &str, from: Date, to: Date, today: Date, scope: &Scope) -> DbResult<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    for place in PLACES.iter().filter(|place| place.fact == fact && place.sign > 0) {
        let Place { tables, unit, day, only, source, key, words, until, .. } = place;
        let of = place.shown_class.unwrap_or(place.class);
        let mut values = place.values(from, to, today);
        let mut wanted = String::new();
        if !class.is_empty() {
            let n = values.len();
            values.extend([Value::Text(class.to_owned()), Value::Text(format!("{class}."))]);
            wanted = format!("AND ({of} = ${} OR substr({of}, 1, {}) = ${})", n + 1, class.chars().count() + 1, n + 2);
        }
        let condition = scope.condition("u.id", values.len() + 1);
        let sql = format!(
            "SELECT '{source}' AS source, {key} AS key, u.code AS unit, {words} AS words, {day} AS since, {until} AS until, {of} AS class
             FROM {tables} JOIN unit u ON u.id = {unit} WHERE {} {only} {wanted} AND {condition} ORDER BY {day}, {key}",
            place.within()
        );
        rows.extend(select_texts(db, &sql, &["source", "key", "unit", "words", "since", "until", "class"], &scope.bound(values))?);
    }
    Ok(rows)
}

/// A figure noted by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub form: String,
    pub row: String,
    pub unit: i64,
    pub from: Date,
    pub to: Date,
    /// Decimal.
    pub value: String,
    pub source: String,
}

/// The figures noted for times that end within `from` and `to`, of one form or of all, in order.
///
/// # Errors
/// The engine's.
pub fn noted(db: &mut Db, form: Option<&str>, from: Date, to: Date) -> DbResult<Vec<Noted>> {
    let mut values = vec![Value::Day(Day(from)), Value::Day(Day(to))];
    let of_form = form.map_or("", |_| "AND form_code = $3");
    values.extend(form.map(|form| Value::Text(form.to_owned())));
    let sql = format!(
        "SELECT form_code, row_code, unit_id, from_on, to_on, value, source FROM disclosure_noted
         WHERE to_on >= $1 AND to_on <= $2 {of_form} ORDER BY form_code, row_code, unit_id, from_on, to_on"
    );
    let rows = select_texts(db, &sql, &["form_code", "row_code", "unit_id", "from_on", "to_on", "value", "source"], &values)?;
    rows.into_iter()
        .map(|row| {
            let broken = || DbError::Other(format!("disclosure_noted: {row:?}"));
            Ok(Noted {
                unit: row[2].parse().map_err(|_| broken())?,
                from: row[3].parse().map_err(|_| broken())?,
                to: row[4].parse().map_err(|_| broken())?,
                form: row[0].clone(),
                row: row[1].clone(),
                value: row[5].clone(),
                source: row[6].clone(),
            })
        })
        .collect()
}

/// Notes a figure, over what was noted before.
///
/// # Errors
/// The engine's.
pub fn note(db: &mut Db, figure: &Noted, at: Instant) -> DbResult<()> {
    run(
        db,
        "INSERT INTO disclosure_noted (form_code, row_code, unit_id, from_on, to_on, value, source, noted_at)
         VALUES ($1, $2, $3, $4, $5, CAST($6 AS numeric(18,4)), $7, $8)
         ON CONFLICT (form_code, row_code, unit_id, from_on, to_on)
         DO UPDATE SET value = excluded.value, source = excluded.source, noted_at = excluded.noted_at",
        &[
            Value::Text(figure.form.clone()),
            Value::Text(figure.row.clone()),
            Value::Int(figure.unit),
            Value::Day(Day(figure.from)),
            Value::Day(Day(figure.to)),
            Value::Text(figure.value.clone()),
            Value::Text(figure.source.clone()),
            Value::Instant(at),
        ],
    )
}

/// The newest edition of every frozen month from `from` to `to`: month, edition, hash and figures.
///
/// # Errors
/// The engine's.
pub fn frozen_months(db: &mut Db, from: Date, to: Date) -> DbResult<Vec<(String, i64, String, String)>> {
    let month = |day: Date| format!("{:04}-{:02}", day.year(), day.month());
    let sql = "SELECT period, edition, sha256, figures FROM disclosure_report r
         WHERE form_code = $1 AND period >= $2 AND period <= $3
           AND edition = (SELECT MAX(n.edition) FROM disclosure_report n WHERE n.form_code = r.form_code AND n.period = r.period)
         ORDER BY period";
    let values = [Value::Text(MONTH_FORM.to_owned()), Value::Text(month(from)), Value::Text(month(to))];
    let rows = select_texts(db, sql, &["period", "edition", "sha256", "figures"], &values)?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let mut take = |at: usize| std::mem::take(&mut row[at]);
            (take(0), take(1).parse().unwrap_or(0), take(2), take(3))
        })
        .collect())
}
