//! What a sound bureau keeps up besides its backups.

use jiff::ToSpan;
use jiff::civil::date;

use super::row::{Writer, at, id, put};

/// Two duty lines for the weeks to come, virus definitions of yesterday, and last year's report in time.
pub(super) fn sound<E>(writer: &mut Writer<'_, E>) -> Result<(), E> {
    let [one, other, _] = writer.ground.administrators;
    for n in 0..14_usize {
        let day = writer.today.saturating_add((n as i64 / 2).days());
        let (line, user) = if n % 2 == 0 { ("infosec", one) } else { ("editor", other) };
        put!(writer, "duty_roster", { id: id(n), on_date: day, line: line, user_id: user })?;
    }
    let (yesterday, year) = (writer.today.saturating_sub(1.days()), writer.today.year());
    let records = [
        ("virus_update", "更新病毒库".to_owned(), yesterday),
        ("annual_report", format!("{}年政府信息公开工作年度报告", year - 1), date(year, 1, 20)),
    ];
    for (n, (kind, title, day)) in records.into_iter().enumerate() {
        put!(writer, "ops_record", { id: id(n), kind: kind, title: title, opened_at: at(day, "09:00"), closed_at: at(day, "10:00") })?;
    }
    Ok(())
}
