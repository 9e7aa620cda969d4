use anyhow::Result;

use super::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{audit_logs, backup_runs, count, engine, migrations, roles, settings, units};

/// One screen: which database this is, what is in it, when it was last backed up
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// The tables a person asks about, in the order of the house.
const COUNTED: [&str; 8] =
    ["unit", "oa_user", "document", "info_item", "license_item", "license_case", "disclosure_item", "disclosure_request"];

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let shown = ctx.url()?.shown();
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
    ];
    for (kind, login) in roles::administrators(db)? {
        lines.push((format!("{kind}_administrator"), login));
    }
    for table in COUNTED {
        lines.push((format!("rows_{table}"), count(db, table)?.to_string()));
    }
    lines.push(("log_entries".into(), audit_logs::count(db)?.to_string()));
    lines.push(("log_head".into(), audit_logs::head(db)?.map(|seal| seal.entry_hash).unwrap_or_default()));
    lines.push(("last_backup_at".into(), backup_runs::last(db)?.map(|at| at.rfc3339()).unwrap_or_default()));
    lines.push(("last_drill_at".into(), backup_runs::last_test(db)?.unwrap_or_default()));
    let mut report = report("status", vec![left("field"), left("value")]);
    for (field, value) in lines {
        report.push(vec![field.into(), value.into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
