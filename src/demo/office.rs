//! Ten years of the office's paper: documents with their steps, texts and files in the archive, and who logged in.
//!
//! Each document is made from its number alone, so that every table is one pass over them and nothing is kept.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::WORKDAYS;
use super::names::{TOPICS, WITHHELD};
use super::people::People;
use super::row::{Writer, at, id, put};

/// Documents at scale 1: a quarter of them sent, the others received.
pub const DOCUMENTS: usize = 80_000;
/// Logins at scale 1.
pub const LOGINS: usize = 1_500_000;
/// A light bureau has one in so many of both.
const LIGHT: usize = 200;

const DAYS: i64 = 3_650;
/// Documents of the last days are still being handled.
const OPEN_DAYS: i64 = 10;
const WORDS: [&str; 8] = ["津水", "津水办", "津水规", "津水农", "津水建", "津水资", "津水河", "津水财"];
const KINDS: [&str; 6] = ["tongzhi", "han", "jiyao", "baogao", "pifu", "qingshi"];
const SENDERS: [&str; 5] = ["水利部", "天津市人民政府办公厅", "天津市发展和改革委员会", "天津市规划和自然资源局", "海河水利委员会"];
const OUTGOING: [&str; 6] = ["draft", "check", "sign", "recheck", "register", "dispatch"];
const INCOMING: [&str; 6] = ["receive_sign", "receive_register", "first_review", "propose", "undertake", "circulate"];
const FONDS: &str = "J001";

/// One document, by its number.
struct Paper {
    n: usize,
    day: Date,
    outgoing: bool,
    /// Nobody has finished it yet.
    open: bool,
    finished: Date,
    filed: bool,
}

/// The order of the documents in time.
struct Shelf {
    count: usize,
    today: Date,
    /// Papers up to this year are in the archive.
    filed_to: i16,
}

impl Shelf {
    fn papers(&self) -> impl Iterator<Item = Paper> + '_ {
        (0..self.count).map(|n| self.paper(n))
    }

    fn paper(&self, n: usize) -> Paper {
        let back = DAYS - (n as i64 * (DAYS - 2)) / self.count as i64;
        let mut day = self.today.saturating_sub(back.days());
        while !WORKDAYS.is_workday(day) {
            day = day.saturating_sub(1.days());
        }
        let outgoing = n.is_multiple_of(4);
        let open = !outgoing && day > self.today.saturating_sub(OPEN_DAYS.days());
        let last = self.today.saturating_sub(1.days());
        let finished = if outgoing { day } else { day.saturating_add((n as i64 % 4).days()).min(last).max(day) };
        Paper { n, day, outgoing, open, finished, filed: !open && day.year() <= self.filed_to }
    }
}

/// Makes the office; `light` makes one document and one login in two hundred.
pub(super) fn make<E>(writer: &mut Writer<'_, E>, people: &People, light: bool) -> Result<(), E> {
    let share = |whole: usize| whole * writer.scale / if light { LIGHT } else { 1 };
    let today = writer.today;
    // Filed by the end of June of the next year; what comes later is still in the offices.
    let filed_to = today.year() - if today.month() >= 7 { 1 } else { 2 };
    let shelf = Shelf { count: share(DOCUMENTS), today, filed_to };
    let logins = share(LOGINS);
    documents(writer, people, &shelf)?;
    files(writer, &shelf)?;
    steps(writer, people, &shelf)?;
    archive(writer, people, &shelf)?;
    log_of(writer, people, logins)
}

fn documents<E>(writer: &mut Writer<'_, E>, people: &People, shelf: &Shelf) -> Result<(), E> {
    let mut last: BTreeMap<(&str, i16), i64> = BTreeMap::new();
    for paper in shelf.papers() {
        let n = paper.n;
        let unit = people.units[n % people.units.len()].0;
        let title = format!("关于{}的{}（{n}）", TOPICS[n % TOPICS.len()], if paper.outgoing { "通知" } else { "来文" });
        if paper.outgoing {
            outgoing(writer, people, &paper, (unit, title), &mut last)?;
        } else {
            incoming(writer, &paper, unit, title)?;
        }
    }
    for ((word, year), no) in last {
        put!(writer, "doc_serial", { doc_word: word, doc_year: i64::from(year), unit_id: people.units[0].0, last_no: no })?;
    }
    for paper in shelf.papers().filter(|paper| paper.outgoing) {
        put!(writer, "document_recipient", { id: id(paper.n), document_id: id(paper.n), kind: "main", external_name: SENDERS[paper.n % SENDERS.len()] })?;
    }
    Ok(())
}

fn outgoing<E>(
    writer: &mut Writer<'_, E>,
    people: &People,
    paper: &Paper,
    (unit, title): (i64, String),
    last: &mut BTreeMap<(&'static str, i16), i64>,
) -> Result<(), E> {
    let (n, day) = (paper.n, paper.day);
    let word = WORDS[n / 4 % WORDS.len()];
    let no = last.entry((word, day.year())).or_insert(0);
    *no += 1;
    let number = format!("{word}〔{}〕{no}号", day.year());
    let withheld = n.is_multiple_of(20);
    // Without its 成文日期: dated, it would be information made, and move the rate of the seed report.
    put!(writer, "document", {
        id: id(n), direction: "out", type_code: KINDS[n / 4 % KINDS.len()], title: title, doc_word: word, doc_year: i64::from(day.year()),
        doc_no: *no, doc_no_text: number, unit_id: unit, drafter_id: people.somebody(n), issuer_name: None::<&str>,
        signer_id: people.somebody(n + 1), signed_at: at(day, "10:30"), issued_on: None::<Date>, printed_on: day, receive_no: None::<&str>,
        received_at: None::<&str>, registered_at: None::<&str>, urgency: "normal", due_at: None::<&str>, finished_at: at(day, "16:00"),
        status: if paper.filed { "archived" } else { "finished" }, disclose_attr: if withheld { "none" } else { "on_request" },
        disclose_reason: withheld.then(|| WITHHELD[n / 20 % WITHHELD.len()]), created_at: at(day, "08:30"),
    })
}

fn incoming<E>(writer: &mut Writer<'_, E>, paper: &Paper, unit: i64, title: String) -> Result<(), E> {
    let (n, day) = (paper.n, paper.day);
    let urgent = n % 40 == 1;
    put!(writer, "document", {
        id: id(n), direction: "in", type_code: "tongzhi", title: title, doc_word: None::<&str>, doc_year: None::<i64>, doc_no: None::<i64>,
        doc_no_text: None::<&str>, unit_id: unit, drafter_id: None::<i64>, issuer_name: SENDERS[n % SENDERS.len()],
        signer_id: None::<i64>, signed_at: None::<&str>, issued_on: day, printed_on: None::<Date>, receive_no: format!("收{}-{n:06}", day.year()),
        received_at: at(day, "09:00"), registered_at: at(day, "09:30"), urgency: if urgent { "urgent" } else { "normal" },
        due_at: (urgent || paper.open).then(|| at(day.saturating_add(15.days()), "17:00")),
        finished_at: (!paper.open).then(|| at(paper.finished, "16:00")),
        status: if paper.open { "handling" } else if paper.filed { "archived" } else { "finished" }, disclose_attr: None::<&str>,
        disclose_reason: None::<&str>, created_at: at(day, "09:00"),
    })
}

fn files<E>(writer: &mut Writer<'_, E>, shelf: &Shelf) -> Result<(), E> {
    for paper in shelf.papers() {
        let (n, hash) = (paper.n, writer.hash());
        put!(writer, "document_file", {
            id: id(n), document_id: id(n), kind: "body", file_name: "正文.ofd", format: "ofd", bytes: bytes(n), sha256: hash,
            stored_path: format!("papers/{}/{n}.ofd", paper.day.year()), created_at: at(paper.day, "09:00"),
        })?;
    }
    Ok(())
}

/// Six steps each. Of a document in hand the last two are open: read, and due in time.
fn steps<E>(writer: &mut Writer<'_, E>, people: &People, shelf: &Shelf) -> Result<(), E> {
    for paper in shelf.papers() {
        let n = paper.n;
        for (seq, step) in (if paper.outgoing { OUTGOING } else { INCOMING }).into_iter().enumerate() {
            let open = paper.open && seq >= 4;
            let day = if seq >= 4 { paper.finished } else { paper.day };
            let (assigned, done) = (format!("{} {:02}:00:00+08:00", paper.day, 9 + seq), format!("{day} {:02}:30:00+08:00", 9 + seq));
            put!(writer, "document_step", {
                id: id(n * 6 + seq), document_id: id(n), seq: seq as i64 + 1, step: step, assignee_id: people.somebody(n + seq),
                assigned_at: assigned.as_str(), due_at: open.then(|| at(paper.day.saturating_add(15.days()), "17:00")),
                read_at: assigned.as_str(), done_at: (!open).then_some(done),
            })?;
        }
    }
    Ok(())
}

fn archive<E>(writer: &mut Writer<'_, E>, people: &People, shelf: &Shelf) -> Result<(), E> {
    put!(writer, "archive_fonds", { fonds_no: FONDS, unit_id: writer.ground.bureau, name: "天津市水务局", hall_level: "city" })?;
    // What is kept for long goes to the city's archive within five years; the demonstration's older files are of ten.
    let recent = shelf.today.saturating_sub(4.years());
    let mut last: BTreeMap<(i16, &str, usize), i64> = BTreeMap::new();
    for paper in shelf.papers().filter(|paper| paper.filed) {
        let n = paper.n;
        let retention = if paper.day < recent { "D10" } else { ["Y", "D30", "D10"][n % 3] };
        let (unit, year) = (n % people.units.len(), paper.day.year());
        let no = last.entry((year, retention, unit)).or_insert(0);
        *no += 1;
        let organ = people.units[unit].1.as_str();
        let hash = writer.hash();
        put!(writer, "archive_item", {
            id: id(n), fonds_no: FONDS, category: "WS", year: i64::from(year), retention: retention, org_code: organ, item_no: *no,
            archival_code: format!("{FONDS}-WS·{year}-{retention}-{organ}-{no:04}"), title: format!("公文（{n}）"), formed_on: paper.day,
            document_id: id(n), format: "ofd", bytes: bytes(n), sha256: hash.as_str(), checked_sha256: hash.as_str(),
            checked_at: at(shelf.today.saturating_sub(30.days()), "09:00"), archived_at: at(shelf.today.saturating_sub(60.days()), "09:00"),
        })?;
    }
    Ok(())
}

/// Ten years of logins of those who are here, one in fifty mistyped.
fn log_of<E>(writer: &mut Writer<'_, E>, people: &People, count: usize) -> Result<(), E> {
    for n in 0..count {
        let day = writer.today.saturating_sub((DAYS - (n as i64 * (DAYS - 21)) / count as i64).days());
        let (user, login) = people.anybody(writer.rng.usize(..));
        let clock = writer.rng.u32(8 * 3_600..18 * 3_600);
        let when = format!("{day} {:02}:{:02}:{:02}+08:00", clock / 3_600, clock / 60 % 60, clock % 60);
        let ip = format!("10.1.{}.{}", clock % 16, clock % 251 + 1);
        put!(writer, "login_log", { id: id(n), user_id: user, login_name: login, at: when, ip: ip, ok: !clock.is_multiple_of(50) })?;
    }
    Ok(())
}

fn bytes(n: usize) -> i64 {
    20_480 + (n as i64 * 977) % 200_000
}
