use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

use super::desk::{Desk, known};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::cli::unit::change;
use crate::context::{Context, Outcome, parse_day};
use crate::db::transfers::{self, NewTransfer};
use crate::db::units::{self, Unit, UnitFilter};
use crate::db::users::User;
use crate::db::{Db, accounts};
use crate::failure::{Exit, Failure};
use crate::say;

/// Take somebody back who left or retired (返回、返聘)
///
/// The account is open again, without a password and without the roles it had: they are granted anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Code of the unit; the last one if not given
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Name of the post
    #[arg(long, value_name = "NAME")]
    post: Option<String>,
    /// First day; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Last day, for outside and temporary accounts; the one on record if not given
    #[arg(long, value_name = "DATE")]
    valid_until: Option<String>,
    /// Basis document (依据文件)
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user return")?;
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or(desk.today);
    if on > desk.today {
        return Err(Failure::new("unit.not-yet", Exit::Usage, say!("unit-not-yet", on = on.to_string()))
            .hint(say!("unit-not-yet-hint"))
            .into());
    }
    let valid_until = args.valid_until.as_deref().map(parse_day).transpose()?;
    let before = planned(ctx.db()?, &desk, args, valid_until)?;
    let (user, unit) = &before;
    if let Some(left_on) = user.left_on.map(|day| day.0).filter(|left_on| on < *left_on) {
        let (login, on, since) = (user.login_name.clone(), on.to_string(), left_on.to_string());
        return Err(Failure::new("user.too-early", Exit::Conflict, say!("user-too-early", login = login.clone(), on = on, since = since))
            .hint(say!("user-too-early-hint", login = login))
            .into());
    }
    let mut report = report("user.return", vec![left("login_name"), left("real_name"), left("unit"), left("left_on"), left("status")]);
    let left_on = user.left_on.map(|day| day.0);
    report.push(vec![
        user.login_name.clone().into(),
        user.real_name.clone().into(),
        unit.code.clone().into(),
        left_on.into(),
        "active".into(),
    ]);
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("user-return-question", login = user.login_name.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, &desk, args, valid_until)? != before {
            return Err(moved(&user.login_name));
        }
        accounts::readmit(db, user.id, unit.id, on.into(), desk.at)?;
        if let Some(day) = valid_until {
            accounts::set_end(db, user.id, day.into())?;
        }
        if let Some(post) = &args.post {
            accounts::begin_post(db, user.id, unit.id, post, true, on.into(), None)?;
        }
        let transfer = transfers::add(
            db,
            &NewTransfer {
                user_id: user.id,
                kind: "return".to_owned(),
                from_unit_id: user.unit_id,
                to_unit_id: Some(unit.id),
                effective_on: on.into(),
                basis_doc_no: args.basis.clone(),
                handover_to_id: None,
                post_name: args.post.clone(),
                until_on: None,
                keep_roles: false,
            },
        )?;
        let by = desk.by(db)?;
        transfers::done(db, transfer.id, desk.at, by, false)?;
        log.push(desk.entry(
            user,
            json!({ "status": user.status, "left_on": left_on.map(|day| day.to_string()) }),
            json!({ "status": "active", "unit": unit.code, "joined_on": on.to_string(), "left_on": null, "basis": args.basis,
                "valid_until": valid_until.or(user.valid_until.map(|day| day.0)).map(|day| day.to_string()) }),
        ));
        Ok(())
    })?;
    ctx.show(report)?;
    let login = user.login_name.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-returned", login = login) });
    Ok(Outcome::Done)
}

fn planned(db: &mut Db, desk: &Desk, args: &Args, valid_until: Option<Date>) -> Result<(User, Unit)> {
    let user = known(db, &args.login)?;
    if user.status != "closed" {
        return Err(Failure::new("user.not-gone", Exit::Conflict, say!("user-not-gone", login = args.login.clone()))
            .hint(say!("user-not-gone-hint", login = args.login.clone()))
            .into());
    }
    let code = match &args.unit {
        Some(code) => code.clone(),
        None => {
            let units = units::list(db, &UnitFilter::default())?;
            let last = units.into_iter().find(|unit| Some(unit.id) == user.unit_id);
            last.map(|unit| unit.code).unwrap_or_default()
        }
    };
    let unit = change::active(db, &code)?;
    let mut facts = super::facts(&user, None);
    facts.valid_until = valid_until.or(facts.valid_until);
    super::refuse_faults(&facts, desk.today)?;
    super::one_account_each(db, user.staff_no.as_deref(), &user.account_type, Some(user.id))?;
    Ok((user, unit))
}
