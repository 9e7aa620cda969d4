//! The monthly form (月报): per unit, 本期实际 and 本年累计.

use std::collections::BTreeMap;

/// The eight indicators of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// 制发.
    pub issued: i64,
    /// 主动公开.
    pub open: i64,
    /// 依申请公开.
    pub on_request: i64,
    /// 不予公开.
    pub withheld: i64,
    /// 未定属性.
    pub unassigned: i64,
    /// 收到申请.
    pub received: i64,
    /// 答复.
    pub answered: i64,
    /// 逾期.
    pub overdue: i64,
}

impl Figures {
    /// 制发 = 主动公开 + 依申请公开 + 不予公开 + 未定属性.
    pub fn holds(&self) -> bool {
        self.issued == self.open + self.on_request + self.withheld + self.unassigned
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            issued: self.issued + other.issued,
            open: self.open + other.open,
            on_request: self.on_request + other.on_request,
            withheld: self.withheld + other.withheld,
            unassigned: self.unassigned + other.unassigned,
            received: self.received + other.received,
            answered: self.answered + other.answered,
            overdue: self.overdue + other.overdue,
        }
    }
}

/// One unit's two columns of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Unit code and short name; none for the total (合计).
    pub unit: Option<(String, String)>,
    /// 本期实际.
    pub period: Figures,
    /// 本年累计.
    pub year: Figures,
}

/// The filled form and the identities that do not hold, by unit code ("" for the total).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monthly {
    pub blocks: Vec<Block>,
    pub broken: Vec<String>,
}

/// Fills the form. Units come in the order of `year`, which holds every unit of
/// `period` too; the total is the last block.
pub fn monthly(period: Vec<(String, String, Figures)>, year: Vec<(String, String, Figures)>) -> Monthly {
    let period: BTreeMap<String, Figures> = period.into_iter().map(|(code, _, figures)| (code, figures)).collect();
    let mut total = Block { unit: None, period: Figures::default(), year: Figures::default() };
    let mut blocks: Vec<Block> = Vec::new();
    for (code, name, year) in year {
        let period = period.get(&code).copied().unwrap_or_default();
        total.period = total.period.plus(&period);
        total.year = total.year.plus(&year);
        blocks.push(Block { unit: Some((code, name)), period, year });
    }
    blocks.push(total);
    let broken = blocks
        .iter()
        .filter(|block| !block.period.holds() || !block.year.holds())
        .map(|block| block.unit.as_ref().map_or_else(String::new, |(code, _)| code.clone()))
        .collect();
    Monthly { blocks, broken }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(issued: i64, open: i64, withheld: i64) -> Figures {
        Figures { issued, open, withheld, ..Figures::default() }
    }

    #[test]
    fn a_unit_without_a_row_this_month_still_shows_its_year() {
        let form = monthly(
            vec![("02".into(), "乙".into(), figures(3, 2, 1))],
            vec![("01".into(), "甲".into(), figures(5, 5, 0)), ("02".into(), "乙".into(), figures(9, 8, 1))],
        );
        assert_eq!(form.blocks.len(), 3);
        assert_eq!(form.blocks[0].period, Figures::default());
        assert_eq!(form.blocks[2].period.issued, 3);
        assert_eq!(form.blocks[2].year.issued, 14);
        assert!(form.broken.is_empty());
    }

    #[test]
    fn a_broken_identity_is_named_by_unit() {
        let form = monthly(vec![], vec![("01".into(), "甲".into(), figures(5, 4, 0))]);
        assert_eq!(form.broken, ["01", ""]);
    }
}
