//! Who handles (经办) a licence case or a request for disclosure.

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::types::Instant;

/// What somebody handles, by row id.
#[derive(Clone, Copy, Debug)]
pub enum Paper {
    /// A case of a licence item (办件).
    Case(i64),
    /// A request for disclosure (依申请公开).
    Request(i64),
}

impl Paper {
    fn column(self) -> &'static str {
        match self {
            Self::Case(_) => "case_id",
            Self::Request(_) => "request_id",
        }
    }

    fn id(self) -> Value {
        match self {
            Self::Case(id) | Self::Request(id) => Value::Int(id),
        }
    }
}

/// Login of who handles it now; none when nobody was named.
///
/// # Errors
/// The engine's.
pub fn of(db: &mut Db, paper: Paper) -> DbResult<Option<String>> {
    let sql = format!(
        "SELECT u.login_name AS login FROM case_handler h JOIN oa_user u ON u.id = h.user_id WHERE h.{} = $1 AND h.until_at IS NULL",
        paper.column()
    );
    Ok(select_texts(db, &sql, &["login"], &[paper.id()])?.into_iter().flatten().next())
}

/// Puts it into somebody's hands; whoever had it before hands it over at that moment.
///
/// # Errors
/// The engine's.
pub fn assign(db: &mut Db, paper: Paper, user: i64, at: Instant) -> DbResult<()> {
    let column = paper.column();
    run(db, &format!("UPDATE case_handler SET until_at = $2 WHERE {column} = $1 AND until_at IS NULL"), &[paper.id(), Value::Instant(at)])?;
    let sql = format!("INSERT INTO case_handler ({column}, user_id, since_at) VALUES ($1, $2, $3)");
    run(db, &sql, &[paper.id(), Value::Int(user), Value::Instant(at)])?;
    Ok(())
}
