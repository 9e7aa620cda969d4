//! Checkpoints as signed notes (c2sp.org/tlog-checkpoint, c2sp.org/signed-note): what Go's and C2SP's tools read too.
//!
//! ```text
//! swj/01936f1e-…
//! 1284
//! 0z6nYyC1…=
//!
//! — swj/01936f1e-… 3q2+7wAA…
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::tree::Hash;

/// How C2SP numbers Ed25519.
const ED25519: u8 = 1;
/// What a signature line begins with.
const DASH: &str = "— ";
const PRIVATE: &str = "PRIVATE+KEY+";

/// The size and root of the tree of a log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// A checkpoint with the signatures under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub checkpoint: Checkpoint,
    /// What is signed, with its last line feed.
    body: String,
    signatures: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: String,
    key: [u8; 4],
    signature: Vec<u8>,
}

/// The key that signs; `PRIVATE+KEY+name+hash+key`, as Go writes it.
pub struct Key {
    name: String,
    secret: SigningKey,
}

/// The key that proves a signature; `name+hash+key`, as Go writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl Checkpoint {
    /// The text of a note, unsigned.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    fn read(body: &str) -> Option<Self> {
        // Lines after the third are extensions: signed, and not ours to judge.
        let mut lines = body.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let plain = !size.is_empty() && size.bytes().all(|digit| digit.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let root = BASE64.decode(root).ok()?.try_into().ok()?;
        (plain && !origin.is_empty()).then(|| Some(Self { origin: origin.to_owned(), size: size.parse().ok()?, root }))?
    }
}

impl Note {
    /// Reads one whole note: the text, an empty line, the signature lines.
    pub fn read(text: &str) -> Option<Self> {
        let (body, signatures) = text.split_once("\n\n")?;
        let body = format!("{body}\n");
        let signatures: Option<Vec<Line>> = signatures.lines().map(signature_line).collect();
        let signatures = signatures.filter(|lines| !lines.is_empty())?;
        Some(Self { checkpoint: Checkpoint::read(&body)?, body, signatures })
    }

    /// Who signed it, as the note says.
    pub fn signer(&self) -> &str {
        self.signatures.first().map_or("", |line| &line.name)
    }

    /// Whether this key signed it.
    pub fn signed_by(&self, key: &PublicKey) -> bool {
        self.signatures.iter().any(|line| {
            line.name == key.name
                && line.key == key.hash()
                && Signature::from_slice(&line.signature)
                    .is_ok_and(|signature| key.key.verify_strict(self.body.as_bytes(), &signature).is_ok())
        })
    }
}

fn signature_line(line: &str) -> Option<Line> {
    let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = BASE64.decode(bytes).ok()?;
    let (key, signature) = bytes.split_first_chunk::<4>()?;
    fits(name).then(|| Line { name: name.to_owned(), key: *key, signature: signature.to_vec() })
}

/// A name that can stand in a key and in a signature line.
fn fits(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || letter == '+')
}

impl Key {
    /// Makes a key out of fresh randomness.
    pub fn new(name: &str, seed: [u8; 32]) -> Option<Self> {
        fits(name).then(|| Self { name: name.to_owned(), secret: SigningKey::from_bytes(&seed) })
    }

    /// Reads a key file's one line.
    pub fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().strip_prefix(PRIVATE)?.split_once('+')?;
        let (hash, bytes) = rest.split_once('+')?;
        let bytes = BASE64.decode(bytes).ok()?;
        let (kind, seed) = bytes.split_first()?;
        let key = Self::new(name, seed.try_into().ok()?).filter(|_| *kind == ED25519)?;
        (crate::db::hex(&key.public().hash()) == hash).then_some(key)
    }

    /// The line of a key file.
    pub fn text(&self) -> String {
        let bytes = [&[ED25519], self.secret.as_bytes().as_slice()].concat();
        format!("{PRIVATE}{}+{}+{}\n", self.name, crate::db::hex(&self.public().hash()), BASE64.encode(bytes))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.secret.verifying_key() }
    }

    /// The whole note for a checkpoint.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let body = checkpoint.body();
        let signature = self.secret.sign(body.as_bytes()).to_bytes();
        let bytes = [self.public().hash().as_slice(), &signature].concat();
        format!("{body}\n{DASH}{} {}\n", self.name, BASE64.encode(bytes))
    }
}

impl PublicKey {
    /// Reads `name+hash+key`.
    pub fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (hash, bytes) = rest.split_once('+')?;
        let bytes = BASE64.decode(bytes).ok()?;
        let (kind, key) = bytes.split_first()?;
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
        let key = Self { name: name.to_owned(), key };
        (*kind == ED25519 && fits(name) && crate::db::hex(&key.hash()) == hash).then_some(key)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells keys of one name apart.
    fn hash(&self) -> [u8; 4] {
        let digest = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]).chain_update(self.key.as_bytes()).finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

/// As it is handed on.
impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, crate::db::hex(&self.hash()), BASE64.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "swj/test".into(), size: 1284, root: [7; 32] }
    }

    #[test]
    fn a_note_is_signed_and_read_back_and_nothing_in_it_can_change() {
        let key = Key::new("swj/test", [1; 32]).unwrap();
        let text = key.sign(&checkpoint());
        let note = Note::read(&text).unwrap();
        assert_eq!(note.checkpoint, checkpoint());
        assert!(note.signed_by(&key.public()));
        assert!(!Note::read(&text.replacen("1284", "1285", 1)).unwrap().signed_by(&key.public()));
        assert!(!note.signed_by(&Key::new("swj/test", [2; 32]).unwrap().public()));
        assert!(!note.signed_by(&Key::new("swj/other", [1; 32]).unwrap().public()));
    }

    #[test]
    fn the_form_is_that_of_gos_notes() {
        // From the tests of golang.org/x/mod/sumdb/note.
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = PublicKey::read(vkey).unwrap();
        assert_eq!(key.to_string(), vkey);
        assert!(PublicKey::read(&vkey.replace("c74f", "c74e")).is_none());
        let key = Key::new("swj/test", [1; 32]).unwrap();
        assert_eq!(Key::read(&key.text()).unwrap().public(), key.public());
        assert_eq!(PublicKey::read(&key.public().to_string()), Some(key.public()));
    }

    #[test]
    fn half_a_note_is_none() {
        let text = Key::new("swj/test", [1; 32]).unwrap().sign(&checkpoint());
        for wrong in [
            "",
            "swj/test\n5\n",
            text.split("\n\n").next().unwrap(),
            &text.replace("1284", "01284"),
            &text.replace("1284", "-1"),
            &text.replace("— ", "- "),
            &text[..text.len() - 9],
        ] {
            assert!(Note::read(wrong).is_none_or(|note| !note.signed_by(&Key::new("swj/test", [1; 32]).unwrap().public())), "{wrong}");
        }
        assert!(Key::new("two words", [1; 32]).is_none() && Key::new("a+b", [1; 32]).is_none());
    }
}
