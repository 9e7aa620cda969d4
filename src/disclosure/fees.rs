//! 信息处理费 (《政府信息公开信息处理费管理办法》 国办函〔2020〕109号, in force 2021-01-01): one
//! scheme per application, never both; each band its own rate. Not to be taken for 行政事业性收费.

/// How an application is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// 按件计收: items of the same applicant in the same calendar month.
    Item,
    /// 按量计收: pages of the same application, a page being one side up to A4.
    Page,
}

impl Scheme {
    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Page => "page",
        }
    }
}

/// One line of the slip: so many at this rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// First and last of the band that is charged, counted from 1.
    pub from: u64,
    pub to: u64,
    /// Yuan for each.
    pub rate: u64,
}

impl Band {
    /// Yuan for the whole band.
    pub fn yuan(&self) -> u64 {
        (self.to - self.from + 1) * self.rate
    }
}

/// The bands that `n` more items or pages fall into, after `before` of the same month (items
/// only). The free band is among them, at 0 yuan.
pub fn bands(scheme: Scheme, before: u64, n: u64) -> Vec<Band> {
    let (first, last) = (before + 1, before + n);
    let mut found = Vec::new();
    let mut from = 1;
    while from <= last {
        let (to, rate) = match scheme {
            Scheme::Item => match from {
                1 => (10, 0),
                11 => (30, 100),
                // From 31 on, bands of ten, each 100 yuan dearer.
                _ => (from + 9, (from - 31) / 10 * 100 + 200),
            },
            Scheme::Page => match from {
                1 => (30, 0),
                31 => (100, 10),
                101 => (200, 20),
                _ => (u64::MAX, 40),
            },
        };
        if to >= first {
            found.push(Band { from: from.max(first), to: to.min(last), rate });
        }
        if to == u64::MAX {
            break;
        }
        from = to + 1;
    }
    found
}

/// Yuan to pay.
pub fn fee(scheme: Scheme, before: u64, n: u64) -> u64 {
    bands(scheme, before, n).iter().map(Band::yuan).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_fees_are_right() {
        let mut n = 0;
        for row in csv::Reader::from_reader(include_str!("../../tests/data/disclosure_fee_cases.csv").as_bytes()).records() {
            let row = row.unwrap();
            let scheme = if &row[0] == "按件" { Scheme::Item } else { Scheme::Page };
            let count: u64 = row[1].parse().unwrap();
            assert_eq!(fee(scheme, 0, count), row[3].parse::<u64>().unwrap(), "{row:?}");
            if let (Scheme::Item, Ok(last)) = (scheme, row[2].parse::<u64>()) {
                assert_eq!(fee(scheme, count - 1, 1), last, "{row:?}");
            }
            n += 1;
        }
        assert_eq!(n, 30);
    }

    #[test]
    fn items_of_the_month_before_move_the_bands() {
        assert_eq!(bands(Scheme::Item, 8, 4), [Band { from: 9, to: 10, rate: 0 }, Band { from: 11, to: 12, rate: 100 }]);
        assert_eq!(fee(Scheme::Item, 8, 4) + fee(Scheme::Item, 0, 8), fee(Scheme::Item, 0, 12));
        assert_eq!(fee(Scheme::Item, 0, 0), 0);
    }
}
