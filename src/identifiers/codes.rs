//! 统一社会信用代码 (GB 32100-2015) and 组织机构代码 (GB 11714-1997).

use super::{Fault, Verdict, straight, verdict};

/// The characters of GB 32100-2015; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORG_WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of the first 17 characters of a credit code.
/// 31 minus the remainder; a remainder of 0 gives 31, which is written `0` again.
pub fn uscc_character(body: &str) -> Option<char> {
    let values = body.bytes().map(|b| ALPHABET.iter().position(|known| *known == b)).collect::<Option<Vec<_>>>()?;
    if values.len() != 17 {
        return None;
    }
    let sum: usize = values.iter().zip(USCC_WEIGHTS).map(|(value, weight)| value * weight).sum();
    Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// Checks a credit code: length, alphabet, division digits, check character.
pub fn check_uscc(value: &str) -> Verdict {
    let code = straight(value);
    let fault = uscc_fault(&code);
    verdict(value, code, fault)
}

fn uscc_fault(code: &str) -> Option<Fault> {
    if let Some(character) = code.chars().find(|c| !c.is_ascii() || !ALPHABET.contains(&(*c as u8))) {
        return Some(Fault::Alphabet { character });
    }
    if code.len() != 18 {
        return Some(Fault::Length { expected: 18 });
    }
    if let Some(character) = code[2..8].chars().find(|c| !c.is_ascii_digit()) {
        return Some(Fault::Alphabet { character });
    }
    let expected = uscc_character(&code[..17])?;
    (!code.ends_with(expected)).then_some(Fault::CheckCharacter { expected })
}

/// The check character of the first 8 characters of an organisation code.
pub fn org_character(body: &str) -> Option<char> {
    let value = |b: u8| match b {
        b'0'..=b'9' => Some(usize::from(b - b'0')),
        b'A'..=b'Z' => Some(usize::from(b - b'A') + 10),
        _ => None,
    };
    let values = body.bytes().map(value).collect::<Option<Vec<_>>>()?;
    if values.len() != 8 {
        return None;
    }
    let sum: usize = values.iter().zip(ORG_WEIGHTS).map(|(value, weight)| value * weight).sum();
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    })
}

/// Checks an organisation code; the hyphen before the check character may be left out.
pub fn check_org(value: &str) -> Verdict {
    let typed = straight(value);
    let code = typed.replace('-', "");
    let hyphen_fits = typed == code || (typed.len() == 10 && typed.as_bytes()[8] == b'-');
    let fault = if let Some(character) = code.chars().find(|c| !c.is_ascii_digit() && !c.is_ascii_uppercase()) {
        Some(Fault::Alphabet { character })
    } else if code.len() != 9 {
        Some(Fault::Length { expected: 9 })
    } else if !hyphen_fits {
        Some(Fault::Alphabet { character: '-' })
    } else {
        org_character(&code[..8]).filter(|expected| !code.ends_with(*expected)).map(|expected| Fault::CheckCharacter { expected })
    };
    let normalised = if code.len() == 9 && code.is_ascii() { format!("{}-{}", &code[..8], &code[8..]) } else { code.clone() };
    let as_written = value == code || value == normalised;
    let fault = fault.or((!as_written).then_some(Fault::Typing));
    Verdict { normalised, fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body_with_remainder(remainder: usize) -> String {
        (0..31 * 31)
            .map(|n| format!("9112010000000000{}", char::from(ALPHABET[n % 31])).chars().take(15).collect::<String>() + &two(n))
            .find(|body| {
                let sum: usize =
                    body.bytes().zip(USCC_WEIGHTS).map(|(b, w)| ALPHABET.iter().position(|known| *known == b).unwrap() * w).sum();
                sum % 31 == remainder
            })
            .unwrap()
    }

    fn two(n: usize) -> String {
        [ALPHABET[n / 31], ALPHABET[n % 31]].iter().map(|b| char::from(*b)).collect()
    }

    #[test]
    fn t40_a_remainder_of_0_gives_0_and_of_1_gives_y() {
        let body = body_with_remainder(0);
        assert_eq!(uscc_character(&body), Some('0'));
        assert!(check_uscc(&format!("{body}0")).valid());
        let body = body_with_remainder(1);
        assert_eq!(uscc_character(&body), Some('Y'));
        assert!(check_uscc(&format!("{body}Y")).valid());
    }

    proptest! {
        #[test]
        fn one_wrong_character_never_passes(body in "91[0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{9}", at in 8usize..17, other in 0usize..31) {
            let code = format!("{body}{}", uscc_character(&body).unwrap());
            prop_assert!(check_uscc(&code).valid());
            let mut wrong = code.clone().into_bytes();
            wrong[at] = ALPHABET[other];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(check_uscc(&wrong).valid(), wrong == code);
        }

        #[test]
        fn no_text_makes_a_check_panic(text in "\\PC{0,24}") {
            check_uscc(&text);
            check_org(&text);
        }
    }
}
