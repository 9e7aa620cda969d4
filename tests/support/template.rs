//! A database that `init` made once, to copy: hundreds of tests begin with one, and none is about how it came to be.

use std::path::Path;
use std::sync::OnceLock;

use super::{Engine, INIT, Office, on_the_server};

/// What `init` leaves on an engine.
struct Made {
    /// The database file, or the name of the database on the server.
    database: Vec<u8>,
    passwords: Vec<u8>,
}

fn made(engine: Engine) -> &'static Made {
    static SQLITE: OnceLock<Made> = OnceLock::new();
    static POSTGRES: OnceLock<Made> = OnceLock::new();
    let place = if engine == Engine::Sqlite { &SQLITE } else { &POSTGRES };
    place.get_or_init(|| {
        let mut office = Office::new(engine);
        if engine == Engine::Postgres {
            forget_the_dead();
            office.databases = vec![format!("{PREFIX}{}", std::process::id())];
        }
        office.run(INIT).ends(0);
        let passwords = std::fs::read(office.path("initial-passwords")).unwrap();
        let database = match engine {
            Engine::Sqlite => std::fs::read(office.path(&office.url())).unwrap(),
            // It outlives its office, as the copies need it.
            Engine::Postgres => std::mem::take(&mut office.databases).swap_remove(0).into_bytes(),
        };
        Made { database, passwords }
    })
}

const PREFIX: &str = "swj_test_template_";

/// Drops the templates of test runs that ended.
fn forget_the_dead() {
    for name in on_the_server(&format!("SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'")).lines() {
        if !Path::new("/proc").join(&name[PREFIX.len()..]).exists() {
            on_the_server(&format!("DROP DATABASE IF EXISTS \"{name}\""));
        }
    }
}

/// Puts a copy into the office, with an identity of its own: two offices are two databases.
#[track_caller]
pub(super) fn copy(office: &Office) {
    let made = made(office.engine);
    office.secret("initial-passwords", &made.passwords);
    match office.engine {
        Engine::Sqlite => office.secret(&office.url(), &made.database),
        Engine::Postgres => {
            let template = String::from_utf8_lossy(&made.database);
            on_the_server(&format!("CREATE DATABASE \"{}\" TEMPLATE \"{template}\"", office.databases[0]));
        }
    }
    office.meddle(&format!("UPDATE setting SET value = '{}' WHERE key = 'database_id'", uuid::Uuid::now_v7()));
}
