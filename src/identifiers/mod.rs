//! Numbers that prove themselves: 统一社会信用代码, 组织机构代码, 公民身份号码, 行政区划代码.
//!
//! Each check says what is wrong with a value as it was written, and what it reads as once
//! the accidents of typing are taken away.

mod codes;
mod division;
mod resident;

use unicode_normalization::UnicodeNormalization;

pub use codes::{check_org, check_uscc, org_character, uscc_character};
pub use division::{Division, check_division, divisions};
pub use resident::{check_resident, mask_resident, masked_number, masked_text};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The value as it should have been typed.
    pub normalised: String,
    /// None when the value is right as written.
    pub fault: Option<Fault>,
}

impl Verdict {
    /// Whether the value is right as written.
    pub fn valid(&self) -> bool {
        self.fault.is_none()
    }

    /// Whether the value is right but for the accidents of typing.
    pub fn mendable(&self) -> bool {
        matches!(self.fault, None | Some(Fault::Typing))
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too many or too few characters; how many there should be.
    Length { expected: usize },
    /// A character the standard does not use.
    Alphabet { character: char },
    /// The check character is not what the others demand.
    CheckCharacter { expected: char },
    /// The birthday does not exist.
    Date,
    /// The birthday lies in the future.
    Future,
    /// No such division, now or then.
    Unknown,
    /// The division's code was withdrawn; its successor.
    Withdrawn { on: jiff::civil::Date, successor: Option<String> },
    /// The division did not exist yet.
    NotYet,
    /// Full width, lower case, blanks: right once put straight.
    Typing,
}

impl Fault {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Length { .. } => "length",
            Self::Alphabet { .. } => "alphabet",
            Self::CheckCharacter { .. } => "check-character",
            Self::Date => "date",
            Self::Future => "future",
            Self::Unknown => "unknown",
            Self::Withdrawn { .. } => "withdrawn",
            Self::NotYet => "not-yet",
            Self::Typing => "typing",
        }
    }

    /// What would be right, where that can be said.
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::Length { expected } => Some(expected.to_string()),
            Self::CheckCharacter { expected } => Some(expected.to_string()),
            Self::Withdrawn { successor, .. } => successor.clone(),
            _ => None,
        }
    }
}

/// NFKC, no blanks, upper case.
fn straight(value: &str) -> String {
    value.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')).collect::<String>().to_uppercase()
}

fn verdict(value: &str, normalised: String, fault: Option<Fault>) -> Verdict {
    let fault = fault.or_else(|| (value != normalised).then_some(Fault::Typing));
    Verdict { normalised, fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn t39_every_vector_is_judged_as_the_standards_judge_it() {
        let vectors = include_str!("../../tests/data/licence_validity_examples.csv");
        let today = date(2026, 11, 23);
        let mut n = 0;
        for row in csv::Reader::from_reader(vectors.as_bytes()).records() {
            let row = row.unwrap();
            let value = &row[1];
            let verdict = match &row[0] {
                "USCC" => check_uscc(value),
                "ORG" => check_org(value),
                "ID" => check_resident(value, today),
                "DIV" => check_division(value, today),
                other => panic!("{other}"),
            };
            assert_eq!(verdict.valid(), &row[2] == "valid", "{value}: {verdict:?}");
            n += 1;
        }
        assert_eq!(n, 26);
        assert!(check_uscc("11620500438360764u").mendable());
        assert!(check_uscc("１１１２０００００００１２５８０７４").mendable());
    }
}
