//! Repositories that `backup init` made once, to copy, and whose password is cheap to try.
//!
//! A key of restic's is dear by design: a third of a second and 128 megabytes for each command that opens it. How dear
//! stands in the key's file, and any price is a key: the tests' own are the cheapest there are.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aes256ctr_poly1305aes::aead::Aead;
use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, Nonce};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::Digest;

use super::{Engine, Office, walk};

/// A file of a repository, its mode and its bytes; a folder has none.
type Piece = (PathBuf, u32, Option<Vec<u8>>);

static MADE: Mutex<Option<HashMap<String, Vec<Piece>>>> = Mutex::new(None);

impl Office {
    /// A repository as `backup init` leaves it in an empty folder.
    #[track_caller]
    pub fn repository(&self, folder: &str, password_file: &str) {
        let password = self.read(password_file).trim_end().to_owned();
        let mut made = MADE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let pieces = made.get_or_insert_default().entry(password.clone()).or_insert_with(|| template(&password));
        let root = self.path(folder);
        assert!(!root.exists(), "{folder} is there already");
        for (name, mode, bytes) in pieces {
            let path = root.join(name);
            match bytes {
                Some(bytes) => std::fs::write(&path, bytes).unwrap(),
                None => std::fs::create_dir_all(&path).unwrap(),
            }
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
    }

    /// Makes the keys that this password opens cheap, as after `backup key add`.
    pub fn ease(&self, folder: &str, password_file: &str) {
        ease(&self.path(folder), self.read(password_file).trim_end());
    }
}

fn template(password: &str) -> Vec<Piece> {
    let office = Office::ready(Engine::Sqlite);
    office.secret("password", password);
    office.run("backup init --repository store --password-file password").ends(0);
    let root = office.path("store");
    ease(&root, password);
    let mut pieces = vec![(PathBuf::new(), mode(&root), None)];
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = entry.is_file().then(|| std::fs::read(&entry).unwrap());
            pieces.push((entry.strip_prefix(&root).unwrap().to_owned(), mode(&entry), bytes));
            if entry.is_dir() {
                folders.push(entry);
            }
        }
    }
    pieces
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Writes each key that the password opens anew, at the least price: restic's format, and a file named by its digest.
fn ease(repository: &Path, password: &str) {
    for path in walk(&repository.join("keys")) {
        let mut key: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let bytes = |field: &str| BASE64_STANDARD.decode(key[field].as_str().unwrap()).unwrap();
        let number = |field: &str| u32::try_from(key[field].as_u64().unwrap()).unwrap();
        let (salt, sealed) = (bytes("salt"), bytes("data"));
        let derived = |n: u32, r, p| {
            let mut key = [0; 64];
            let price = scrypt::Params::new(u8::try_from(n.ilog2()).unwrap(), r, p).unwrap();
            scrypt::scrypt(password.as_bytes(), &salt, &price, &mut key).unwrap();
            Aes256CtrPoly1305Aes::new(Key::from_slice(&key))
        };
        let (nonce, text) = sealed.split_at(16);
        let nonce = Nonce::from_slice(nonce);
        // One that this password does not open is somebody else's.
        let Ok(master) = derived(number("N"), number("r"), number("p")).decrypt(nonce, text) else { continue };
        let sealed = [nonce.as_slice(), &derived(2, 1, 1).encrypt(nonce, master.as_slice()).unwrap()].concat();
        for (field, value) in [("N", 2), ("r", 1), ("p", 1)] {
            key[field] = value.into();
        }
        key["data"] = BASE64_STANDARD.encode(sealed).into();
        let text = serde_json::to_vec(&key).unwrap();
        let name: String = sha2::Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let mode = mode(&path);
        std::fs::remove_file(&path).unwrap();
        let path = path.with_file_name(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}
