//! Figures of government-information disclosure (政府信息公开), counted by the engine.

use jiff::civil::Date;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, select_texts};
use super::types::Day;

/// Counts of one unit in one stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFigures {
    pub unit: String,
    pub short_name: String,
    /// 制发: information made and documents issued.
    pub issued: i64,
    /// 主动公开.
    pub open: i64,
    /// 依申请公开.
    pub on_request: i64,
    /// 不予公开.
    pub withheld: i64,
    /// 尚未定属性: issued without an attribute.
    pub unassigned: i64,
    /// 收到申请.
    pub received: i64,
    /// 已答复.
    pub answered: i64,
    /// 逾期: the last day passed without an answer.
    pub overdue: i64,
}

/// Information made in the period, each piece once: the disclosure register, and
/// issued documents (公文) that have not reached it.
const MADE: &str = "
    SELECT publisher_unit_id AS unit_id, attribute, status, formed_on FROM disclosure_item
    UNION ALL
    SELECT d.unit_id, d.disclose_attr, 'pending', d.issued_on FROM document d
    WHERE d.direction = 'out' AND d.issued_on IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM disclosure_item i WHERE i.document_id = d.id)";

/// Counts every unit that has anything to count from `from` to `to`, by unit order.
/// What is overdue is judged on `today`.
///
/// # Errors
/// The engine's.
pub fn by_unit(db: &mut Db, from: Date, to: Date, today: Date) -> DbResult<Vec<UnitFigures>> {
    let sql = format!(
        "SELECT u.code, u.short_name,
            COALESCE(m.issued, 0) AS issued, COALESCE(m.open, 0) AS open, COALESCE(m.on_request, 0) AS on_request,
            COALESCE(m.withheld, 0) AS withheld, COALESCE(m.unassigned, 0) AS unassigned,
            COALESCE(r.received, 0) AS received, COALESCE(r.answered, 0) AS answered, COALESCE(r.overdue, 0) AS overdue
         FROM unit u
         LEFT JOIN (SELECT unit_id, COUNT(*) AS issued,
                SUM(CASE WHEN attribute = 'active' THEN 1 ELSE 0 END) AS open,
                SUM(CASE WHEN attribute = 'on_request' THEN 1 ELSE 0 END) AS on_request,
                SUM(CASE WHEN attribute = 'none' THEN 1 ELSE 0 END) AS withheld,
                SUM(CASE WHEN attribute IS NULL THEN 1 ELSE 0 END) AS unassigned
            FROM ({MADE}) AS made WHERE formed_on >= $1 AND formed_on <= $2 GROUP BY unit_id) AS m ON m.unit_id = u.id
         LEFT JOIN (SELECT unit_id,
                SUM(CASE WHEN received_on >= $1 AND received_on <= $2 THEN 1 ELSE 0 END) AS received,
                SUM(CASE WHEN replied_on >= $1 AND replied_on <= $2 THEN 1 ELSE 0 END) AS answered,
                SUM(CASE WHEN COALESCE(extended_due_on, due_on) >= $1 AND COALESCE(extended_due_on, due_on) <= $2
                          AND COALESCE(extended_due_on, due_on) < $3
                          AND (replied_on IS NULL OR replied_on > COALESCE(extended_due_on, due_on))
                          AND (closed_on IS NULL OR closed_on > COALESCE(extended_due_on, due_on)) THEN 1 ELSE 0 END) AS overdue
            FROM disclosure_request GROUP BY unit_id) AS r ON r.unit_id = u.id
         WHERE COALESCE(m.issued, 0) + COALESCE(r.received, 0) + COALESCE(r.answered, 0) + COALESCE(r.overdue, 0) > 0
         ORDER BY u.level, u.sort_no, u.code"
    );
    let columns = ["code", "short_name", "issued", "open", "on_request", "withheld", "unassigned", "received", "answered", "overdue"];
    let values = [Value::Day(Day(from)), Value::Day(Day(to)), Value::Day(Day(today))];
    let rows = select_texts(db, &sql, &columns, &values)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let figure = |at: usize| row[at].parse().unwrap_or(0);
            UnitFigures {
                unit: row[0].clone(),
                short_name: row[1].clone(),
                issued: figure(2),
                open: figure(3),
                on_request: figure(4),
                withheld: figure(5),
                unassigned: figure(6),
                received: figure(7),
                answered: figure(8),
                overdue: figure(9),
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
