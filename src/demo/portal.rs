//! The portal's columns and ten years of information.

use super::names::{COLUMNS, NEWS, TOPICS};
use super::people::People;
use super::row::{Writer, id, text};

pub(super) fn make<E>(writer: &mut Writer<'_, E>, people: &People) -> Result<(), E> {
    for (n, (section, name)) in COLUMNS.iter().enumerate() {
        let unit = people.units[n % people.units.len()].0;
        writer.row(
            "portal_column",
            &["id", "code", "name", "section", "unit_id", "status"],
            vec![text(id(n)), text(format!("C{:02}", n + 1)), text(name), text(section), text(unit), text("active")],
        )?;
    }
    for n in 0..super::INFO_ITEMS * writer.scale {
        let at = writer.rng.usize(..people.units.len());
        let author = people.users[at][writer.rng.usize(..people.users[at].len())];
        let [_, reviewer, _] = writer.ground.administrators;
        let day = writer.days_ago(2, 3_650);
        let submitted = writer.in_office(day);
        let (topic, end) = (writer.one_of(&TOPICS), writer.one_of(&NEWS));
        let (column, views) = (id(writer.rng.usize(..COLUMNS.len())), writer.rng.u32(20..2_000));
        writer.row(
            "info_item",
            &[
                "id",
                "column_id",
                "unit_id",
                "author_id",
                "title",
                "submitted_at",
                "reviewed_by",
                "reviewed_at",
                "status",
                "published_at",
                "views",
            ],
            vec![
                text(id(n)),
                text(column),
                text(people.units[at].0),
                text(author),
                text(format!("{topic}{end}（{}）", n + 1)),
                text(&submitted),
                text(reviewer),
                text(&submitted),
                text("published"),
                text(&submitted),
                text(views),
            ],
        )?;
    }
    Ok(())
}
