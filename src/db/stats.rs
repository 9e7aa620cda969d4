//! Figures of government-information disclosure (政府信息公开), counted by the engine.

use jiff::civil::Date;

use sha2::{Digest, Sha256};

use super::connection::Db;
use super::digest::hex;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::types::{Day, canonical};

/// Information made in the period, each piece once: the disclosure register, and
/// issued documents (公文) that have not reached it.
const MADE: &str = "
    SELECT publisher_unit_id AS unit_id, attribute, status, formed_on FROM disclosure_item
    UNION ALL
    SELECT d.unit_id, d.disclose_attr, 'pending', d.issued_on FROM document d
    WHERE d.direction = 'out' AND d.issued_on IS NOT NULL AND d.status NOT IN ('void', 'returned', 'draft')
      AND NOT EXISTS (SELECT 1 FROM disclosure_item i WHERE i.document_id = d.id)";

/// How a unit did in a period: for the ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub unit: String,
    pub short_name: String,
    /// Everything made, and of it actively disclosed.
    pub made: i64,
    pub disclosed: i64,
    /// Disclosed within twenty working days, of what was disclosed.
    pub timely: i64,
    /// Requests answered, and of them within their limit.
    pub answered: i64,
    pub in_time: i64,
}

/// How every unit did from `from` to `to`, by unit order.
///
/// # Errors
/// The engine's.
pub fn standings(db: &mut Db, from: Date, to: Date) -> DbResult<Vec<Standing>> {
    let sql = format!(
        "SELECT u.code, u.short_name, COALESCE(m.made, 0) AS made, COALESCE(m.disclosed, 0) AS disclosed, COALESCE(p.timely, 0) AS timely,
            COALESCE(r.answered, 0) AS answered, COALESCE(r.in_time, 0) AS in_time
         FROM unit u
         LEFT JOIN (SELECT unit_id, COUNT(*) AS made, SUM(CASE WHEN attribute = 'active' AND status = 'published' THEN 1 ELSE 0 END) AS disclosed
            FROM ({MADE}) AS made WHERE formed_on >= $1 AND formed_on <= $2 GROUP BY unit_id) AS m ON m.unit_id = u.id
         LEFT JOIN (SELECT publisher_unit_id AS unit_id,
                SUM(CASE WHEN status = 'published' AND attribute = 'active' AND substr(CAST(published_at AS text), 1, 10) <= CAST(due_on AS text)
                    THEN 1 ELSE 0 END) AS timely
            FROM disclosure_item WHERE formed_on >= $1 AND formed_on <= $2 GROUP BY publisher_unit_id) AS p ON p.unit_id = u.id
         LEFT JOIN (SELECT unit_id, COUNT(*) AS answered, SUM(CASE WHEN on_day <= last_day THEN 1 ELSE 0 END) AS in_time
            FROM (SELECT r.unit_id, e.on_date AS on_day, e.until_on AS last_day
                  FROM disclosure_request_event e JOIN disclosure_request r ON r.id = e.request_id
                  WHERE e.kind = 'answer' AND e.on_date >= $1 AND e.on_date <= $2
                  UNION ALL
                  SELECT unit_id, replied_on, COALESCE(extended_due_on, due_on) FROM disclosure_request
                  WHERE replied_on >= $1 AND replied_on <= $2
                    AND NOT EXISTS (SELECT 1 FROM disclosure_request_event e WHERE e.request_id = disclosure_request.id AND e.kind = 'answer')
                 ) AS answers GROUP BY unit_id) AS r ON r.unit_id = u.id
         WHERE COALESCE(m.made, 0) + COALESCE(r.answered, 0) > 0
         ORDER BY u.level, u.sort_no, u.code"
    );
    let columns = ["code", "short_name", "made", "disclosed", "timely", "answered", "in_time"];
    let rows = select_texts(db, &sql, &columns, &[Value::Day(Day(from)), Value::Day(Day(to))])?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let n = |at: usize| row[at].parse().unwrap_or(0);
            Standing {
                unit: row[0].clone(),
                short_name: row[1].clone(),
                made: n(2),
                disclosed: n(3),
                timely: n(4),
                answered: n(5),
                in_time: n(6),
            }
        })
        .collect())
}

/// One line of the rate of active disclosure (主动公开率).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Unit code; none for the whole.
    pub unit: Option<String>,
    pub short_name: Option<String>,
    /// Disclosed: attribute 主动公开 and published, not withdrawn.
    pub disclosed: i64,
    /// Everything made in the period.
    pub made: i64,
}

/// The rate per unit, then the whole (last line), for what was made from `from` to `to`.
///
/// # Errors
/// The engine's.
pub fn rate(db: &mut Db, from: Date, to: Date) -> DbResult<Vec<Rate>> {
    let sql = format!(
        "SELECT u.code, u.short_name, SUM(CASE WHEN m.attribute = 'active' AND m.status = 'published' THEN 1 ELSE 0 END) AS disclosed,
            COUNT(*) AS made
         FROM ({MADE}) AS m JOIN unit u ON u.id = m.unit_id
         WHERE m.formed_on >= $1 AND m.formed_on <= $2
         GROUP BY u.code, u.short_name, u.level, u.sort_no ORDER BY u.level, u.sort_no, u.code"
    );
    let values = [Value::Day(Day(from)), Value::Day(Day(to))];
    let rows = select_texts(db, &sql, &["code", "short_name", "disclosed", "made"], &values)?;
    let mut lines: Vec<Rate> = rows
        .into_iter()
        .map(|row| Rate {
            disclosed: row[2].parse().unwrap_or(0),
            made: row[3].parse().unwrap_or(0),
            unit: Some(row[0].clone()),
            short_name: Some(row[1].clone()),
        })
        .collect();
    let (disclosed, made) = lines.iter().fold((0, 0), |(d, m), line| (d + line.disclosed, m + line.made));
    lines.push(Rate { unit: None, short_name: None, disclosed, made });
    Ok(lines)
}

/// Whether a period has been frozen for any unit.
///
/// # Errors
/// The engine's.
pub fn frozen(db: &mut Db, period: &str) -> DbResult<bool> {
    let rows =
        select_texts(db, "SELECT COUNT(*) AS n FROM disclosure_report WHERE period = $1", &["n"], &[Value::Text(period.to_owned())])?;
    Ok(rows[0][0] != "0")
}

/// Which units are counted: all, one with what hangs below it, or one alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Unit code; none for the whole.
    pub unit: Option<String>,
    /// The unit alone, without those below it.
    pub alone: bool,
}

impl Scope {
    /// A condition on `column`, with the unit's code as parameter `$n`; true for the whole.
    pub(super) fn condition(&self, column: &str, n: usize) -> String {
        match (&self.unit, self.alone) {
            (None, _) => "1 = 1".to_owned(),
            (Some(_), true) => format!("{column} IN (SELECT id FROM unit WHERE code = ${n})"),
            (Some(_), false) => format!(
                "{column} IN (WITH RECURSIVE below(id) AS (SELECT id FROM unit WHERE code = ${n}
                   UNION SELECT u.id FROM unit u JOIN below b ON u.parent_id = b.id) SELECT id FROM below)"
            ),
        }
    }

    pub(super) fn bound(&self, mut values: Vec<Value>) -> Vec<Value> {
        values.extend(self.unit.clone().map(Value::Text));
        values
    }
}

/// Requests of one kind of applicant and one row of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestCount {
    pub applicant_kind: String,
    /// Row of results; none while open.
    pub outcome_row: Option<String>,
    /// 新收: received in the period.
    pub new: i64,
    /// 上年结转: received before it and open when it began.
    pub carried: i64,
    /// 办理结果: closed in it.
    pub closed: i64,
    /// 结转: open when it ended.
    pub open: i64,
}

/// Counts requests for table 三, by applicant and result.
///
/// # Errors
/// The engine's.
pub fn requests(db: &mut Db, from: Date, to: Date, scope: &Scope) -> DbResult<Vec<RequestCount>> {
    let sql = format!(
        "SELECT applicant_kind, outcome_row,
            SUM(CASE WHEN received_on >= $1 AND received_on <= $2 THEN 1 ELSE 0 END) AS fresh,
            SUM(CASE WHEN received_on < $1 AND (closed_on IS NULL OR closed_on >= $1) THEN 1 ELSE 0 END) AS carried,
            SUM(CASE WHEN received_on <= $2 AND closed_on >= $1 AND closed_on <= $2 THEN 1 ELSE 0 END) AS closed,
            SUM(CASE WHEN received_on <= $2 AND (closed_on IS NULL OR closed_on > $2) THEN 1 ELSE 0 END) AS remaining
         FROM disclosure_request WHERE received_on <= $2 AND (closed_on IS NULL OR closed_on >= $1) AND {}
         GROUP BY applicant_kind, outcome_row ORDER BY applicant_kind, outcome_row",
        scope.condition("unit_id", 3)
    );
    let values = scope.bound(vec![Value::Day(Day(from)), Value::Day(Day(to))]);
    let rows = select_texts(db, &sql, &["applicant_kind", "outcome_row", "fresh", "carried", "closed", "remaining"], &values)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let n = |at: usize| row[at].parse().unwrap_or(0);
            RequestCount {
                applicant_kind: row[0].clone(),
                outcome_row: Some(row[1].clone()).filter(|row| !row.is_empty()),
                new: n(2),
                carried: n(3),
                closed: n(4),
                open: n(5),
            }
        })
        .collect())
}

/// Disputes of table 四 by kind and result: decided in the period, or undecided at its end (`pending`).
///
/// # Errors
/// The engine's.
pub fn disputes(db: &mut Db, from: Date, to: Date, scope: &Scope) -> DbResult<Vec<(String, String, i64)>> {
    let of_unit = match scope.unit {
        None => String::new(),
        Some(_) => format!("AND request_id IN (SELECT id FROM disclosure_request WHERE {})", scope.condition("unit_id", 3)),
    };
    let sql = format!(
        "SELECT kind, CASE WHEN closed_on IS NULL OR closed_on > $2 THEN 'pending' ELSE result END AS result, COUNT(*) AS n
         FROM disclosure_dispute WHERE opened_on <= $2 AND (closed_on IS NULL OR closed_on >= $1) {of_unit} GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let rows = select_texts(db, &sql, &["kind", "result", "n"], &scope.bound(vec![Value::Day(Day(from)), Value::Day(Day(to))]))?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].parse().unwrap_or(0))).collect())
}

/// Rules (规章) and normative documents: made in the period, abolished in it, in force at its end.
///
/// # Errors
/// The engine's.
pub fn normative(db: &mut Db, from: Date, to: Date, scope: &Scope) -> DbResult<Vec<(String, [i64; 3])>> {
    let sql = format!(
        "SELECT normative,
            SUM(CASE WHEN formed_on >= $1 THEN 1 ELSE 0 END) AS made,
            SUM(CASE WHEN abolished_on >= $1 AND abolished_on <= $2 THEN 1 ELSE 0 END) AS abolished,
            SUM(CASE WHEN abolished_on IS NULL OR abolished_on > $2 THEN 1 ELSE 0 END) AS valid
         FROM disclosure_item WHERE normative <> 'other' AND formed_on <= $2 AND {} GROUP BY normative ORDER BY normative",
        scope.condition("publisher_unit_id", 3)
    );
    let values = scope.bound(vec![Value::Day(Day(from)), Value::Day(Day(to))]);
    let rows = select_texts(db, &sql, &["normative", "made", "abolished", "valid"], &values)?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), [1, 2, 3].map(|at| row[at].parse().unwrap_or(0)))).collect())
}

/// Figures of table 二 that come from other systems, by code; `20.5.1:2` is the second value of a row.
///
/// # Errors
/// The engine's.
pub fn decisions(db: &mut Db, year: i16) -> DbResult<Vec<(String, String)>> {
    let rows = select_texts(
        db,
        "SELECT code, value FROM disclosure_decision_count WHERE year = $1 AND value IS NOT NULL ORDER BY code",
        &["code", "value"],
        &[Value::Int(year.into())],
    )?;
    Ok(rows.into_iter().map(|mut row| (std::mem::take(&mut row[0]), std::mem::take(&mut row[1]))).collect())
}

/// Notes a figure of table 二 and where it comes from; returns what stood there.
///
/// # Errors
/// The engine's.
pub fn set_decision(db: &mut Db, year: i16, code: &str, value: &str, source: &str) -> DbResult<Option<String>> {
    let key = [Value::Int(year.into()), Value::Text(code.to_owned())];
    let before = select_texts(db, "SELECT value FROM disclosure_decision_count WHERE year = $1 AND code = $2", &["value"], &key)?;
    let [year, code] = key;
    run(
        db,
        "INSERT INTO disclosure_decision_count (year, code, value, source) VALUES ($1, $2, CAST($3 AS numeric(18,4)), $4)
         ON CONFLICT (year, code) DO UPDATE SET value = excluded.value, source = excluded.source",
        &[year, code, Value::Text(value.to_owned()), Value::Text(source.to_owned())],
    )?;
    Ok(before.into_iter().next().map(|mut row| row.swap_remove(0)))
}

/// Licences decided in the period (行政许可处理决定): granted and refused cases.
///
/// # Errors
/// The engine's.
pub fn licences_decided(db: &mut Db, from: Date, to: Date) -> DbResult<i64> {
    let rows = select_texts(
        db,
        "SELECT COUNT(*) AS n FROM license_case WHERE decided_on >= $1 AND decided_on <= $2 AND outcome IN ('granted', 'refused')",
        &["n"],
        &[Value::Day(Day(from)), Value::Day(Day(to))],
    )?;
    Ok(rows[0][0].parse().unwrap_or(0))
}

/// Processing fees (信息处理费) paid in the period: cases, and yuan.
///
/// # Errors
/// The engine's.
pub fn fees(db: &mut Db, from: Date, to: Date, scope: &Scope) -> DbResult<(i64, i64)> {
    let sql = format!(
        "SELECT COUNT(*) AS n, COALESCE(SUM(fee_yuan), 0) AS yuan FROM disclosure_request
         WHERE fee_paid_on >= $1 AND fee_paid_on <= $2 AND {}",
        scope.condition("unit_id", 3)
    );
    let rows = select_texts(db, &sql, &["n", "yuan"], &scope.bound(vec![Value::Day(Day(from)), Value::Day(Day(to))]))?;
    Ok((rows[0][0].parse().unwrap_or(0), rows[0][1].parse().unwrap_or(0)))
}

/// A frozen report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub edition: i64,
    /// Canonical JSON.
    pub figures: String,
    pub sha256: String,
    pub frozen_at: String,
}

/// The editions of a frozen period of a unit, oldest first.
///
/// # Errors
/// The engine's.
pub fn editions(db: &mut Db, form: &str, period: &str, unit: i64) -> DbResult<Vec<Frozen>> {
    let rows = select_texts(
        db,
        "SELECT edition, figures, sha256, frozen_at FROM disclosure_report WHERE form_code = $1 AND period = $2 AND unit_id = $3 ORDER BY edition",
        &["edition", "figures", "sha256", "frozen_at"],
        &[Value::Text(form.to_owned()), Value::Text(period.to_owned()), Value::Int(unit)],
    )?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let mut take = |at: usize| std::mem::take(&mut row[at]);
            Frozen { edition: take(0).parse().unwrap_or(0), figures: take(1), sha256: take(2), frozen_at: take(3) }
        })
        .collect())
}

impl Frozen {
    /// Whether the figures are those that were frozen.
    pub fn intact(&self) -> bool {
        intact(&self.figures, &self.sha256)
    }
}

/// Whether canonical figures have this hash; the engine may have kept them in another order.
pub fn intact(figures: &str, sha256: &str) -> bool {
    serde_json::from_str(figures).is_ok_and(|value| hex(&Sha256::digest(canonical(&value).as_bytes())) == sha256)
}

/// Adds an edition; the form is noted with it when it is new.
///
/// # Errors
/// The engine's.
pub fn freeze(db: &mut Db, form: (&str, &str, &str), period: &str, unit: i64, edition: &Frozen, at: super::Instant) -> DbResult<()> {
    let (code, title, cycle) = form;
    run(
        db,
        "INSERT INTO disclosure_form (code, title, cycle, valid_from, definition) VALUES ($1, $2, $3, $4, '{}') ON CONFLICT (code) DO NOTHING",
        &[
            Value::Text(code.to_owned()),
            Value::Text(title.to_owned()),
            Value::Text(cycle.to_owned()),
            Value::Day(Day(jiff::civil::date(2008, 5, 1))),
        ],
    )?;
    let json = on_each!(db, sqlite(_c) => "", postgres(_c) => "::jsonb");
    run(
        db,
        &format!(
            "INSERT INTO disclosure_report (form_code, period, unit_id, edition, figures, sha256, frozen_at)
             VALUES ($1, $2, $3, $4, $5{json}, $6, $7)"
        ),
        &[
            Value::Text(code.to_owned()),
            Value::Text(period.to_owned()),
            Value::Int(unit),
            Value::Int(edition.edition),
            Value::Text(edition.figures.clone()),
            Value::Text(edition.sha256.clone()),
            Value::Instant(at),
        ],
    )
}

/// What a figure was counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// 新收.
    New { applicant: Option<String> },
    /// 上年结转.
    Carried { applicant: Option<String> },
    /// 办理结果, of some rows or of all.
    Closed { applicant: Option<String>, row: Option<Vec<&'static str>> },
    /// 结转下年度.
    Remaining { applicant: Option<String> },
    /// Table 四; every result when none is named.
    Disputes { kind: &'static str, result: Option<&'static str> },
    /// 规章 and normative documents: 1 made, 2 abolished, 3 valid.
    Normative { kind: &'static str, at: usize },
    /// 信息处理费 paid.
    Fees,
    /// Cases decided.
    Licences,
    /// A figure another system gave.
    Noted { code: String },
}

/// The rows behind a figure, each as table, key, unit, words, from, to and class; never who applied.
///
/// # Errors
/// The engine's.
pub fn explain(db: &mut Db, source: &Source, from: Date, to: Date, scope: &Scope) -> DbResult<Vec<Vec<String>>> {
    const COLUMNS: [&str; 7] = ["source", "key", "unit", "words", "since", "until", "class"];
    let mut values = vec![Value::Day(Day(from)), Value::Day(Day(to))];
    let mut wanted = |condition: &str, text: &Option<String>| match text {
        Some(text) => {
            values.push(Value::Text(text.clone()));
            format!(" AND {condition} ${} ", values.len())
        }
        None => String::new(),
    };
    let requests = |condition: String, which: String| {
        format!(
            "SELECT 'disclosure_request' AS source, r.no AS key, u.code AS unit, r.subject AS words, r.received_on AS since,
                r.closed_on AS until, COALESCE(r.outcome_row, r.status) || ' ' || r.applicant_kind AS class
             FROM disclosure_request r JOIN unit u ON u.id = r.unit_id WHERE {condition} {which} AND {{scope}} ORDER BY r.no"
        )
    };
    let sql = match source {
        Source::New { applicant } => {
            requests("r.received_on >= $1 AND r.received_on <= $2".to_owned(), wanted("r.applicant_kind =", applicant))
        }
        Source::Carried { applicant } => requests(
            "$2 >= $1 AND r.received_on < $1 AND (r.closed_on IS NULL OR r.closed_on >= $1)".to_owned(),
            wanted("r.applicant_kind =", applicant),
        ),
        Source::Closed { applicant, row } => {
            let rows = row.as_ref().map_or(String::new(), |rows| format!(" AND r.outcome_row IN ('{}')", rows.join("', '")));
            requests(
                "r.received_on <= $2 AND r.closed_on >= $1 AND r.closed_on <= $2".to_owned(),
                wanted("r.applicant_kind =", applicant) + &rows,
            )
        }
        Source::Remaining { applicant } => requests(
            "$1 <= $2 AND r.received_on <= $2 AND (r.closed_on IS NULL OR r.closed_on > $2)".to_owned(),
            wanted("r.applicant_kind =", applicant),
        ),
        Source::Disputes { kind, result } => {
            let which = wanted("d.kind =", &Some((*kind).to_owned()));
            let result = match result {
                None => String::new(),
                Some("pending") => "AND (d.closed_on IS NULL OR d.closed_on > $2)".to_owned(),
                Some(result) => wanted("d.closed_on <= $2 AND d.result =", &Some((*result).to_owned())),
            };
            format!(
                "SELECT 'disclosure_dispute' AS source, r.no AS key, u.code AS unit, d.kind AS words, d.opened_on AS since,
                    d.closed_on AS until, d.result AS class
                 FROM disclosure_dispute d LEFT JOIN disclosure_request r ON r.id = d.request_id LEFT JOIN unit u ON u.id = r.unit_id
                 WHERE d.opened_on <= $2 AND (d.closed_on IS NULL OR d.closed_on >= $1) {which} {result} AND {{scope}} ORDER BY d.opened_on, d.id"
            )
        }
        Source::Normative { kind, at } => {
            let which = wanted("i.normative =", &Some((*kind).to_owned()));
            let when = ["i.formed_on >= $1", "i.abolished_on >= $1 AND i.abolished_on <= $2", "$1 <= $2 AND (i.abolished_on IS NULL OR i.abolished_on > $2)"]
                [at.saturating_sub(1).min(2)];
            format!(
                "SELECT 'disclosure_item' AS source, i.index_no AS key, u.code AS unit, i.title AS words, i.formed_on AS since,
                    i.abolished_on AS until, i.validity AS class
                 FROM disclosure_item i JOIN unit u ON u.id = i.publisher_unit_id
                 WHERE i.formed_on <= $2 AND {when} {which} AND {{scope}} ORDER BY i.formed_on, i.index_no"
            )
        }
        Source::Fees => "SELECT 'disclosure_request' AS source, r.no AS key, u.code AS unit, r.subject AS words, r.received_on AS since,
                r.fee_paid_on AS until, CAST(r.fee_yuan AS text) AS class
             FROM disclosure_request r JOIN unit u ON u.id = r.unit_id
             WHERE r.fee_paid_on >= $1 AND r.fee_paid_on <= $2 AND {scope} ORDER BY r.no"
            .to_owned(),
        Source::Licences => "SELECT 'license_case' AS source, c.no AS key, o.name AS unit, v.name AS words, c.received_on AS since,
                c.decided_on AS until, c.outcome AS class
             FROM license_case c JOIN license_organ o ON o.id = c.organ_id JOIN license_version v ON v.item_id = c.item_id AND v.no = c.item_version_no
             WHERE c.decided_on >= $1 AND c.decided_on <= $2 AND c.outcome IN ('granted', 'refused') ORDER BY c.no"
            .to_owned(),
        Source::Noted { code } => {
            values = vec![Value::Int(from.year().into()), Value::Text(code.clone())];
            "SELECT 'disclosure_decision_count' AS source, code AS key, '' AS unit, source AS words, '' AS since, '' AS until,
                CAST(value AS text) AS class
             FROM disclosure_decision_count WHERE year = $1 AND code = $2 ORDER BY code"
                .to_owned()
        }
    };
    let scoped = if sql.contains("{scope}") { sql.replace("{scope}", &scope.condition("u.id", values.len() + 1)) } else { sql.clone() };
    let values = if sql.contains("{scope}") { scope.bound(values) } else { values };
    select_texts(db, &scoped, &COLUMNS, &values)
}
