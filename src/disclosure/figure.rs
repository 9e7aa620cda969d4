//! Figures as forms have them: a number, a blank, or not applicable; a blank is never silently 0.

use std::fmt;

/// An exact decimal with four places: counts, and amounts in 万元.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

const ONE: i64 = 10_000;

impl Amount {
    /// A whole number.
    pub fn whole(n: i64) -> Self {
        Self(n.saturating_mul(ONE))
    }

    /// The whole number it is, if it is one.
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    /// Whether it is below nothing.
    pub fn negative(self) -> bool {
        self.0 < 0
    }

    /// Reads `1,234.5`, full-width digits too; more than four places are no figure of a form.
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '，' | '\u{200b}' | '\u{feff}'))
            .map(|c| match c {
                '０'..='９' => char::from(b'0' + u8::try_from(c as u32 - '０' as u32).unwrap_or(0)),
                '．' => '.',
                '－' | '−' => '-',
                other => other,
            })
            .collect();
        let (sign, digits) = plain.strip_prefix('-').map_or((1, plain.as_str()), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let fine = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 12 || !fine(whole) || !fine(part) || part.trim_end_matches('0').len() > 4 {
            return None;
        }
        let part = format!("{:0<4}", part.chars().take(4).collect::<String>());
        Some(Self(sign * (whole.parse::<i64>().ok()? * ONE + part.parse::<i64>().ok()?)))
    }
}

impl std::ops::Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, all) = if self.0 < 0 { ("-", self.0.unsigned_abs()) } else { ("", self.0.unsigned_abs()) };
        let (whole, part) = (all / ONE.unsigned_abs(), all % ONE.unsigned_abs());
        if part == 0 {
            return write!(out, "{sign}{whole}");
        }
        let part = format!("{part:04}");
        write!(out, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

/// One cell of a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Figure {
    #[default]
    Blank,
    /// `/` or `—`.
    NotApplicable,
    Number(Amount),
}

impl Figure {
    /// A count.
    pub fn count(n: i64) -> Self {
        Self::Number(Amount::whole(n))
    }

    /// The number, where there is one.
    pub fn number(self) -> Option<Amount> {
        match self {
            Self::Number(amount) => Some(amount),
            Self::Blank | Self::NotApplicable => None,
        }
    }

    /// Reads a cell as published; None for words.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{a0}' | '\u{200b}' | '\u{feff}' | '\u{3000}'));
        match text {
            "" => Some(Self::Blank),
            "/" | "／" | "—" | "——" | "-" | "－" | "\\" => Some(Self::NotApplicable),
            _ => Amount::read(text).map(Self::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_published_and_written_exactly() {
        for (text, expected) in
            [("0", "0"), ("59237.2449", "59237.2449"), ("7,730.28", "7730.28"), ("３５．６５", "35.65"), ("-2", "-2"), (" 12 ", "12")]
        {
            assert_eq!(Figure::read(text).and_then(Figure::number).map(|n| n.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(Figure::read("\u{3000}"), Some(Figure::Blank));
        assert_eq!(Figure::read("/"), Some(Figure::NotApplicable));
        for text in ["三", "12件", "1.23456", "1.2.3"] {
            assert_eq!(Figure::read(text), None, "{text}");
        }
    }
}
