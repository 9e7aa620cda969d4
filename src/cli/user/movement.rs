//! Moves and departures (人员变动): planned for a day to come, or carried out at once; applied when they are due.

use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

use super::desk::{Desk, Line, active, has_officer, known, not_the_last_administrator, present};
use crate::cli::unit::change;
use crate::context::Context;
use crate::db::transfers::{self, NewTransfer, Transfer};
use crate::db::units::{self, Unit, UnitFilter};
use crate::db::users::{self, User};
use crate::db::{Db, accounts};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// What was asked for.
pub(super) struct Asked {
    pub login: String,
    pub kind: String,
    pub to: Option<String>,
    pub on: Date,
    pub until: Option<Date>,
    pub basis: Option<String>,
    pub successor: Option<String>,
    pub post: Option<String>,
    pub keep_roles: bool,
}

/// Whether people of this kind of movement go for good.
pub(super) fn departs(kind: &str) -> bool {
    transfers::DEPARTURES.contains(&kind)
}

/// Whether the roles of the old post end.
fn loses_roles(kind: &str, keep_roles: bool) -> bool {
    departs(kind) || (kind == "transfer" && !keep_roles)
}

/// Plans or carries out a movement, shows the handover list, asks, writes.
pub(super) fn order(ctx: &mut Context, schema: &'static str, verb: &'static str, asked: &Asked) -> Result<()> {
    let desk = Desk::new(ctx, verb)?;
    let planned = asked.on > desk.today;
    ctx.fits(&super::desk::listed(schema, &[]))?;
    // The list is that of a rehearsal: what is shown before the question is what is written after it.
    let before = rehearse(ctx, &desk, asked, planned)?;
    ctx.show_plan(&super::desk::listed(schema, &before))?;
    ctx.go_ahead(&say!("user-movement-question", login = asked.login.clone()))?;
    let lines = ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let lines = carry(db, log, &desk, asked, planned)?;
        if lines != before {
            return Err(crate::cli::import::moved(&asked.login));
        }
        Ok(lines)
    })?;
    ctx.show(super::desk::listed(schema, &lines))?;
    let (login, on) = (asked.login.clone(), asked.on.to_string());
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else if planned {
        say!("user-movement-planned", login = login, on = on)
    } else {
        say!("user-movement-done", login = login)
    });
    Ok(())
}

/// Runs the same statements and takes them back.
fn rehearse(ctx: &mut Context, desk: &Desk, asked: &Asked, planned: bool) -> Result<Vec<Line>> {
    super::rehearsed(ctx.db()?, |db| carry(db, &mut Vec::new(), desk, asked, planned))
}

fn carry(db: &mut Db, log: &mut Vec<Entry>, desk: &Desk, asked: &Asked, planned: bool) -> Result<Vec<Line>> {
    let user = present(db, &asked.login)?;
    let heir = asked.successor.as_deref().map(|login| active(db, login, &user)).transpose()?;
    let target = asked.to.as_deref().map(|code| change::active(db, code)).transpose()?;
    let others = transfers::pending(db, Some(user.id))?;
    if departs(&asked.kind) && planned && others.iter().any(|other| departs(&other.kind)) {
        return Err(Failure::new("user.leaves-already", Exit::Conflict, say!("user-leaves-already", login = asked.login.clone()))
            .hint(say!("user-leaves-already-hint"))
            .into());
    }
    if let Some(target) = target.as_ref().filter(|target| user.unit_id == Some(target.id)) {
        let (login, code) = (user.login_name.clone(), target.code.clone());
        return Err(Failure::new("user.there-already", Exit::Conflict, say!("user-there-already", login = login, code = code))
            .hint(say!("user-there-already-hint"))
            .into());
    }
    not_before_the_present(db, &user, asked)?;
    let planned_line = Line {
        login: user.login_name.clone(),
        what: asked.kind.clone(),
        key: asked.on.to_string(),
        title: asked.basis.clone().unwrap_or_default(),
        outcome: "planned",
        to: asked.to.clone().or_else(|| asked.successor.clone()),
    };
    let new = NewTransfer {
        user_id: user.id,
        kind: asked.kind.clone(),
        from_unit_id: user.unit_id,
        to_unit_id: target.as_ref().map(|unit| unit.id),
        effective_on: asked.on.into(),
        basis_doc_no: asked.basis.clone(),
        handover_to_id: heir.as_ref().map(|user| user.id),
        post_name: asked.post.clone(),
        until_on: asked.until.map(Into::into),
        keep_roles: asked.keep_roles,
    };
    // Said twice, it is planned once.
    if planned && others.iter().any(|other| other.says(&new)) {
        return Ok(vec![planned_line]);
    }
    let transfer = transfers::add(db, &new)?;
    log.push(Entry {
        verb: desk.verb,
        table: Some("user_transfer"),
        key: Some(format!("{} {} {}", user.login_name, asked.kind, asked.on)),
        old: None,
        new: Some(json!({
            "kind": asked.kind, "to": asked.to, "effective_on": asked.on.to_string(), "basis": asked.basis,
            "successor": asked.successor, "until": asked.until.map(|day| day.to_string()), "keep_roles": asked.keep_roles,
        })),
    });
    if planned {
        // Said today, not on the day: the only administrator cannot go.
        if loses_roles(&asked.kind, asked.keep_roles) {
            not_the_last_administrator(db, &user, None)?;
        }
        return Ok(vec![planned_line]);
    }
    apply(db, log, desk, &transfer)
}

/// A move or departure does not lie before what it ends: the first day, the present post, the last movement.
fn not_before_the_present(db: &mut Db, user: &User, asked: &Asked) -> Result<()> {
    let days = [user.joined_on, accounts::post_since(db, user.id)?, transfers::last_on(db, user.id)?];
    let Some(since) = days.into_iter().flatten().map(|day| day.0).max().filter(|since| asked.on < *since) else { return Ok(()) };
    let (login, on, since) = (user.login_name.clone(), asked.on.to_string(), since.to_string());
    Err(Failure::new("user.too-early", Exit::Conflict, say!("user-too-early", login = login.clone(), on = on, since = since))
        .hint(say!("user-too-early-hint", login = login))
        .into())
}

/// Carries one out, whether it was planned or is of today.
pub(super) fn apply(db: &mut Db, log: &mut Vec<Entry>, desk: &Desk, transfer: &Transfer) -> Result<Vec<Line>> {
    let login = users::login_of(db, transfer.user_id)?.unwrap_or_default();
    let user = present(db, &login)?;
    let by = desk.by(db)?;
    if !departs(&transfer.kind) && user.unit_id.is_some() && user.unit_id == transfer.to_unit_id {
        // A merger or another move brought him there meanwhile: nothing ends and nothing begins.
        transfers::done(db, transfer.id, desk.at, by, true)?;
        transfers::papers_returned(db, transfer.id, desk.at)?;
        let code = target(db, transfer)?.code;
        let key = format!("{} {} {}", user.login_name, transfer.kind, transfer.effective_on);
        let (old, new) = (Some(json!({ "processed": false })), Some(json!({ "processed": true, "effect": "none", "unit": code })));
        log.push(Entry { verb: desk.verb, table: Some("user_transfer"), key: Some(key), old, new });
        return Ok(vec![Line {
            login: user.login_name.clone(),
            what: "unit".to_owned(),
            key: code.clone(),
            title: String::new(),
            outcome: "there_already",
            to: Some(code),
        }]);
    }
    let heir = match transfer.handover_to_id {
        Some(id) => {
            let login = users::login_of(db, id)?.unwrap_or_default();
            Some(active(db, &login, &user)?)
        }
        None => None,
    };
    let had = has_officer(db, &user)?;
    // Whatever was open is handed over below, or the movement is refused.
    transfers::done(db, transfer.id, desk.at, by, transfer.kind != "second")?;
    let lines = if departs(&transfer.kind) {
        depart(db, log, desk, transfer, &user, heir.as_ref())?
    } else {
        transit(db, log, desk, transfer, &user, heir.as_ref())?
    };
    let mut all = lines;
    // Read anew: what a successor is may just have changed.
    let heir = heir.map(|heir| known(db, &heir.login_name)).transpose()?;
    all.extend(desk.officer_stays(db, log, &user, had, heir.as_ref())?);
    Ok(all)
}

/// Somebody goes for good: disabled first, then cleaned up.
fn depart(db: &mut Db, log: &mut Vec<Entry>, desk: &Desk, transfer: &Transfer, user: &User, heir: Option<&User>) -> Result<Vec<Line>> {
    not_the_last_administrator(db, user, None)?;
    let on = transfer.effective_on;
    accounts::close(db, user.id, on, desk.at, &transfer.kind)?;
    log.push(desk.entry(
        user,
        json!({ "status": user.status, "is_info_officer": user.is_info_officer }),
        json!({ "status": "closed", "left_on": on.to_string(), "left_reason": transfer.kind, "is_info_officer": false }),
    ));
    let line = |what: &str, key: &str, title: &str, outcome| Line {
        login: user.login_name.clone(),
        what: what.to_owned(),
        key: key.to_owned(),
        title: title.to_owned(),
        outcome,
        to: None,
    };
    let mut lines = vec![line("account", &user.login_name, &user.real_name, "closed")];
    lines.extend(desk.strip(db, log, user)?);
    lines.extend(desk.call_off(db, log, user)?);
    for post in accounts::end_posts(db, user.id, false, on)? {
        log.push(Entry {
            verb: desk.verb,
            table: Some("user_post"),
            key: Some(format!("{}/{post}", user.login_name)),
            old: Some(json!({ "to_on": null })),
            new: Some(json!({ "to_on": on.to_string() })),
        });
        lines.push(line("posts", &post, "", "ended"));
    }
    lines.extend(desk.hand_over(db, log, user, heir, on.0)?);
    Ok(lines)
}

/// Somebody goes to another unit (调动), or helps there for a time (借调).
fn transit(db: &mut Db, log: &mut Vec<Entry>, desk: &Desk, transfer: &Transfer, user: &User, heir: Option<&User>) -> Result<Vec<Line>> {
    let target = target(db, transfer)?;
    let on = transfer.effective_on;
    let units = units::list(db, &UnitFilter::default())?;
    let old = units.into_iter().find(|unit| Some(unit.id) == user.unit_id).map(|unit| unit.code);
    let line = |what: &str, key: &str, outcome| Line {
        login: user.login_name.clone(),
        what: what.to_owned(),
        key: key.to_owned(),
        title: String::new(),
        outcome,
        to: Some(target.code.clone()),
    };
    if transfer.kind == "second" {
        let name = transfer.post_name.as_deref().unwrap_or("借调");
        accounts::begin_post(db, user.id, target.id, name, false, on, transfer.until_on)?;
        log.push(desk.entry(
            user,
            json!({}),
            json!({ "second_post": name, "unit": target.code, "until": transfer.until_on.map(|day| day.to_string()) }),
        ));
        return Ok(vec![line("posts", name, "begun")]);
    }
    let mut lines = vec![line("unit", &old.clone().unwrap_or_default(), "moved")];
    if loses_roles(&transfer.kind, transfer.keep_roles) {
        not_the_last_administrator(db, user, None)?;
        lines.extend(desk.strip_roles(db, log, user)?);
    }
    lines.extend(desk.hand_over(db, log, user, heir, on.0)?);
    let ended = accounts::end_posts(db, user.id, true, on)?;
    let post = transfer.post_name.clone().or_else(|| ended.last().cloned());
    if let Some(post) = &post {
        accounts::begin_post(db, user.id, target.id, post, true, on, None)?;
    }
    lines.extend(post.map(|post| line("posts", &post, "begun")));
    users::place(db, user.id, target.id)?;
    // The officer of one unit is not that of another.
    accounts::set_officer(db, user.id, false)?;
    log.push(desk.entry(
        user,
        json!({ "unit": old, "is_info_officer": user.is_info_officer }),
        json!({ "unit": target.code, "is_info_officer": false, "effective_on": on.to_string() }),
    ));
    Ok(lines)
}

fn target(db: &mut Db, transfer: &Transfer) -> Result<Unit> {
    let units = units::list(db, &UnitFilter::default())?;
    let found = units.into_iter().find(|unit| Some(unit.id) == transfer.to_unit_id);
    match found {
        Some(unit) if unit.status == "active" => Ok(unit),
        Some(unit) => Err(crate::cli::unit::closed(&unit.code)),
        None => Err(crate::cli::unit::unknown("")),
    }
}
