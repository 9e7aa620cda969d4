//! Time limits as lists write them (M7 and license.md 0.5): `20`, `20日`, `20个工作日`, `即办`, `无` …

use unicode_normalization::UnicodeNormalization;

use crate::intake::chinese_number;

/// A time limit (时限).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub n: Option<i64>,
    pub unit: LimitUnit,
    /// As it was written.
    pub text: String,
    /// The unit was not written, or is read by a rule: worth a look.
    pub doubtful: bool,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitUnit {
    /// 工作日; 日 in licensing too (行政许可法 Art. 82).
    WorkingDay,
    /// 自然日.
    NaturalDay,
    Hour,
    /// 即办, 当场办结.
    Immediate,
    /// 无: no limit.
    None,
    Unknown,
}

impl LimitUnit {
    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::WorkingDay, Self::NaturalDay, Self::Hour, Self::Immediate, Self::None, Self::Unknown]
            .into_iter()
            .find(|unit| unit.word() == word)
    }

    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::WorkingDay => "working_day",
            Self::NaturalDay => "natural_day",
            Self::Hour => "hour",
            Self::Immediate => "immediate",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a cell is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitFault {
    TwoValues,
    Unreadable,
}

impl LimitFault {
    /// The rule's word.
    pub fn rule(self) -> &'static str {
        match self {
            Self::TwoValues => "limit-two-values",
            Self::Unreadable => "limit-unreadable",
        }
    }
}

/// Reads a limit; a blank cell is no limit at all.
///
/// # Errors
/// Two numbers that are two limits, or a text without any.
pub fn read(cell: &str) -> Result<Option<Limit>, LimitFault> {
    let text = crate::intake::trimmed(cell);
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(n) = working_days(text) {
        return Ok(Some(Limit { n: Some(n), unit: LimitUnit::WorkingDay, text: text.to_owned(), doubtful: false }));
    }
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    // What stands in brackets explains, it does not limit: 20个工作日(不含不计时环节).
    let bare = plain.split(['(', '（']).next().unwrap_or_default();
    let limit = |n, unit, doubtful| Ok(Some(Limit { n, unit, text: text.to_owned(), doubtful }));
    if bare.is_empty() || bare.chars().all(|c| matches!(c, '/' | '-' | '—')) {
        return Ok(None);
    }
    if bare == "无" || bare.contains("不限") || bare.contains("无时限") {
        return limit(None, LimitUnit::None, false);
    }
    if ["即办", "即时", "当场", "立即", "马上办"].iter().any(|word| bare.contains(word)) {
        // At once, or within so many days: a limit is one of them.
        if bare.bytes().any(|b| b.is_ascii_digit()) {
            return Err(LimitFault::TwoValues);
        }
        return limit(None, LimitUnit::Immediate, false);
    }
    // 一般、一次、统一 are words, no numbers.
    let counted =
        ["一般", "一次", "一旦", "一并", "统一", "唯一"].iter().fold(bare.to_owned(), |text, word| text.replace(word, &"＊".repeat(2)));
    let numbers = numbers(&counted);
    let Some((n, after)) = numbers.first().copied() else { return Err(LimitFault::Unreadable) };
    if numbers.len() > 1 {
        return Err(LimitFault::TwoValues);
    }
    let unit_text = counted[after..].trim_start_matches('个');
    match unit_text {
        "" => limit(Some(n), LimitUnit::WorkingDay, true),
        _ if unit_text.starts_with("工作日") => limit(Some(n), LimitUnit::WorkingDay, false),
        _ if unit_text.starts_with("自然日") || unit_text.starts_with("日历日") => limit(Some(n), LimitUnit::NaturalDay, false),
        _ if unit_text.starts_with('日') || unit_text.starts_with('天') => limit(Some(n), LimitUnit::WorkingDay, true),
        _ if unit_text.starts_with("小时") => limit(Some(n), LimitUnit::Hour, false),
        _ => limit(Some(n), LimitUnit::Unknown, true),
    }
}

/// `20个工作日`, as nearly every cell of a good list has it: the number, without looking further.
fn working_days(text: &str) -> Option<i64> {
    let number = text.strip_suffix("工作日")?;
    let number = number.strip_suffix('个').unwrap_or(number);
    number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())?
}

/// Numbers with the place behind each, Arabic or Chinese.
fn numbers(text: &str) -> Vec<(i64, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let chinese: String = rest.chars().take_while(|c| "〇零一二两三四五六七八九十百千万".contains(*c)).collect();
        if let Ok(n) = digits.parse() {
            at += digits.len();
            found.push((n, at));
        } else if let Some(n) = chinese_number(&chinese) {
            at += chinese.len();
            found.push((n, at));
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_lists_write_them() {
        use LimitUnit::{Hour, Immediate, NaturalDay, Unknown, WorkingDay};
        let cases = [
            ("20", Some(20), WorkingDay, true),
            ("20日", Some(20), WorkingDay, true),
            ("20个工作日", Some(20), WorkingDay, false),
            ("２０ 个工作日(不含不计时环节)", Some(20), WorkingDay, false),
            ("二十个工作日", Some(20), WorkingDay, false),
            ("四十五日", Some(45), WorkingDay, true),
            ("30自然日", Some(30), NaturalDay, false),
            ("24小时", Some(24), Hour, false),
            ("即办", None, Immediate, false),
            ("当场办结", None, Immediate, false),
            ("无", None, LimitUnit::None, false),
            ("1年", Some(1), Unknown, true),
        ];
        for (text, n, unit, doubtful) in cases {
            let limit = read(text).unwrap().unwrap();
            assert_eq!((limit.n, limit.unit, limit.doubtful), (n, unit, doubtful), "{text}");
        }
        assert_eq!(read("  "), Ok(None));
        assert_eq!(read("/"), Ok(None));
    }

    #[test]
    fn two_limits_in_one_cell_are_a_fault() {
        assert_eq!(read("法定20个工作日，承诺10个工作日"), Err(LimitFault::TwoValues));
        assert_eq!(read("按规定"), Err(LimitFault::Unreadable));
    }
}
