//! The licence catalogue: one source, one batch, one version of each item.

use super::LICENSE_ITEMS;
use super::names::LICENSES;
use super::row::{Writer, id, text};

pub(super) fn make<E>(writer: &mut Writer<'_, E>) -> Result<(), E> {
    let at = format!("{} 09:00:00+08:00", writer.today);
    let count = LICENSE_ITEMS * writer.scale;
    writer.row(
        "license_source",
        &["id", "title", "file_name", "sha256", "imported_at"],
        vec![text(id(0)), text("行政许可事项目录（演示）"), text("demo"), text("0".repeat(64)), text(&at)],
    )?;
    writer.row(
        "license_batch",
        &["id", "source_id", "kind", "mode", "effective_on", "started_at", "finished_at", "rows_read", "added", "status"],
        vec![
            text(id(0)),
            text(id(0)),
            text("import"),
            text("merge"),
            text("2010-01-01"),
            text(&at),
            text(&at),
            text(count),
            text(count),
            text("done"),
        ],
    )?;
    writer.row(
        "license_organ",
        &["id", "name", "name_key", "unit_id"],
        vec![text(id(0)), text("天津市水务局"), text("天津市水务局"), text(writer.ground.bureau)],
    )?;
    for n in 0..count {
        let name = name(n);
        writer.row(
            "license_item",
            &["id", "scheme", "code", "name", "name_key", "level", "organ_id", "type_code", "status", "first_batch_id", "last_batch_id"],
            vec![
                text(id(n)),
                text("tianjin"),
                text(format!("120000SUJXK{:05}", n + 1)),
                text(&name),
                text(crate::catalogue::name_key(&name)),
                text("main"),
                text(id(0)),
                text("01"),
                text("active"),
                text(id(0)),
                text(id(0)),
            ],
        )?;
    }
    for n in 0..count {
        // 行政许可法 Art. 42: 20 working days; 取水许可 has 45 (取水许可和水资源费征收管理条例 Art. 19).
        let days = if n % LICENSE_ITEMS == 0 { 45 } else { 20 };
        writer.row(
            "license_version",
            &[
                "item_id",
                "no",
                "valid_from",
                "batch_id",
                "name",
                "organs_text",
                "legal_n",
                "legal_unit",
                "legal_text",
                "fingerprint",
                "raw",
            ],
            vec![
                text(id(n)),
                text(1),
                text("2010-01-01"),
                text(id(0)),
                text(name(n)),
                text("天津市水务局"),
                text(days),
                text("working_day"),
                text(format!("{days}个工作日")),
                text(format!("demo-{n}")),
                text("{}"),
            ],
        )?;
    }
    Ok(())
}

fn name(n: usize) -> String {
    let name = LICENSES[n % LICENSE_ITEMS];
    if n < LICENSE_ITEMS { name.to_owned() } else { format!("{name}（{}）", n / LICENSE_ITEMS + 1) }
}
