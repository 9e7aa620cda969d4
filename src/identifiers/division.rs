//! 行政区划代码 (GB/T 2260): Tianjin's, with those withdrawn.

use jiff::civil::Date;

use super::{Fault, Verdict, straight, verdict};

/// Codes with the days they hold; the days of withdrawal are those of the State Council's
/// approvals as remembered, not read in the standard.
const DIVISIONS: &str = include_str!("../../sql/data/divisions.csv");

/// A division with the days its code is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    pub code: String,
    pub name: String,
    pub from: Date,
    /// Last day in force.
    pub to: Option<Date>,
    pub successor: Option<String>,
}

/// All divisions known.
pub fn divisions() -> Vec<Division> {
    csv::Reader::from_reader(DIVISIONS.as_bytes())
        .records()
        .filter_map(Result::ok)
        .filter_map(|row| {
            Some(Division {
                code: row.get(0)?.to_owned(),
                name: row.get(1)?.to_owned(),
                from: row.get(2)?.parse().ok()?,
                to: row.get(3)?.parse().ok(),
                successor: row.get(4).filter(|code| !code.is_empty()).map(str::to_owned),
            })
        })
        .collect()
}

/// Checks a division code on a day: a code withdrawn since is right for a day before.
pub fn check_division(value: &str, on: Date) -> Verdict {
    let code = straight(value);
    let fault = fault(&code, on);
    verdict(value, code, fault)
}

fn fault(code: &str, on: Date) -> Option<Fault> {
    if let Some(character) = code.chars().find(|c| !c.is_ascii_digit()) {
        return Some(Fault::Alphabet { character });
    }
    if code.len() != 6 {
        return Some(Fault::Length { expected: 6 });
    }
    let Some(found) = divisions().into_iter().find(|division| division.code == code) else { return Some(Fault::Unknown) };
    match found.to {
        Some(to) if on > to => Some(Fault::Withdrawn { on: to, successor: found.successor }),
        _ if on < found.from => Some(Fault::NotYet),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn t42_a_withdrawn_code_is_right_as_of_a_day_before() {
        assert_eq!(check_division("120107", date(2026, 11, 23)).fault.unwrap().expected().as_deref(), Some("120116"));
        assert!(check_division("120107", date(2005, 1, 1)).valid());
        assert_eq!(check_division("120116", date(2005, 1, 1)).fault, Some(Fault::NotYet));
    }

    #[test]
    fn every_line_is_a_division() {
        assert_eq!(divisions().len(), DIVISIONS.lines().count() - 1);
    }
}
