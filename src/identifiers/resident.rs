//! 公民身份号码 (GB 11643-1999), and keeping it out of sight.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{Fault, Verdict, straight, verdict};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHARACTERS: &[u8; 11] = b"10X98765432";

/// Checks a resident number: length, digits, birthday, check character.
/// The old form of 15 digits has no check character; it is refused for its length.
pub fn check_resident(value: &str, today: Date) -> Verdict {
    let number = straight(value);
    let fault = fault(&number, today);
    verdict(value, number, fault)
}

fn fault(number: &str, today: Date) -> Option<Fault> {
    let body: String = number.chars().take(17).collect();
    if let Some(character) = body.chars().find(|c| !c.is_ascii_digit()) {
        return Some(Fault::Alphabet { character });
    }
    if number.chars().count() != 18 {
        return Some(Fault::Length { expected: 18 });
    }
    let last = number.chars().last()?;
    if !last.is_ascii_digit() && last != 'X' {
        return Some(Fault::Alphabet { character: last });
    }
    let part = |range: std::ops::Range<usize>| body[range].parse::<i16>().ok();
    let (year, month, day) = (part(6..10)?, part(10..12)?, part(12..14)?);
    let Ok(born) = Date::new(year, month as i8, day as i8) else { return Some(Fault::Date) };
    if born > today {
        return Some(Fault::Future);
    }
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let expected = char::from(CHARACTERS[(sum % 11) as usize]);
    (last != expected).then_some(Fault::CheckCharacter { expected })
}

/// A resident number with the birthday and more hidden: `110105********002X`.
pub fn mask_resident(number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    if letters.len() < 8 {
        return "*".repeat(letters.len());
    }
    let shown_at_end = 4;
    letters
        .iter()
        .enumerate()
        .map(|(at, c)| if at < 6.min(letters.len() - 4) || at >= letters.len() - shown_at_end { *c } else { '*' })
        .collect()
}

/// A text with every resident number in it masked: 18 characters that look like one, whether
/// or not the check character is right, and the old 15 digits.
pub fn masked_text(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().scan(0, |run, b| {
        *run = if b.is_ascii_digit() { *run + 1 } else { 0 };
        Some(*run)
    });
    if digits.max().unwrap_or(0) < 15 {
        return Cow::Borrowed(text);
    }
    let letters: Vec<char> = text.chars().collect();
    let mut hidden = letters.clone();
    let mut at = 0;
    let mut found = false;
    while at < letters.len() {
        let run = letters[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if run == 0 {
            at += 1;
            continue;
        }
        let x = letters.get(at + run).is_some_and(|c| matches!(c, 'x' | 'X'));
        let after = letters.get(at + run + usize::from(x)).is_some_and(char::is_ascii_alphanumeric);
        let before = at > 0 && letters[at - 1].is_ascii_alphanumeric();
        let long = run == 18 || (run == 17 && x) || run == 15;
        let dated = match run {
            17.. => plausible_birth(&letters[at + 6..at + 14]),
            15 => plausible_birth(&['1', '9'].iter().chain(&letters[at + 6..at + 12]).copied().collect::<Vec<_>>()),
            _ => false,
        };
        let whole = run + usize::from(x && run == 17);
        if long && dated && !before && !after {
            found = true;
            hidden[at + 6..at + whole - 4].fill('*');
        }
        at += whole;
    }
    if found { Cow::Owned(hidden.into_iter().collect()) } else { Cow::Borrowed(text) }
}

fn plausible_birth(digits: &[char]) -> bool {
    let text: String = digits.iter().collect();
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    (1800..=2200).contains(&number(0..4)) && (1..=12).contains(&number(4..6)) && (1..=31).contains(&number(6..8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn with_check(body: &str) -> String {
        let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        format!("{body}{}", char::from(CHARACTERS[(sum % 11) as usize]))
    }

    #[test]
    fn t41_29_february_of_1900_is_no_day_and_of_2000_is_one() {
        let today = date(2026, 11, 23);
        assert_eq!(check_resident(&with_check("12010119000229001"), today).fault, Some(Fault::Date));
        assert!(check_resident(&with_check("12010120000229001"), today).valid());
    }

    #[test]
    fn a_birthday_in_the_future_is_refused() {
        assert_eq!(check_resident(&with_check("12010120270101001"), date(2026, 11, 23)).fault, Some(Fault::Future));
    }

    #[test]
    fn a_small_x_is_accepted_but_for_its_typing() {
        let verdict = check_resident("11010519491231002x", date(2026, 11, 23));
        assert_eq!(verdict.fault, Some(Fault::Typing));
        assert_eq!(verdict.normalised, "11010519491231002X");
    }

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        assert_eq!(mask_resident("11010519491231002X"), "110105********002X");
        assert_eq!(masked_text("申请人11010519491231002X，电话13800000000"), "申请人110105********002X，电话13800000000");
        assert_eq!(masked_text("水法第七条，111200000001258074"), "水法第七条，111200000001258074");
        assert_eq!(masked_text("000119013000"), "000119013000");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_mask_panic(text in "[0-9Xx甲 ]{0,60}") {
            masked_text(&text);
            mask_resident(&text);
            check_resident(&text, date(2026, 1, 1));
        }
    }
}
