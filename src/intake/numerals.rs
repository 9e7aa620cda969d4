//! Chinese numerals as lists and reports write them.

/// The number that 十二, 一百零五, 两千 or 一万三千 is; none for what is no numeral, and for more than 千万.
pub fn chinese_number(text: &str) -> Option<i64> {
    let digit = |c: char| "零一二三四五六七八九".chars().position(|one| one == c).or((c == '两').then_some(2)).or((c == '〇').then_some(0));
    let (mut whole, mut section, mut pending) = (0_i64, 0_i64, None::<i64>);
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            '万' => {
                whole = (section + pending.take().unwrap_or(0)).checked_mul(10_000)?;
                section = 0;
                continue;
            }
            // Digits alone (一二三) are a number written place by place.
            _ => {
                let one = i64::try_from(digit(c)?).ok()?;
                pending = Some(pending.unwrap_or(0).checked_mul(10)?.checked_add(one)?);
                continue;
            }
        };
        section = section.checked_add(pending.take().map_or(1, |n| n.max(1)).checked_mul(unit)?)?;
    }
    (!text.is_empty()).then(|| whole + section + pending.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_read_as_they_are_said() {
        for (text, n) in [
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("四十五", 45),
            ("一百零五", 105),
            ("两千", 2000),
            ("一万三千", 13_000),
            ("二〇二四", 2024),
        ] {
            assert_eq!(chinese_number(text), Some(n), "{text}");
        }
        assert_eq!(chinese_number(""), None);
        assert_eq!(chinese_number("十日"), None);
    }
}
