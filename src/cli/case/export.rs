use std::collections::HashMap;

use anyhow::Result;

use super::Desk;
use crate::cli::columns::report;
use crate::context::{Context, Outcome};
use crate::db::cases::{self, Case, CaseEvent};
use crate::identifiers::mask_resident;
use crate::view::{Cell, Column};

/// Export cases in the national exchange tables
///
/// accept, process, result and special are up_pro_accept, _process, _result and
/// _special_procedure. Imported again they change nothing. Resident numbers are masked. CSV has
/// the keys for titles; with --excel, and in xlsx, the titles are the official ones.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which table
    #[arg(long, value_parser = ["accept", "process", "result", "special"])]
    table: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let all = cases::list(ctx.db()?, None)?;
    let titles: &[(&'static str, &str)] = match args.table.as_str() {
        "accept" => &ACCEPT,
        "process" => &PROCESS,
        "result" => &RESULT,
        _ => &SPECIAL,
    };
    let mut report = report("case.export", titles.iter().map(|(key, title)| Column::left(key, *title)).collect());
    let no_of: HashMap<i64, &str> = all.iter().map(|case| (case.id, case.no.as_str())).collect();
    match args.table.as_str() {
        "accept" => all.iter().for_each(|case| report.push(accept(&desk, case))),
        "result" => all.iter().filter_map(result).for_each(|row| report.push(row)),
        "process" => {
            let events = cases::events(ctx.db()?, None)?;
            let keys = keys(&events, |id| no_of.get(&id).copied().unwrap_or_default());
            for (event, key) in events.into_iter().zip(keys) {
                let no = no_of.get(&event.case_id).copied().unwrap_or_default();
                // A step that came from elsewhere goes out as it came.
                let note = event.note.as_deref().unwrap_or_default();
                let (step, action, opinion) = match event.event.as_str() {
                    "step" => {
                        let mut parts = note.split('\u{1f}');
                        let mut part = || parts.next().unwrap_or_default().to_owned();
                        (part(), part(), part())
                    }
                    own => (step_title(own).to_owned(), "其他".to_owned(), note.to_owned()),
                };
                let on = event.until_on.map_or_else(|| event.at.day(), |day| day.0);
                let filled = |text: String| Some(text).filter(|text| !text.is_empty());
                report.push(vec![
                    no.into(),
                    step.into(),
                    filled(action).into(),
                    filled(opinion).into(),
                    event.actor.clone().into(),
                    on.into(),
                    on.into(),
                    key.into(),
                ]);
            }
        }
        _ => {
            for special in cases::specials(ctx.db()?, None)? {
                report.push(vec![
                    no_of.get(&special.case_id).copied().unwrap_or_default().into(),
                    special.kind.into(),
                    special.name.into(),
                    special.started_on.0.into(),
                    special.ended_on.map(|day| day.0).into(),
                    special.basis.into(),
                    special.result.into(),
                    special.opinion.into(),
                ]);
            }
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// The key each event goes by in the exchange: the sender's, or number, kind, day and which of that day;
/// the same fact has the same key in another system that holds it too.
pub(super) fn keys<'a>(events: &[CaseEvent], no: impl Fn(i64) -> &'a str) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let key = |event: &CaseEvent| {
        let on = event.until_on.map_or_else(|| event.at.day(), |day| day.0);
        let own = format!("{}#{}#{on}", no(event.case_id), event.event);
        let n = seen.entry(own.clone()).or_default();
        *n += 1;
        event.row_key.clone().unwrap_or_else(|| format!("{own}#{n}"))
    };
    events.iter().map(key).collect()
}

/// 环节名称 of an event of ours.
fn step_title(event: &str) -> &str {
    match event {
        "received" => "申请",
        "supplement_notice" => "补正告知",
        "supplement_submitted" => "补正提交",
        "accepted" => "受理",
        "not_accepted" => "不予受理",
        "paused" => "特别程序开始",
        "resumed" => "特别程序结束",
        "extended" => "延长审批",
        "decided" => "决定",
        "withdrawn" => "撤回申请",
        "terminated" => "终止",
        "delivered" => "送达",
        other => other,
    }
}

type Titles<const N: usize> = [(&'static str, &'static str); N];

const ACCEPT: Titles<16> = [
    ("no", "办件编号"),
    ("item", "实施编码"),
    ("item_name", "事项名称"),
    ("version", "事项版本"),
    ("received_on", "申请时间"),
    ("accepted_on", "受理时间"),
    ("accept_doc_no", "受理文书编号"),
    ("promise_due_on", "承诺办结时间"),
    ("applicant", "申请人名称"),
    ("applicant_kind", "申请人类型"),
    ("id_kind", "申请人证件类型"),
    ("id_no", "申请人证件号码"),
    ("contact", "联系人"),
    ("legal_person", "法定代表人"),
    ("organ", "受理部门"),
    ("handling_kind", "办理类型"),
];
const PROCESS: Titles<8> = [
    ("no", "办件编号"),
    ("step", "环节名称"),
    ("action", "业务动作"),
    ("opinion", "办理意见"),
    ("handler", "环节处理人"),
    ("started_on", "开始时间"),
    ("ended_on", "结束时间"),
    ("row_guid", "row_guid"),
];
const RESULT: Titles<6> = [
    ("no", "办件编号"),
    ("decided_on", "办结时间"),
    ("outcome", "办结结果"),
    ("certificate_no", "结果证照编号"),
    ("satisfaction", "满意度"),
    ("by_post", "是否快递"),
];
const SPECIAL: Titles<8> = [
    ("no", "办件编号"),
    ("kind", "特别程序种类"),
    ("name", "特别程序名称"),
    ("started_on", "开始时间"),
    ("ended_on", "结束时间"),
    ("basis", "启动理由或依据"),
    ("result", "结果"),
    ("opinion", "办理意见"),
];

fn accept(desk: &Desk, case: &Case) -> Vec<Cell> {
    let item = desk.item(case);
    vec![
        case.no.clone().into(),
        item.and_then(|item| item.code.clone()).into(),
        item.map(|item| item.name.clone()).into(),
        case.item_version_no.into(),
        case.received_on.0.into(),
        case.accepted_on.map(|day| day.0).into(),
        case.accept_doc_no.clone().into(),
        case.promise_due_on.map(|day| day.0).into(),
        case.applicant_name.clone().into(),
        case.applicant_kind.clone().into(),
        case.applicant_id_kind.clone().into(),
        case.applicant_id_no.as_deref().map(mask_resident).into(),
        case.contact.clone().into(),
        case.legal_person.clone().into(),
        item.map(|item| item.organ.clone()).into(),
        case.handling_kind.clone().into(),
    ]
}

fn result(case: &Case) -> Option<Vec<Cell>> {
    let outcome = match case.outcome.as_deref()? {
        "granted" => "准予许可",
        "refused" => "不予许可",
        "not_accepted" => "不予受理",
        "withdrawn" => "撤销申请",
        _ => "终止",
    };
    Some(vec![
        case.no.clone().into(),
        case.decided_on?.0.into(),
        outcome.into(),
        case.certificate_no.clone().into(),
        case.satisfaction.clone().into(),
        case.by_post.map(|yes| if yes { "1" } else { "0" }).into(),
    ])
}
