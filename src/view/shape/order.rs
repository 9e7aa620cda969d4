//! What comes before what: empty cells first, then each kind by its own order.

use std::cmp::Ordering;

use serde_json::Value;

use crate::view::Cell;

/// Compares two cells, also of different kinds, so that every column can be sorted.
pub(super) fn of(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Rate { .. }, Cell::Rate { .. }) => rates(a, b),
        (Cell::Json(Value::Number(a)), Cell::Json(Value::Number(b))) => {
            let [a, b] = [a, b].map(|number| number.as_f64().unwrap_or(f64::NAN));
            a.total_cmp(&b)
        }
        (Cell::Json(Value::String(a)), Cell::Json(Value::String(b))) => a.cmp(b),
        (Cell::Json(a), Cell::Json(b)) if rank_json(a) == rank_json(b) => a.to_string().cmp(&b.to_string()),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(cell: &Cell) -> u8 {
    match cell {
        Cell::Empty => 0,
        Cell::NotApplicable => 1,
        Cell::Bool(_) => 2,
        Cell::Int(_) => 3,
        Cell::Date(_) => 4,
        Cell::Rate { .. } => 5,
        Cell::Text(_) => 6,
        Cell::Json(value) => 7 + rank_json(value),
    }
}

fn rank_json(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        _ => 3,
    }
}

/// Compares shares by multiplying crosswise; one without a whole comes first.
fn rates(a: &Cell, b: &Cell) -> Ordering {
    let ((a, a_whole), (b, b_whole)) = (fraction(a), fraction(b));
    match (a_whole, b_whole) {
        (0, _) | (_, 0) => a_whole.signum().cmp(&b_whole.signum()),
        _ => (a * b_whole).cmp(&(b * a_whole)),
    }
}

/// Gives numerator and denominator, the sign on the numerator.
fn fraction(cell: &Cell) -> (i128, i128) {
    match cell {
        Cell::Rate { numerator, denominator, .. } => {
            let (numerator, denominator) = (i128::from(*numerator), i128::from(*denominator));
            (numerator * denominator.signum(), denominator.abs())
        }
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn rate(numerator: i64, denominator: i64) -> Cell {
        Cell::Rate { numerator, denominator, decimals: 1 }
    }

    /// Holds every pair against its place, so that no sort can be given a circle.
    #[test]
    fn all_kinds_of_cells_stand_in_one_order() {
        let sorted: Vec<Cell> = vec![
            Cell::Empty,
            Cell::NotApplicable,
            false.into(),
            true.into(),
            i64::MIN.into(),
            9.into(),
            10.into(),
            date(1999, 12, 31).into(),
            date(2024, 1, 1).into(),
            rate(0, 0),
            rate(-1, 3),
            rate(1, -4),
            rate(1, 3),
            rate(1, 2),
            rate(i64::MAX, 1),
            "".into(),
            "10".into(),
            "9".into(),
            "Z".into(),
            "a".into(),
            "水".into(),
            json!(null).into(),
            json!(9.5).into(),
            json!(10).into(),
            json!("10").into(),
            json!("9").into(),
            json!([1]).into(),
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(of(a, b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn equal_shares_of_different_wholes_are_equal() {
        assert_eq!(of(&rate(1, 2), &rate(2, 4)), Ordering::Equal);
        assert_eq!(of(&rate(3, 0), &rate(5, 0)), Ordering::Equal);
    }
}
