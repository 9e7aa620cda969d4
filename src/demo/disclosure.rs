//! Two and a half years of disclosure, and the applications for it.

use jiff::ToSpan;

use super::names::{PAPERS, SURNAMES, TOPICS, WITHHELD};
use super::people::People;
use super::row::{Writer, id, text};
use super::{DISCLOSED, DISCLOSURE_ITEMS, WORKDAYS};

const ITEM: &[&str] = &[
    "id",
    "index_no",
    "title",
    "doc_no",
    "publisher_unit_id",
    "category",
    "formed_on",
    "due_on",
    "attribute",
    "reason",
    "attribute_set_on",
    "author",
    "reviewed_by",
    "reviewer",
    "reviewed_at",
    "review_result",
    "published_at",
    "last_evaluated_on",
    "status",
    "normative",
    "validity",
    "created_at",
];
const REQUEST: &[&str] = &[
    "id",
    "no",
    "unit_id",
    "applicant_kind",
    "applicant_name",
    "channel",
    "arrived_on",
    "confirmed_on",
    "received_on",
    "receipt_rule",
    "subject",
    "regime",
    "due_on",
    "replied_on",
    "closed_on",
    "outcome_row",
    "status",
    "created_at",
];
/// Applications at scale 1; the seed gives no number.
const REQUESTS: usize = 240;

pub(super) fn make<E>(writer: &mut Writer<'_, E>, people: &People) -> Result<(), E> {
    for n in 0..DISCLOSURE_ITEMS * writer.scale {
        item(writer, people, n)?;
    }
    for n in 0..REQUESTS * writer.scale {
        request(writer, people, n)?;
    }
    Ok(())
}

fn item<E>(writer: &mut Writer<'_, E>, people: &People, n: usize) -> Result<(), E> {
    // Old enough that its twenty working days are over.
    let formed = writer.days_ago(45, 910);
    let (unit, code) = people.units[writer.rng.usize(..people.units.len())].clone();
    let (topic, paper) = (writer.one_of(&TOPICS), writer.one_of(&PAPERS));
    let place = n % DISCLOSURE_ITEMS;
    let (attribute, status) = match place {
        _ if place < DISCLOSED => ("active", "published"),
        _ if place % 5 < 3 => ("on_request", "pending"),
        _ => ("none", "exempt"),
    };
    let reason = (attribute == "none").then(|| writer.one_of(&WITHHELD).to_owned());
    let published = formed.saturating_add(writer.rng.i64(1..=20).days());
    let reviewed = (status == "published").then(|| format!("{published} 09:00:00+08:00"));
    let published = (status == "published").then(|| format!("{published} 10:00:00+08:00"));
    // The office of the security administrator reviews, and assesses every year what is withheld.
    let [_, reviewer, _] = writer.ground.administrators;
    let assessed = (attribute == "none").then(|| writer.today.saturating_sub((n as i64 % 300).days()).max(formed).to_string());
    let normative = if paper == "管理办法" && writer.rng.u8(0..4) == 0 { "normative" } else { "other" };
    writer.row(
        "disclosure_item",
        ITEM,
        vec![
            text(id(n)),
            text(format!("000125365/{}-{:05}", formed.year(), n + 1)),
            text(format!("{topic}{paper}")),
            text(format!("津水{}〔{}〕{}号", &code[..1], formed.year(), n % 400 + 1)),
            text(unit),
            text(topic),
            text(formed),
            text(formed.saturating_add(30.days())),
            text(attribute),
            reason,
            text(formed),
            reviewed.as_ref().map(|_| format!("{code}-拟稿")),
            reviewed.as_ref().map(|_| reviewer.to_string()),
            reviewed.as_ref().map(|_| "保密审查".to_owned()),
            reviewed.clone(),
            reviewed.map(|_| "pass".to_owned()),
            published,
            assessed,
            text(status),
            text(normative),
            text("valid"),
            text(format!("{formed} 09:00:00+08:00")),
        ],
    )
}

fn request<E>(writer: &mut Writer<'_, E>, people: &People, n: usize) -> Result<(), E> {
    let open = n.is_multiple_of(40);
    let arrived = if open { writer.days_ago(1, 10) } else { writer.days_ago(60, 910) };
    let due = WORKDAYS.after(arrived, 20).on;
    let replied = (!open).then(|| arrived.saturating_add(writer.rng.i64(3..=20).days()).to_string());
    let unit = people.units[writer.rng.usize(..18)].0;
    let (kind, name) = match writer.rng.u8(0..10) {
        0..=6 => ("natural_person", format!("{}某", writer.one_of(&SURNAMES).0)),
        7..=8 => ("business", format!("某{}公司", writer.one_of(&["建设", "环保", "置业"]))),
        _ => ("legal_service", "某律师事务所".to_owned()),
    };
    let (channel, topic) = (writer.one_of(&["online", "post", "in_person"]), writer.one_of(&TOPICS));
    let outcome = (!open).then(|| writer.one_of(&["3.1", "3.1", "3.1", "3.2", "3.4.1", "3.3.4"]).to_owned());
    writer.row(
        "disclosure_request",
        REQUEST,
        vec![
            text(id(n)),
            text(format!("YSQ-{}-{:05}", arrived.year(), n + 1)),
            text(unit),
            text(kind),
            text(name),
            text(channel),
            text(arrived),
            text(arrived),
            text(arrived),
            text("2019-31"),
            text(format!("{topic}有关信息")),
            text("2019"),
            text(due),
            replied.clone(),
            replied,
            outcome,
            text(if open { "open" } else { "closed" }),
            text(format!("{arrived} 09:00:00+08:00")),
        ],
    )
}
