use anyhow::Result;

use super::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{audit_logs, backup_runs, count, engine, migrations, roles, settings, units};
use crate::say;
use crate::view::{Block, Document, Format};

/// One screen: which database this is, who is acting, what is in it, when it was last backed up
///
/// On a terminal it is laid out to fit 24 lines of 80 columns; a line that is longer is cut. Other formats have it whole.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// The tables a person asks about, in the order of the house.
const COUNTED: [&str; 8] =
    ["unit", "oa_user", "document", "info_item", "license_item", "license_case", "disclosure_item", "disclosure_request"];

/// The width every terminal has.
const WIDTH: usize = 80;

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let shown = ctx.url()?.shown();
    let (acting, permissions) = (ctx.actor(), ctx.config.permissions().name());
    let day = ctx.clock.now().day();
    let db = ctx.db()?;
    let code = settings::get(db, settings::ORGANISATION)?.unwrap_or_default();
    let organisation = units::by_code(db, &code)?.map(|unit| unit.name).unwrap_or(code);
    let mut lines: Vec<(String, String)> = vec![
        ("database".into(), shown),
        ("engine".into(), format!("{} {}", db.engine().name(), engine::version(db)?)),
        ("database_id".into(), settings::get(db, settings::DATABASE_ID)?.unwrap_or_default()),
        ("organisation".into(), organisation),
        ("schema".into(), migrations(db)?.into_iter().filter(|step| step.applied).map(|step| step.version).next_back().unwrap_or_default()),
        ("bytes".into(), engine::bytes(db)?.to_string()),
        ("acting_login".into(), acting.login.unwrap_or_default()),
        ("acting_os_user".into(), acting.os_user),
        ("permissions".into(), permissions.to_owned()),
    ];
    for (kind, login) in roles::administrators(db, day.into())? {
        lines.push((format!("{kind}_administrator"), login));
    }
    lines.push(("waiting_grants".into(), roles::requests(db, false)?.len().to_string()));
    for table in COUNTED {
        lines.push((format!("rows_{table}"), count(db, table)?.to_string()));
    }
    lines.push(("log_entries".into(), audit_logs::count(db)?.to_string()));
    lines.push(("log_head".into(), audit_logs::head(db)?.map(|seal| seal.entry_hash).unwrap_or_default()));
    lines.push(("last_backup_at".into(), backup_runs::last(db)?.map(|at| at.rfc3339()).unwrap_or_default()));
    lines.push(("last_drill_at".into(), backup_runs::last_test(db)?.unwrap_or_default()));
    let mut report = report("status", vec![left("field"), left("value")]);
    if ctx.format() == Format::Table {
        report.document = Some(screen(&lines));
    }
    for (field, value) in lines {
        report.push(vec![field.into(), value.into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// The same for the eye: related things on one line, counts in two columns, nothing wider than the screen.
fn screen(lines: &[(String, String)]) -> Document {
    let all = |field: &str| {
        let values: Vec<&str> = lines.iter().filter(|(name, _)| name == field).map(|(_, value)| value.as_str()).collect();
        values.join(", ")
    };
    let one = |field: &str| Some(all(field)).filter(|value| !value.is_empty()).unwrap_or_else(|| say!("status-none"));
    let size = all("bytes").parse::<u64>().map_or(0, |bytes| bytes.div_ceil(1 << 20));
    let head: String = all("log_head").chars().take(16).collect();
    let held = match all("permissions").as_str() {
        "off" => say!("status-permissions-off"),
        "enforced" => say!("status-permissions-enforced"),
        _ => say!("status-permissions-bound"),
    };
    let acting = match all("acting_login") {
        login if login.is_empty() => all("acting_os_user"),
        login => format!("{login} ({})", all("acting_os_user")),
    };
    let facts = [
        (say!("status-database"), all("database")),
        (say!("status-engine"), format!("{}, {size} MB", all("engine"))),
        (say!("status-schema"), format!("{}  {}", all("schema"), all("database_id"))),
        (say!("status-acting"), format!("{acting}; {held}")),
        (String::new(), String::new()),
        (say!("status-system"), one("system_administrator")),
        (say!("status-security"), one("security_administrator")),
        (say!("status-audit"), one("audit_administrator")),
        (say!("status-waiting"), all("waiting_grants")),
        (String::new(), String::new()),
    ];
    let counts = [
        (say!("status-unit"), "rows_unit"),
        (say!("status-oa-user"), "rows_oa_user"),
        (say!("status-document"), "rows_document"),
        (say!("status-info-item"), "rows_info_item"),
        (say!("status-license-item"), "rows_license_item"),
        (say!("status-license-case"), "rows_license_case"),
        (say!("status-disclosure-item"), "rows_disclosure_item"),
        (say!("status-disclosure-request"), "rows_disclosure_request"),
    ];
    let log = [
        (String::new(), String::new()),
        (say!("status-log"), format!("{}  {head}", all("log_entries"))),
        (say!("status-backup"), one("last_backup_at")),
        (say!("status-drill"), one("last_drill_at")),
    ];
    let counted: Vec<String> = counts.iter().map(|(title, field)| padded(title, &all(field), WIDTH / 2)).collect();
    let mut text: Vec<String> = facts.iter().map(|(title, value)| padded(title, value, WIDTH)).collect();
    text.extend(counted.chunks(2).map(|pair| pair.concat()));
    text.extend(log.iter().map(|(title, value)| padded(title, value, WIDTH)));
    let blocks = text.iter().map(|line| Block::Text(line.trim_end().to_owned())).collect();
    Document { title: console::truncate_str(&all("organisation"), WIDTH, "…").into_owned(), blocks }
}

/// A title and its value, as wide as asked for and no wider.
fn padded(title: &str, value: &str, width: usize) -> String {
    let title = console::pad_str(title, 22, console::Alignment::Left, Some(" "));
    let line = format!("{title} {value}");
    let cut = console::truncate_str(&line, width, "…");
    console::pad_str(&cut, width, console::Alignment::Left, None).into_owned()
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn a_line_is_never_wider_than_the_screen() {
        for value in ["", "lina", &"水".repeat(60), &"x".repeat(200)] {
            let line = padded("安全管理员", value, 80);
            assert_eq!(console::measure_text_width(&line), 80, "{line}");
        }
    }
}
