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
    // What is shorter than a number is none, a passport's perhaps: two letters say which sort.
    let (shown, shown_at_end) = if letters.len() < 15 { (2, 0) } else { (6, 4) };
    letters.iter().enumerate().map(|(at, c)| if at < shown || at >= letters.len() - shown_at_end { *c } else { '*' }).collect()
}

/// A text with every resident number in it masked: 18 characters that look like one, whether
/// or not the check character is right, and the old 15 digits; full-width digits, and digits
/// set in groups by blanks or hyphens, too.
pub fn masked_text(text: &str) -> Cow<'_, str> {
    let digits = text.chars().filter(|c| digit(*c).is_some()).take(15).count();
    if digits < 15 {
        return Cow::Borrowed(text);
    }
    let letters: Vec<char> = text.chars().collect();
    let mut hidden = letters.clone();
    let mut at = 0;
    let mut found = false;
    while at < letters.len() {
        if digit(letters[at]).is_none() {
            at += 1;
            continue;
        }
        if let Some(end) = end_of_digest(&letters, at) {
            at = end;
            continue;
        }
        // Places of the digits of one number, groups of it parted by single blanks or hyphens.
        let (whole, end) = number_at(&letters, at, true);
        let (solid, solid_end) = number_at(&letters, at, false);
        // A run without gaps that is one goes before a longer one with gaps.
        let (places, next) =
            if looks_like_one(&letters, &solid) || !looks_like_one(&letters, &whole) { (solid, solid_end) } else { (whole, end) };
        if looks_like_one(&letters, &places) {
            found = true;
            for place in &places[6..places.len() - 4] {
                hidden[*place] = '*';
            }
        }
        at = next;
    }
    if found { Cow::Owned(hidden.into_iter().collect()) } else { Cow::Borrowed(text) }
}

/// Where the digest ends that the letter at `at` belongs to: forty and more hexadecimal letters in a row, as SHA-1 and its
/// kin are written. What looks like a number in it is none, and hidden it would prove nothing.
fn end_of_digest(letters: &[char], at: usize) -> Option<usize> {
    let hexadecimal = |c: &&char| matches!(c, '0'..='9' | 'a'..='f');
    let begin = at - letters[..at].iter().rev().take_while(hexadecimal).count();
    let end = at + letters[at..].iter().take_while(hexadecimal).count();
    (end - begin >= 40 && letters[begin..end].iter().any(char::is_ascii_lowercase)).then_some(end)
}

/// Whether a text holds a resident number that was masked before it came: `110105********002X`.
pub fn masked_number(text: &str) -> bool {
    // Nearly no text has an asterisk, and each cell of every list is asked.
    if !text.contains('*') {
        return false;
    }
    let letters: Vec<char> = text.chars().collect();
    letters.windows(18).any(|window| {
        window[..6].iter().all(char::is_ascii_digit)
            && window[6..14].iter().all(|c| *c == '*')
            && window[14..17].iter().all(char::is_ascii_digit)
            && (window[17].is_ascii_digit() || matches!(window[17], 'x' | 'X'))
    })
}

fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// The places of the digits, and of an X at their end, of the number that begins here; and the place behind it.
fn number_at(letters: &[char], from: usize, gaps: bool) -> (Vec<usize>, usize) {
    let mut places = Vec::new();
    let mut at = from;
    while at < letters.len() {
        if digit(letters[at]).is_some() || (places.len() == 17 && matches!(letters[at], 'x' | 'X' | 'ｘ' | 'Ｘ')) {
            places.push(at);
        } else {
            let goes_on = letters.get(at + 1).is_some_and(|c| digit(*c).is_some() || (places.len() == 17 && matches!(c, 'x' | 'X')));
            if !(gaps && matches!(letters[at], ' ' | '-' | '\u{3000}') && goes_on) {
                break;
            }
        }
        at += 1;
    }
    (places, at.max(from + 1))
}

fn looks_like_one(letters: &[char], places: &[usize]) -> bool {
    let plain: Vec<char> = places.iter().map(|at| digit(letters[*at]).and_then(|n| char::from_digit(n, 10)).unwrap_or('X')).collect();
    match plain.len() {
        18 => plausible_birth(&plain[6..14]),
        15 => plausible_birth(&['1', '9'].iter().chain(&plain[6..12]).copied().collect::<Vec<_>>()),
        _ => false,
    }
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
        let digest = format!("8d91a2{}540565194912311234a6", "0123456789abcdef0123456789abcdef");
        assert_eq!(masked_text(&digest), digest);
        assert_eq!(masked_text("id11010519491231002Xabc"), "id110105********002Xabc");
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
