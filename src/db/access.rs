//! Who may do what with a PostgreSQL database, and how its sessions begin: what a database that takes another's place
//! has to bring along. SQLite leaves all this to the file.

use serde::{Deserialize, Serialize};

use super::connection::{Db, Engine};
use super::error::DbResult;
use super::raw::select_texts;

/// Owner, grants, settings and comment of a database, and owner and grants of what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub database: Object,
    /// How many sessions at once; -1 for any number.
    pub connections: i64,
    pub comment: Option<String>,
    /// How it sorts and compares; none in a snapshot of an earlier program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// `ALTER DATABASE … SET` and `ALTER ROLE … IN DATABASE … SET`.
    pub settings: Vec<Setting>,
    pub objects: Vec<Object>,
    /// `ALTER DEFAULT PRIVILEGES`: as objects, their owner the role, what is made by it their name.
    pub defaults: Vec<Object>,
}

/// How a database of a server sorts and compares, which is settled when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locale {
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    pub collate: String,
    pub ctype: String,
    /// The locale of a provider that is not `libc`.
    pub name: Option<String>,
}

impl Locale {
    /// As `CREATE DATABASE` takes it. Servers before 15 know one provider and no word for it.
    pub(super) fn words(&self) -> String {
        let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let base = format!("LC_COLLATE {} LC_CTYPE {}", text(&self.collate), text(&self.ctype));
        match (&self.name, self.provider.as_str()) {
            (Some(name), "icu") => format!("LOCALE_PROVIDER icu ICU_LOCALE {} {base}", text(name)),
            (Some(name), provider @ "builtin") => format!("LOCALE_PROVIDER {provider} BUILTIN_LOCALE {} {base}", text(name)),
            _ => base,
        }
    }
}

/// A table, a function and so on; the database itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// As `ALTER` calls it.
    pub kind: String,
    /// Quoted, with its schema.
    pub name: String,
    /// None where it follows another's, as a column's numbers do.
    pub owner: Option<String>,
    /// None where nobody ever granted or revoked: the engine's own defaults.
    pub grants: Option<Vec<Grant>>,
}

/// What one role may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// None is PUBLIC.
    pub to: Option<String>,
    /// Such as `SELECT`, or `SELECT (name)` for a column.
    pub privilege: String,
    pub grantable: bool,
}

/// A setting that sessions begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// None for everybody's.
    pub role: Option<String>,
    /// `work_mem TO '64MB'`.
    pub words: String,
}

/// What could not be carried over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unapplied {
    /// Roles this server does not have.
    pub roles: Vec<String>,
    /// Statements that were refused, each with why.
    pub refused: Vec<(String, String)>,
}

impl Access {
    /// Grants of the database and of all that is in it.
    pub fn grants(&self) -> usize {
        let all = std::iter::once(&self.database).chain(&self.objects).chain(&self.defaults);
        all.filter_map(|object| object.grants.as_ref()).map(Vec::len).sum()
    }

    /// The roles it names.
    pub fn roles(&self) -> Vec<String> {
        let objects = std::iter::once(&self.database).chain(&self.objects).chain(&self.defaults);
        let mut roles: Vec<String> = objects
            .flat_map(|object| {
                let granted = object.grants.iter().flatten().filter_map(|grant| grant.to.clone());
                object.owner.iter().cloned().chain(granted).collect::<Vec<_>>()
            })
            .chain(self.settings.iter().filter_map(|setting| setting.role.clone()))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// This, and of `older` what this knows nothing of.
    #[must_use]
    pub fn over(mut self, older: &Self) -> Self {
        for object in &older.objects {
            if !self.objects.iter().any(|known| (&known.kind, &known.name) == (&object.kind, &object.name)) {
                self.objects.push(object.clone());
            }
        }
        self
    }

    /// What makes `there` this one: the owners first, for a new owner takes the old one's grants over.
    fn statements(&self, there: &Self, name: &str) -> Vec<(Vec<String>, String)> {
        let mut owners = Vec::new();
        let mut rest = Vec::new();
        let database = Object { name: quoted(name), ..self.database.clone() };
        let database_there = Object { name: quoted(name), ..there.database.clone() };
        // A column has grants or nothing; a new table has none.
        let bare = Object::default();
        let known = |object: &Object| match object.kind.as_str() {
            "COLUMN" => there.objects.iter().any(|known| known.kind != "COLUMN" && known.name == object.name).then_some(&bare),
            _ => there.objects.iter().find(|known| (&known.kind, &known.name) == (&object.kind, &object.name)),
        };
        let mut pairs = vec![(&database, &database_there)];
        pairs.extend(self.objects.iter().filter_map(|object| Some((object, known(object)?))));
        for (object, there) in pairs {
            if let Some(owner) = object.owner.as_ref().filter(|_| object.owner != there.owner) {
                owners.push((vec![owner.clone()], format!("ALTER {} {} OWNER TO {}", object.kind, object.name, quoted(owner))));
            }
            if let Some(grants) = object.grants.as_ref().filter(|_| object.grants != there.grants) {
                let on = format!("ON {} {}", granted_as(&object.kind), object.name);
                rest.extend(revoked_and_granted("", &on, object.owner.as_deref(), grants));
            }
        }
        for default in self.defaults.iter().filter(|default| !there.defaults.contains(default)) {
            let Some(role) = &default.owner else { continue };
            let inside = if default.name.is_empty() { String::new() } else { format!(" IN SCHEMA {}", default.name) };
            let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{inside} ", quoted(role));
            // Those of one schema only add to the others.
            let owner = Some(role.as_str()).filter(|_| default.name.is_empty());
            let grants = default.grants.as_deref().unwrap_or_default();
            let on = format!("ON {}", default.kind);
            rest.extend(revoked_and_granted(&head, &on, owner, grants).into_iter().map(|(mut roles, sql)| {
                roles.push(role.clone());
                (roles, sql)
            }));
        }
        if self.connections != there.connections {
            rest.push((Vec::new(), format!("ALTER DATABASE {} CONNECTION LIMIT {}", quoted(name), self.connections)));
        }
        for Setting { role, words } in self.settings.iter().filter(|setting| !there.settings.contains(setting)) {
            let database = quoted(name);
            rest.push(match role {
                Some(role) => (vec![role.clone()], format!("ALTER ROLE {} IN DATABASE {database} SET {words}", quoted(role))),
                None => (Vec::new(), format!("ALTER DATABASE {database} SET {words}")),
            });
        }
        owners.into_iter().chain(rest).collect()
    }
}

/// All that was there is taken away, and what there is to be is granted.
fn revoked_and_granted(head: &str, on: &str, owner: Option<&str>, grants: &[Grant]) -> Vec<(Vec<String>, String)> {
    let mut statements = Vec::new();
    if let Some(owner) = owner {
        statements.push((Vec::new(), format!("{head}REVOKE ALL {on} FROM PUBLIC")));
        statements.push((vec![owner.to_owned()], format!("{head}REVOKE ALL {on} FROM {}", quoted(owner))));
    }
    statements.extend(grants.iter().map(|grant| {
        let to = grant.to.as_deref().map_or_else(|| "PUBLIC".to_owned(), quoted);
        let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
        (grant.to.iter().cloned().collect(), format!("{head}GRANT {} {on} TO {to}{option}", grant.privilege))
    }));
    statements
}

/// `GRANT` knows fewer kinds than `ALTER`.
fn granted_as(kind: &str) -> &str {
    match kind {
        "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" | "COLUMN" => "TABLE",
        "AGGREGATE" => "FUNCTION",
        other => other,
    }
}

/// A name as PostgreSQL takes it whole.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The access to a database; none on SQLite.
///
/// # Errors
/// The engine's.
pub fn of(db: &mut Db) -> DbResult<Option<Access>> {
    if db.engine() == Engine::Sqlite {
        return Ok(None);
    }
    // Every name comes with its schema when no schema is looked into.
    let path = one(db, "SELECT current_setting('search_path') AS v")?;
    db.execute("SET search_path = ''")?;
    let found = read(db);
    db.execute(&format!("SELECT set_config('search_path', '{}', false)", path.replace('\'', "''")))?;
    found.map(Some)
}

fn read(db: &mut Db) -> DbResult<Access> {
    let mut objects: Vec<Object> = Vec::new();
    for row in select_texts(db, OBJECTS, &["kind", "name", "owner", "listed", "grantee", "privilege", "grantable"], &[])? {
        let [kind, name, owner, listed, grantee, privilege, grantable] = <[String; 7]>::try_from(row).unwrap_or_default();
        let owner = Some(owner).filter(|owner| !owner.is_empty());
        if !objects.last().is_some_and(|last| last.kind == kind && last.name == name && last.owner == owner) {
            objects.push(Object { kind, name, owner, grants: (listed == "true").then(Vec::new) });
        }
        if let Some(grants) = objects.last_mut().and_then(|last| last.grants.as_mut()).filter(|_| !privilege.is_empty()) {
            grants.push(Grant { to: Some(grantee).filter(|to| !to.is_empty()), privilege, grantable: grantable == "true" });
        }
    }
    let (database, objects): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.kind == "DATABASE");
    let (defaults, objects) = objects.into_iter().partition(|object| object.kind.ends_with('S'));
    let settings = select_texts(db, SETTINGS, &["role", "words"], &[])?.into_iter().map(|mut row| {
        let words = row.pop().unwrap_or_default();
        Setting { role: row.pop().filter(|role| !role.is_empty()), words }
    });
    let settings = settings.collect();
    let comment = one(db, "SELECT shobj_description(oid, 'pg_database') AS v FROM pg_database WHERE datname = current_database()")?;
    let connections = one(db, "SELECT datconnlimit AS v FROM pg_database WHERE datname = current_database()")?;
    let locale = select_texts(db, LOCALE, &["provider", "collate", "ctype", "name"], &[])?.into_iter().next().map(|row| {
        let [provider, collate, ctype, name] = <[String; 4]>::try_from(row).unwrap_or_default();
        Locale { provider, collate, ctype, name: Some(name).filter(|name| !name.is_empty()) }
    });
    Ok(Access {
        locale,
        database: database.into_iter().next().unwrap_or_default(),
        connections: connections.parse().unwrap_or(-1),
        comment: Some(comment).filter(|comment| !comment.is_empty()),
        settings,
        objects,
        defaults,
    })
}

/// Gives the open database, which is called `name`, this access. Whoever restores may not be allowed all of it, and
/// another server may lack a role: that is told, and no reason to leave the office without its database.
///
/// # Errors
/// The engine's, when it cannot even be asked.
pub fn give(db: &mut Db, wanted: &Access, name: &str) -> DbResult<Unapplied> {
    let Some(there) = of(db)? else { return Ok(Unapplied::default()) };
    let known = roles(db)?;
    let mut unapplied = Unapplied::default();
    db.all_or_nothing(|db| {
        for (needed, sql) in wanted.statements(&there, name) {
            let lacking: Vec<String> = needed.into_iter().filter(|role| !known.contains(role)).collect();
            if !lacking.is_empty() {
                unapplied.roles.extend(lacking);
                continue;
            }
            db.execute("SAVEPOINT each")?;
            if let Err(error) = db.execute(&sql) {
                unapplied.refused.push((sql, error.to_string()));
                db.execute("ROLLBACK TO SAVEPOINT each")?;
            }
            db.execute("RELEASE SAVEPOINT each")?;
        }
        Ok::<_, super::DbError>(())
    })?;
    unapplied.roles.sort_unstable();
    unapplied.roles.dedup();
    Ok(unapplied)
}

/// The roles of the server.
///
/// # Errors
/// The engine's.
pub fn roles(db: &mut Db) -> DbResult<Vec<String>> {
    Ok(select_texts(db, "SELECT rolname FROM pg_roles", &["rolname"], &[])?.into_iter().flatten().collect())
}

fn one(db: &mut Db, sql: &str) -> DbResult<String> {
    Ok(select_texts(db, sql, &["v"], &[])?.into_iter().flatten().next().unwrap_or_default())
}

/// The columns have other names on servers of other years.
const LOCALE: &str = "SELECT CASE j->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
    j->>'datcollate' AS collate, j->>'datctype' AS ctype, COALESCE(j->>'datlocale', j->>'daticulocale') AS name
    FROM (SELECT to_jsonb(d) AS j FROM pg_catalog.pg_database d WHERE datname = current_database()) here";

/// One row for each grant, one for each object without any. What an extension brought is the extension's.
const OBJECTS: &str = "
WITH space AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace n
               WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')),
o AS (
    SELECT 'DATABASE' AS kind, '' AS name, datdba AS owner, datacl AS acl, NULL AS part FROM pg_catalog.pg_database WHERE datname = current_database()
    UNION ALL SELECT 'SCHEMA', format('%I', nspname), nspowner, nspacl, NULL FROM space
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
           format('%I.%I', nspname, relname),
           CASE WHEN relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')) THEN NULL ELSE relowner END,
           relacl, NULL
    FROM pg_catalog.pg_class c JOIN space ON space.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    UNION ALL
    SELECT 'COLUMN', format('%I.%I', nspname, relname), NULL, attacl, format(' (%I)', attname)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN space ON space.oid = relnamespace
    WHERE attacl IS NOT NULL AND relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    UNION ALL
    SELECT CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
           format('%I.%I(%s)', nspname, proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), proowner, proacl, NULL
    FROM pg_catalog.pg_proc p JOIN space ON space.oid = pronamespace
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
    UNION ALL
    SELECT 'TYPE', format('%I.%I', nspname, typname), typowner, typacl, NULL
    FROM pg_catalog.pg_type t JOIN space ON space.oid = typnamespace
    WHERE (typtype IN ('d', 'e', 'r') OR typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = typrelid AND relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
    UNION ALL
    SELECT CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END,
           COALESCE(quote_ident(nspname), ''), defaclrole, defaclacl, NULL
    FROM pg_catalog.pg_default_acl LEFT JOIN space ON space.oid = defaclnamespace WHERE defaclnamespace = 0 OR space.oid IS NOT NULL)
SELECT kind, name, (SELECT rolname FROM pg_catalog.pg_roles r WHERE r.oid = owner) AS owner, (acl IS NOT NULL)::text AS listed,
       (SELECT rolname FROM pg_catalog.pg_roles r WHERE r.oid = x.grantee) AS grantee, x.privilege_type || COALESCE(part, '') AS privilege, x.is_grantable::text AS grantable
FROM o LEFT JOIN LATERAL pg_catalog.aclexplode(acl) x ON true
ORDER BY kind, name, owner, part NULLS FIRST, grantee NULLS FIRST, privilege, grantable";

/// A list of names is kept as its words, each quoted where it must be; what else there is, as one text.
const SETTINGS: &str = r#"
SELECT (SELECT rolname FROM pg_catalog.pg_roles r WHERE r.oid = setrole) AS role,
       CASE WHEN split_part(c, '=', 1) ~ '\.' THEN (SELECT string_agg(format('%I', p), '.') FROM unnest(string_to_array(split_part(c, '=', 1), '.')) p)
            ELSE format('%I', split_part(c, '=', 1)) END || ' TO ' ||
       CASE WHEN split_part(c, '=', 1) IN ('search_path', 'local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories')
            THEN regexp_replace(COALESCE(NULLIF(substr(c, position('=' in c) + 1), ''), '""'), '(^|, )""(?=,|$)', '\1''''', 'g')
            ELSE quote_literal(substr(c, position('=' in c) + 1)) END AS words
FROM pg_catalog.pg_db_role_setting, LATERAL unnest(setconfig) c
WHERE setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ORDER BY role NULLS FIRST, words"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, owner: &str, grants: Option<Vec<Grant>>) -> Object {
        Object { kind: "TABLE".into(), name: name.into(), owner: Some(owner.into()), grants }
    }

    #[test]
    fn owners_come_first_and_what_is_alike_is_left_alone() {
        let read = Grant { to: Some("o\"a".into()), privilege: "SELECT".into(), grantable: true };
        let wanted = Access {
            objects: vec![table("public.a", "x", Some(vec![read])), table("public.b", "y", None), table("public.gone", "x", None)],
            ..Access::default()
        };
        let there = Access { objects: vec![table("public.a", "x", None), table("public.b", "x", None)], ..Access::default() };
        let said: Vec<String> = wanted.statements(&there, "oa").into_iter().map(|(_, sql)| sql).collect();
        assert_eq!(
            said,
            [
                "ALTER TABLE public.b OWNER TO \"y\"",
                "REVOKE ALL ON TABLE public.a FROM PUBLIC",
                "REVOKE ALL ON TABLE public.a FROM \"x\"",
                "GRANT SELECT ON TABLE public.a TO \"o\"\"a\" WITH GRANT OPTION",
            ]
        );
        assert!(wanted.statements(&wanted, "oa").is_empty());
    }

    #[test]
    fn todays_access_goes_before_that_of_the_backup() {
        let today = Access { objects: vec![table("public.a", "now", None)], ..Access::default() };
        let old = Access { objects: vec![table("public.a", "then", None), table("public.b", "then", None)], ..Access::default() };
        let both = today.over(&old);
        assert_eq!(both.objects, [table("public.a", "now", None), table("public.b", "then", None)]);
    }
}
