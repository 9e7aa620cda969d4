use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;
use crate::view::{Cell, Column};

/// Show who may do what: roles, or users, beside every permission
///
/// A row for each role, or for each active user who holds one in its term; a column for each permission. Of a user the
/// cell names the roles he has it from. With --permission only those who have one of them. Write it to an .xlsx or .csv
/// file to look at all of it at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the rows are
    #[arg(long, default_value = "role", value_name = "ROWS", value_parser = ["role", "user"])]
    by: String,
    /// Only permissions that begin so, such as user:
    #[arg(long, value_name = "TEXT")]
    permission: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let db = ctx.db()?;
    let begins = args.permission.as_deref().unwrap_or_default();
    let mut of_role: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (role, perm) in roles::permissions(db)?.into_iter().filter(|(_, perm)| perm.starts_with(begins)) {
        of_role.entry(role).or_default().insert(perm);
    }
    let permissions: BTreeSet<&String> = of_role.values().flatten().collect();
    let by_user = args.by == "user";
    let mut columns = if by_user { vec![left("login_name"), left("real_name")] } else { vec![left("code"), left("name")] };
    columns.extend(keys(&permissions).into_iter().zip(&permissions).map(|(key, perm)| Column::left(key, perm.as_str())));
    let mut report = report("role.matrix", columns);
    let none = BTreeSet::new();
    if by_user {
        let mut users: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (login, name, role) in roles::held_by_all(db, today.into())? {
            users.entry((login, name)).or_default().push(role);
        }
        let any = |held: &[String]| args.permission.is_none() || held.iter().any(|role| of_role.contains_key(role));
        for ((login, name), held) in users.into_iter().filter(|(_, held)| any(held)) {
            let from = |perm: &String| -> Vec<String> {
                held.iter().filter(|role| of_role.get(*role).is_some_and(|has| has.contains(perm))).cloned().collect()
            };
            let cells = permissions.iter().map(|perm| super::some(from(perm).join(", ")).into());
            report.push([login.into(), name.into()].into_iter().chain(cells).collect());
        }
    } else {
        for role in roles::all(db)? {
            let has = of_role.get(&role.code).unwrap_or(&none);
            if args.permission.is_some() && has.is_empty() {
                continue;
            }
            // A matrix full of "no" cannot be read.
            let cells = permissions.iter().map(|perm| if has.contains(*perm) { Cell::Bool(true) } else { Cell::Empty });
            report.push([role.code.into(), role.name.into()].into_iter().chain(cells).collect());
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// `unit:write` is `unit_write` to programs. Keys live as long as the program: there are as many as permissions.
fn keys(permissions: &BTreeSet<&String>) -> Vec<&'static str> {
    let mut taken = BTreeSet::new();
    let mut key = |perm: &String| {
        let plain: String = perm.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let mut free = plain.clone();
        for n in 2.. {
            if taken.insert(free.clone()) {
                break;
            }
            free = format!("{plain}_{n}");
        }
        &*free.leak()
    };
    permissions.iter().map(|perm| key(perm)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_permissions_never_share_a_key() {
        let (one, other) = ("a:b-c".to_owned(), "a:b:c".to_owned());
        assert_eq!(keys(&BTreeSet::from([&one, &other])), ["a_b_c", "a_b_c_2"]);
    }
}
