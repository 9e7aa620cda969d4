use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::cli::import::{on_one_line, remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::{units, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::{UserFacts, narrow, valid_login};
use crate::say;

/// Add a user
///
/// The account is active and has no password yet; its owner sets one at the first login.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Person's name
    #[arg(long)]
    name: String,
    /// Code of the unit
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Staff number
    #[arg(long)]
    staff_no: Option<String>,
    /// Kind of account
    #[arg(long = "type", default_value = "person", value_name = "TYPE", value_parser = ["person", "external", "service", "shared"])]
    account_type: String,
    /// The unit's information officer
    #[arg(long)]
    info_officer: bool,
    /// First day; today if not given
    #[arg(long, value_name = "DATE")]
    joined_on: Option<String>,
    /// Last day of a temporary account
    #[arg(long, value_name = "DATE")]
    valid_until: Option<String>,
    /// Telephone
    #[arg(long)]
    phone: Option<String>,
    /// E-mail address
    #[arg(long)]
    email: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    super::not_ahead(ctx)?;
    let day = |text: &Option<String>| text.as_deref().map(crate::context::parse_day).transpose();
    let facts = UserFacts {
        login_name: args.login.clone(),
        real_name: args.name.trim().to_owned(),
        staff_no: args.staff_no.as_deref().map(narrow).filter(|text| !text.is_empty()),
        unit: Some(args.unit.clone()),
        account_type: args.account_type.clone(),
        is_info_officer: args.info_officer,
        joined_on: day(&args.joined_on)?.or(Some(ctx.clock.today())),
        valid_until: day(&args.valid_until)?,
        phone: args.phone.clone(),
        email: args.email.clone(),
    };
    if !valid_login(&facts.login_name) {
        return Err(Failure::new("user.login-form", Exit::Usage, say!("user-login-form", login = facts.login_name))
            .hint(say!("fix-login-form"))
            .into());
    }
    if facts.real_name.is_empty() {
        return Err(Failure::new("user.name", Exit::Usage, rule_broken("value-missing", "--name")).hint(remedy_of("value-missing")).into());
    }
    on_one_line("user.name", &facts.real_name)?;
    if let (Some(from), Some(to)) = (facts.joined_on, facts.valid_until)
        && to < from
    {
        return Err(Failure::new("user.valid-until", Exit::Usage, rule_broken("valid-before-joined", &to.to_string()))
            .hint(remedy_of("valid-before-joined"))
            .into());
    }
    super::refuse_faults(&facts, ctx.clock.now().day())?;
    let at = ctx.clock.now();
    let user = ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        super::one_account_each(db, facts.staff_no.as_deref(), &facts.account_type, None)?;
        if users::by_login(db, &facts.login_name)?.is_some() {
            return Err(Failure::new("user.exists", Exit::Conflict, say!("user-exists", login = facts.login_name.clone()))
                .hint(say!("user-exists-hint", login = facts.login_name.clone()))
                .into());
        }
        let unit = units::by_code(db, &args.unit)?.ok_or_else(|| crate::cli::unit::unknown(&args.unit))?;
        if unit.status != "active" {
            return Err(crate::cli::unit::closed(&unit.code));
        }
        let row = super::row(&facts, Some(unit.id));
        let user = users::add(db, &row, None, at, None)?;
        log.push(Entry {
            verb: "user add",
            table: Some("oa_user"),
            key: Some(user.login_name.clone()),
            old: None,
            new: Some(row.logged(Some(&unit.code))),
        });
        Ok(user)
    })?;
    let mut report = report("user.add", vec![left("login_name"), left("real_name"), left("unit"), left("status")]);
    report.push(vec![user.login_name.clone().into(), user.real_name.clone().into(), facts.unit.into(), user.status.into()]);
    ctx.show(report)?;
    let login = user.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-added", login = user.login_name, name = user.real_name) });
    if user.account_type == "person" && user.staff_no.is_none() {
        ctx.remark(&say!("user-no-staff-no", login = login));
    } else if user.account_type == "shared" {
        ctx.remark(&say!("user-shared", login = login));
    }
    Ok(Outcome::Done)
}
