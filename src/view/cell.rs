use jiff::civil::Date;

/// One value of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Not filled in: shown as nothing.
    #[default]
    Empty,
    /// Cannot be filled in here: shown as `/`, as official forms want it.
    NotApplicable,
    Text(String),
    Int(i64),
    Bool(bool),
    Date(Date),
    /// A share, shown with both its numbers: `1708 / 1913 = 89.3 %`.
    Rate {
        numerator: i64,
        denominator: i64,
        decimals: u8,
    },
    Json(serde_json::Value),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Cell::Text(text.clone())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Int(number)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Cell::Int(number.into())
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Cell::Int(number.into())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Cell::Bool(truth)
    }
}

impl From<Date> for Cell {
    fn from(day: Date) -> Self {
        Cell::Date(day)
    }
}

impl From<serde_json::Value> for Cell {
    fn from(value: serde_json::Value) -> Self {
        Cell::Json(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_an_empty_cell() {
        assert_eq!(Cell::from(None::<&str>), Cell::Empty);
        assert_eq!(Cell::from(Some(7)), Cell::Int(7));
    }

    #[test]
    fn a_number_too_large_stops_at_the_largest() {
        assert_eq!(Cell::from(u64::MAX), Cell::Int(i64::MAX));
    }
}
