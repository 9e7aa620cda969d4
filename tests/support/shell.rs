//! The engine's own shell, kept open: somebody who is connected, reads on, holds a lock.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::{Engine, Office, on_the_server, wait_for};

/// Goes away when dropped.
pub struct Shell {
    client: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// The server's number for it.
    session: Option<String>,
}

impl Office {
    /// A shell on the office's database.
    pub fn shell(&self) -> Shell {
        let mut command = match self.engine {
            Engine::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-cmd", ".timeout 60000"]).arg(self.path(&self.url()));
                command
            }
            Engine::Postgres => {
                let mut command = Command::new("psql");
                command.args(["-AtqX", &self.url()]);
                command
            }
        };
        let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (client.stdin.take(), BufReader::new(client.stdout.take().unwrap()));
        let mut shell = Shell { client, to, from, session: None };
        if self.engine == Engine::Postgres {
            shell.session = Some(shell.ask("SELECT pg_backend_pid();"));
        }
        shell
    }

    /// Waits until the server has noticed that whoever was connected is gone.
    pub fn is_alone(&self) {
        if self.engine == Engine::Postgres {
            let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'", self.name());
            wait_for("the sessions' end", || (on_the_server(&sessions).trim() == "0").then_some(()));
        }
    }
}

impl Shell {
    /// Says this, and does not wait.
    pub fn say(&mut self, sql: &str) {
        let to = self.to.as_mut().unwrap();
        writeln!(to, "{sql}").unwrap();
        to.flush().unwrap();
    }

    /// Says this, of which one line comes back, and waits for it.
    #[track_caller]
    pub fn ask(&mut self, sql: &str) -> String {
        self.say(sql);
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "{sql}: no answer");
        line.trim_end().to_owned()
    }

    pub fn is_there(&mut self) -> bool {
        self.client.try_wait().unwrap().is_none()
    }

    /// Ends as it should when there is nothing more to say.
    #[track_caller]
    pub fn ends(mut self) {
        self.to = None;
        assert!(self.client.wait().unwrap().success());
    }
}

impl Drop for Shell {
    /// The server has noticed when this is over.
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
        if let Some(session) = self.session.as_ref().filter(|_| !std::thread::panicking()) {
            let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {session}");
            wait_for("the session's end", || (on_the_server(&sessions).trim() == "0").then_some(()));
        }
    }
}
