//! Baselines of published web trees (网站基线): each file once for as long as it stayed the same.

use diesel::prelude::*;

use super::bulk::Bulk;
use super::connection::Db;
use super::error::DbResult;
use super::schema::{portal_baseline, portal_file};
use super::types::{Document, Instant};

/// One baseline.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = portal_baseline)]
pub struct Baseline {
    pub id: i64,
    pub site: String,
    pub folder: String,
    pub taken_at: Instant,
    pub files: i64,
    pub links: i64,
    pub bytes: i64,
    /// A list of globs.
    pub excluded: Document,
    pub digest: String,
}

/// A baseline not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = portal_baseline)]
pub struct NewBaseline {
    pub site: String,
    pub folder: String,
    pub taken_at: Instant,
    pub files: i64,
    pub links: i64,
    pub bytes: i64,
    pub excluded: Document,
    pub digest: String,
}

/// What stands under a path in the newest baseline of a site.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = portal_file)]
pub struct Row {
    pub path: String,
    pub kind: String,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
    pub target: Option<String>,
}

/// The newest baseline of a site.
///
/// # Errors
/// The engine's.
pub fn newest(db: &mut Db, site: &str) -> DbResult<Option<Baseline>> {
    let of_site = portal_baseline::table.filter(portal_baseline::site.eq(site));
    Ok(of_site.order(portal_baseline::id.desc()).select(Baseline::as_select()).first(db).optional()?)
}

/// Every site that has a baseline, by name.
///
/// # Errors
/// The engine's.
pub fn sites(db: &mut Db) -> DbResult<Vec<String>> {
    Ok(portal_baseline::table.select(portal_baseline::site).distinct().order(portal_baseline::site).load(db)?)
}

/// What the newest baseline of a site holds.
///
/// # Errors
/// The engine's.
pub fn rows(db: &mut Db, site: &str) -> DbResult<Vec<Row>> {
    let live = portal_file::table.filter(portal_file::site.eq(site)).filter(portal_file::until_id.is_null());
    Ok(live.select(Row::as_select()).load(db)?)
}

/// Adds a baseline: what is gone or changed ends with it, what is new or changed begins with it.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, new: &NewBaseline, ended: &[String], begun: &[Row]) -> DbResult<i64> {
    let id: i64 = diesel::insert_into(portal_baseline::table).values(new).returning(portal_baseline::id).get_result(db)?;
    for path in ended {
        let live = portal_file::table.filter(portal_file::site.eq(&new.site)).filter(portal_file::path.eq(path));
        diesel::update(live.filter(portal_file::until_id.is_null())).set(portal_file::until_id.eq(id)).execute(db)?;
    }
    let mut bulk = Bulk::new(db, "portal_file", &["site", "path", "kind", "bytes", "sha256", "target", "since_id"])?;
    for row in begun {
        let bytes = row.bytes.map(|bytes| bytes.to_string());
        let cells = [
            Some(new.site.clone()),
            Some(row.path.clone()),
            Some(row.kind.clone()),
            bytes,
            row.sha256.clone(),
            row.target.clone(),
            Some(id.to_string()),
        ];
        bulk.push(db, &cells)?;
    }
    bulk.finish(db)?;
    Ok(id)
}
