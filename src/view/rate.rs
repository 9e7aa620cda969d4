//! Percentages by whole numbers: a float would turn some halves the wrong way.

/// The digits behind the point are capped so that the arithmetic cannot overflow.
const MOST_DECIMALS: u8 = 15;

/// Writes a share in per cent, halves rounded away from zero; nothing when there is no whole.
pub(super) fn percent(numerator: i64, denominator: i64, decimals: u8) -> Option<String> {
    if denominator == 0 {
        return None;
    }
    let decimals = usize::from(decimals.min(MOST_DECIMALS));
    let whole = i128::from(denominator).abs();
    let scaled = i128::from(numerator).abs() * 100 * 10_i128.pow(decimals as u32);
    let rounded = (2 * scaled + whole) / (2 * whole);

    let negative = (numerator < 0) != (denominator < 0) && rounded != 0;
    let sign = if negative { "-" } else { "" };
    let digits = format!("{rounded:0>width$}", width = decimals + 1);
    let (units, fraction) = digits.split_at(digits.len() - decimals);
    Some(match fraction {
        "" => format!("{sign}{units}"),
        fraction => format!("{sign}{units}.{fraction}"),
    })
}

/// Writes a share for people: `1708 / 1913 = 89.3 %`.
pub(super) fn sentence(numerator: i64, denominator: i64, decimals: u8, ascii: bool) -> String {
    match percent(numerator, denominator, decimals) {
        Some(percent) => format!("{numerator} / {denominator} = {percent} %"),
        None if ascii => format!("{numerator} / {denominator} = -"),
        None => format!("{numerator} / {denominator} = –"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(numerator: i64, denominator: i64, decimals: u8, expected: &str) {
        assert_eq!(percent(numerator, denominator, decimals).as_deref(), Some(expected));
    }

    #[test]
    fn halves_are_rounded_up() {
        is(1708, 1913, 1, "89.3");
        is(673, 707, 2, "95.19");
        is(1, 8, 1, "12.5");
        is(1, 8, 0, "13");
        is(1, 1000, 0, "0");
        is(5, 1000, 0, "1");
        is(2, 3, 3, "66.667");
    }

    #[test]
    fn the_point_keeps_its_zeros() {
        is(1, 2000, 2, "0.05");
        is(0, 7, 1, "0.0");
        is(7, 7, 2, "100.00");
    }

    #[test]
    fn a_fall_has_one_sign_and_zero_has_none() {
        is(-1, 8, 1, "-12.5");
        is(1, -8, 1, "-12.5");
        is(-1, 100_000, 1, "0.0");
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        is(i64::MIN, 1, 0, "-922337203685477580800");
        assert!(percent(i64::MAX, 1, u8::MAX).is_some());
    }

    #[test]
    fn nothing_of_nothing_has_no_share() {
        assert_eq!(percent(0, 0, 1), None);
        assert_eq!(sentence(0, 0, 1, false), "0 / 0 = –");
        assert_eq!(sentence(0, 0, 1, true), "0 / 0 = -");
        assert_eq!(sentence(1708, 1913, 1, false), "1708 / 1913 = 89.3 %");
    }
}
