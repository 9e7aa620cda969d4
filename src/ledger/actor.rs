//! Who is acting, as the audit log records it.

/// A person or job at a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// OA login bound by `SWJ_ACTOR` or the configuration.
    pub login: Option<String>,
    /// Operating-system user; behind sudo, `lihua (root)`.
    pub os_user: String,
    pub host: String,
}

impl Actor {
    /// The names a binding may use for whoever runs this process: his own behind sudo, then the account's. Only the
    /// superuser's word about who is behind him is taken; anybody can set a variable.
    pub fn names() -> Vec<String> {
        let behind = std::env::var("SUDO_USER").ok().filter(|name| !name.is_empty() && rustix::process::getuid().is_root());
        behind.into_iter().chain([user()]).collect()
    }

    /// The one who runs this process.
    pub fn here(login: Option<&str>) -> Self {
        let user = user();
        let os_user = match std::env::var("SUDO_USER") {
            Ok(behind) if !behind.is_empty() && behind != user => format!("{behind} ({user})"),
            _ => user,
        };
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { login: login.map(str::to_owned), os_user, host }
    }

    /// The OA login, or the operating-system user where none is bound.
    pub fn login_or_user(&self) -> String {
        self.login.clone().unwrap_or_else(|| self.os_user.clone())
    }
}

/// The account this process runs under.
fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    std::fs::read_to_string("/etc/passwd").ok().and_then(|passwd| name_of(&passwd, uid)).unwrap_or_else(|| uid.to_string())
}

fn name_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_user_is_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nlihua:x:1000:1000::/home/lihua:/bin/bash\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("lihua"));
        assert_eq!(name_of(passwd, 7), None);
    }
}
