use anyhow::Result;
use serde_json::json;

use super::desk::{Desk, has_officer, present};
use crate::cli::columns::{left, report};
use crate::cli::import::{moved, on_one_line, remedy_of, rule_broken};
use crate::cli::unit::change::keeps_officer;
use crate::context::{Context, Outcome, parse_day};
use crate::db::users::{self, User, masked};
use crate::db::{Db, accounts, units};
use crate::failure::{Exit, Failure};
use crate::people::{UserFacts, narrow, yes_or_no};
use crate::plan::Facts;
use crate::say;

/// Change what describes a user
///
/// The login changes by `user rename`, the unit by `user transfer`. An empty value clears.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Person's name
    #[arg(long)]
    name: Option<String>,
    /// Staff number
    #[arg(long)]
    staff_no: Option<String>,
    /// Kind of account
    #[arg(long = "type", value_name = "TYPE", value_parser = ["person", "external", "service", "shared"])]
    account_type: Option<String>,
    /// The unit's information officer: yes or no
    #[arg(long, value_name = "YES|NO")]
    info_officer: Option<String>,
    /// A second factor is in use: yes or no
    #[arg(long, value_name = "YES|NO")]
    second_factor: Option<String>,
    /// First day
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
    let desk = Desk::new(ctx, "user set")?;
    let before = planned(ctx.db()?, &desk, args)?;
    let (user, facts, factor) = &before;
    let old = super::facts(user, None);
    let mut differences: Vec<(&'static str, Option<String>, Option<String>)> = old
        .fields()
        .into_iter()
        .zip(facts.fields())
        .filter(|(old, new)| old.1 != new.1)
        .map(|((field, old), (_, new))| (field, old, new))
        .collect();
    if *factor != user.mfa_enabled {
        differences.push(("second_factor", Some(user.mfa_enabled.to_string()), Some(factor.to_string())));
    }
    for (_, old, new) in differences.iter_mut().filter(|(field, _, _)| *field == "phone") {
        for number in [old, new].into_iter().flatten() {
            *number = masked(number);
        }
    }
    let mut report = report("user.set", vec![left("login_name"), left("field"), left("before"), left("after")]);
    for (field, old, new) in &differences {
        report.push(vec![user.login_name.clone().into(), (*field).into(), old.clone().into(), new.clone().into()]);
    }
    if differences.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("unit-nothing-to-change"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-set-question", code = user.login_name.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, &desk, args)? != before {
            return Err(moved(&user.login_name));
        }
        let had = has_officer(db, user)?;
        users::edit(db, user.id, &super::row(facts, user.unit_id))?;
        accounts::set_second_factor(db, user.id, *factor)?;
        keeps_officer(db, user.unit_id, had)?;
        let values = |new: bool| {
            let pick = |(field, old, value): &(&'static str, Option<String>, Option<String>)| {
                ((*field).to_owned(), json!(if new { value } else { old }))
            };
            serde_json::Value::Object(differences.iter().map(pick).collect())
        };
        log.push(desk.entry(user, values(false), values(true)));
        Ok(())
    })?;
    ctx.show(report)?;
    let login = user.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-set-done", code = login) });
    Ok(Outcome::Done)
}

/// The user, what shall be said of him, and whether a second factor is in use.
fn planned(db: &mut Db, desk: &Desk, args: &Args) -> Result<(User, UserFacts, bool)> {
    let user = present(db, &args.login)?;
    let mut facts = super::facts(&user, None);
    let given = |text: &Option<String>, old: Option<String>| match text.as_deref().map(str::trim) {
        None => old,
        Some("") => None,
        Some(text) => Some(text.to_owned()),
    };
    let day = |text: &Option<String>, old| match text.as_deref().map(str::trim) {
        None => Ok(old),
        Some("") => Ok(None),
        Some(text) => parse_day(text).map(Some),
    };
    let said = |text: &Option<String>, old| match text {
        None => Ok(old),
        Some(text) => yes_or_no(text)
            .ok_or_else(|| Failure::new("user.yes-or-no", Exit::Usage, rule_broken("yes-or-no", text)).hint(remedy_of("yes-or-no"))),
    };
    facts.real_name = given(&args.name, Some(facts.real_name)).unwrap_or_default();
    // As typed with full-width digits it would be another person's.
    facts.staff_no = given(&args.staff_no.as_deref().map(narrow), facts.staff_no);
    facts.account_type = args.account_type.clone().unwrap_or(facts.account_type);
    facts.is_info_officer = said(&args.info_officer, facts.is_info_officer)?;
    facts.joined_on = day(&args.joined_on, facts.joined_on)?;
    facts.valid_until = day(&args.valid_until, facts.valid_until)?;
    facts.phone = given(&args.phone, facts.phone);
    facts.email = given(&args.email, facts.email);
    let factor = said(&args.second_factor, user.mfa_enabled)?;
    if facts.real_name.is_empty() {
        return Err(Failure::new("user.name", Exit::Usage, rule_broken("value-missing", "--name")).hint(remedy_of("value-missing")).into());
    }
    if facts.real_name != user.real_name {
        on_one_line("user.name", &facts.real_name)?;
    }
    if let (Some(from), Some(to)) = (facts.joined_on, facts.valid_until)
        && to < from
    {
        return Err(Failure::new("user.valid-until", Exit::Usage, rule_broken("valid-before-joined", &to.to_string()))
            .hint(remedy_of("valid-before-joined"))
            .into());
    }
    if let Some(staff_no) = facts.staff_no.as_deref().filter(|staff_no| user.staff_no.as_deref() != Some(staff_no)) {
        crate::cli::role::may_be_one_person(db, &user, staff_no, desk.at)?;
    }
    if user.status == "active" {
        let touched = facts.valid_until != user.valid_until.map(|day| day.0) || facts.account_type != user.account_type;
        if touched {
            super::refuse_faults(&facts, desk.today)?;
        }
        super::one_account_each(db, facts.staff_no.as_deref(), &facts.account_type, Some(user.id))?;
    }
    Ok((user, facts, factor))
}
