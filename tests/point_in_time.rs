//! The recipe of swj-point-in-time(7), run word for word on a server of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{INIT, root, sqlite_only, words};

/// The commands of the page, one text for each of its examples.
fn examples() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("man/swj-point-in-time.7")).unwrap();
    let blocks = page.split("\n.EX\n").skip(1).map(|block| block.split("\n.EE").next().unwrap().replace("\\-", "-"));
    blocks.collect()
}

struct Server {
    home: PathBuf,
    bin: PathBuf,
    superuser: bool,
}

impl Server {
    fn url(&self, port: u16) -> String {
        format!("postgres://postgres@/oa?host={}&port={port}", self.home.display())
    }

    /// A shell as the server's own user, who alone may start it.
    fn sh(&self, script: &str, moment: &str) -> Output {
        let mut command = if self.superuser {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", "sh", "-ec", script]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-ec", script]);
            command
        };
        let path = format!("{}:{}:{}", self.home.join("bin").display(), self.bin.display(), std::env::var("PATH").unwrap());
        let at = |name: &str| self.home.join(name);
        command
            .env("PATH", path)
            .env("HOME", &self.home)
            .env("DATA", at("data"))
            .env("ARCHIVE", at("archive"))
            .env("BASE", at("base"))
            .env("NEW", at("new"))
            .env("OLD_URL", self.url(5432))
            .env("NEW_URL", self.url(5499))
            .env("MOMENT", moment)
            .current_dir(&self.home);
        command.output().unwrap()
    }

    #[track_caller]
    fn does(&self, script: &str, moment: &str) -> String {
        let out = self.sh(script, moment);
        assert!(out.status.success(), "{script}\n{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for data in ["data", "new"] {
            self.sh(&format!("pg_ctl -D {data} -m immediate stop"), "");
        }
    }
}

#[test]
fn the_recipe_of_the_manual_brings_a_moment_back_and_proves_it() {
    if sqlite_only() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bin = std::fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path().join("bin")).max().unwrap();
    let server = Server { home: folder.path().to_owned(), bin, superuser: rustix::process::geteuid().is_root() };
    if server.superuser {
        assert!(Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap().success());
    }
    // The program where the server's user can reach it.
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_swj"), folder.path().join("bin/swj")).unwrap();
    let set = format!("unix_socket_directories = '{}'\nlisten_addresses = ''\n", folder.path().display());
    server.does("initdb -D data -U postgres -A trust -E UTF8 --locale=C >made; chmod 700 data", "");
    server.does(&format!("cat >> data/postgresql.conf <<END\n{set}END\npg_ctl -D data -l log -w start"), "");

    let [keep, base, note, back, proof]: [String; 5] = examples().try_into().unwrap();
    server.does(&keep, "");
    server.does("createdb -U postgres -h \"$HOME\" oa", "");
    let init = words(INIT).into_iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    server.does(&format!("swj -d \"$OLD_URL\" {init}"), "");
    server.does("swj -d \"$OLD_URL\" demo load", "");
    server.does(&base, "");
    server.does("swj -d \"$OLD_URL\" unit add LATE --name 后来 --parent 00", "");
    server.does(&note, "");
    let moment = server.does("cat moment", "");
    // And then it happens.
    server.does("sleep 1; psql -d \"$OLD_URL\" -qc 'DELETE FROM info_item'", "");
    server.does("swj -d \"$OLD_URL\" unit add AFTER --name 更后 --parent 00", "");
    assert!(!server.sh(&proof.replace("$NEW_URL", "$OLD_URL"), "").status.success(), "the proof tells the damaged one");
    server.does(&back, &moment);
    server.does("until [ \"$(psql -d \"$NEW_URL\" -Atqc 'SELECT pg_is_in_recovery()')\" = f ]; do sleep 0.2; done", "");
    server.does(&proof, "");
    let late = server.does("swj -d \"$NEW_URL\" unit list -f csv --fields code", "");
    assert!(late.contains("LATE") && !late.contains("AFTER"), "{late}");
}
