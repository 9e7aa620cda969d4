use anyhow::Result;

use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::db::disclosures;
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::{Column, Report};

/// Print a monthly register: what is on the website, or what is withheld and why
///
/// Columns are those of 门户网站公开信息登记表 and 不予公开政府信息登记表. The first goes by the
/// day of publication, the second by the day withholding was decided.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which register
    #[arg(value_parser = ["open", "withheld"])]
    which: String,
    /// 2026-10, 2026-Q3, 2026-H1 or 2026
    period: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.period).ok_or_else(|| {
        Failure::new("usage.period", Exit::Usage, say!("usage-period", value = args.period.clone())).hint(say!("usage-period-hint"))
    })?;
    let open = args.which == "open";
    // What is handed in is Chinese whatever the operator's language.
    let last = if open { ("attribute", "公开属性") } else { ("reason", "不予公开的理由") };
    let titles =
        [("no", "序号"), ("index_no", "信息编号"), ("title", "信息名称"), ("summary", "内容描述"), ("formed_on", "生成时间"), last];
    let title = if open { "门户网站公开信息登记表" } else { "不予公开政府信息登记表" };
    let mut report = Report::new("disclosure.register", titles.into_iter().map(|(key, title)| Column::left(key, title)).collect())
        .with_title(format!("{title}（{}）", period.name))
        .with_summary("period", period.name.as_str());
    report.key = 1;
    let (from, to) = (period.from.into(), period.to.into());
    let items = if open { disclosures::register_open(ctx.db()?, from, to)? } else { disclosures::register_withheld(ctx.db()?, from, to)? };
    for (number, item) in items.into_iter().enumerate() {
        let last = if open { Some("主动公开".to_owned()) } else { item.reason };
        report.push(vec![
            (number + 1).into(),
            item.index_no.into(),
            item.title.into(),
            Some(item.category).filter(|category| category != "其他").into(),
            item.formed_on.0.into(),
            last.into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
