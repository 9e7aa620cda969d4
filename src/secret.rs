//! Passwords and keys in files: made, written and read so that nobody else ever sees them.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Result;
use argon2::{PasswordHasher, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Twenty letters and digits without look-alikes: about 115 bits.
///
/// # Errors
/// The system has no randomness to give.
pub fn random() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0_u8; 64];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
    // Bytes beyond the last whole multiple are dropped so that every letter is as likely.
    let bound = u8::MAX - u8::MAX % LETTERS.len() as u8;
    Ok(bytes.iter().filter(|byte| **byte < bound).take(20).map(|byte| LETTERS[*byte as usize % LETTERS.len()] as char).collect())
}

/// How passwords are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Argon2id,
    /// PBKDF2 over HMAC-SM3 (GB/T 39786: 国密算法).
    Pbkdf2Sm3,
}

/// Rounds of PBKDF2; argon2id keeps its own parameters in the string.
const ROUNDS: u32 = 600_000;

impl Algorithm {
    /// Reads the configured word.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "argon2id" => Some(Self::Argon2id),
            "pbkdf2-sm3" => Some(Self::Pbkdf2Sm3),
            _ => None,
        }
    }

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2id => "argon2id",
            Self::Pbkdf2Sm3 => "pbkdf2-sm3",
        }
    }

    /// Hashes a password with a salt of its own into a PHC string.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn hash(self, password: &str) -> Result<String> {
        match self {
            Self::Argon2id => {
                let hash = argon2::Argon2::default().hash_password(password.as_bytes());
                Ok(hash.map_err(|error| anyhow::anyhow!("{error}"))?.to_string())
            }
            Self::Pbkdf2Sm3 => stretch(password, ROUNDS),
        }
    }
}

/// A PHC string of PBKDF2 with a salt of its own.
fn stretch(password: &str, rounds: u32) -> Result<String> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| anyhow::anyhow!("{error}"))?;
    let key = stretched(password, &salt, rounds);
    Ok(format!("$pbkdf2-sm3$i={rounds},l={}${}${}", key.len(), BASE64.encode(salt), BASE64.encode(key)))
}

fn stretched(password: &str, salt: &[u8], rounds: u32) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<sm3::Sm3, 32>(password.as_bytes(), salt, rounds)
}

/// Whether a password is the one that was hashed; a string of another kind is nobody's.
pub fn is_password(password: &str, hash: &str) -> bool {
    let Some(rest) = hash.strip_prefix("$pbkdf2-sm3$i=") else {
        return argon2::Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
    };
    let fields: Vec<&str> = rest.split(['$', ',']).collect();
    let [rounds, "l=32", salt, key] = fields[..] else { return false };
    let (Ok(rounds), Ok(salt), Ok(key)) = (rounds.parse(), BASE64.decode(salt), BASE64.decode(key)) else { return false };
    // Both sides were just computed or stored here: nobody times this from afar.
    stretched(password, &salt, rounds)[..] == key[..]
}

/// Writes a new file that nobody but its owner can read at any moment; one that is there is not touched.
///
/// # Errors
/// The disk; the file is there already.
pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let attempt = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        write(&mut file)?;
        file.sync_all()
    };
    attempt().map_err(|error| of_file(path, &error).into())
}

/// The bits of a mode that show a secret to others. systemd hands credentials to a unit's user by group and access list
/// (0440), in a folder that nobody else enters.
pub fn exposing(path: &Path) -> u32 {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    if credentials.is_some_and(|folder| path.parent() == Some(Path::new(&folder))) { 0o037 } else { 0o077 }
}

/// Reads a secret from a file nobody else may read; one line feed at the end is dropped.
///
/// # Errors
/// The file is missing, or readable by group or others (exit 2).
pub fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    let mode = std::fs::metadata(path).map_err(|error| of_file(path, &error))?.permissions().mode();
    if mode & exposing(path) != 0 {
        let path = path.display().to_string();
        return Err(Failure::new("password.exposed", Exit::Usage, say!("password-exposed", path = path.clone()))
            .hint(say!("password-exposed-hint", path = path))
            .into());
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(Failure::new("password.empty", Exit::Usage, say!("password-empty", path = path.display().to_string())).into());
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_whichever_way_it_is_stored() {
        let argon2id = || Algorithm::Argon2id.hash("七月流火，九月授衣").unwrap();
        // The rounds stand in the string; all 600,000 of them say no more than a thousand.
        let pbkdf2 = || stretch("七月流火，九月授衣", 1_000).unwrap();
        for (algorithm, hash, another) in [(Algorithm::Argon2id, argon2id(), argon2id()), (Algorithm::Pbkdf2Sm3, pbkdf2(), pbkdf2())] {
            assert!(hash.starts_with(&format!("${}$", algorithm.name())));
            assert!(is_password("七月流火，九月授衣", &hash) && !is_password("七月流火", &hash));
            assert_ne!(hash, another);
        }
        assert!(
            !is_password("x", "") && !is_password("x", "$pbkdf2-sm3$i=1,l=32$!$!") && !is_password("x", "5f4dcc3b5aa765d61d8327deb882cf99")
        );
    }
}
