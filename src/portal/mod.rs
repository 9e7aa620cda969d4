//! A published web tree (网页防篡改): what is in it, and what became of what was.

mod compare;
mod list;
mod path;
mod walk;

pub use compare::{Change, compare};
pub use list::{digest, read, write};
pub use path::{escape, unescape};
pub use walk::{Doubt, Found, walk};

/// What stands under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lower-case hex of the SHA-256.
    File { bytes: u64, sha256: String },
    /// Where a symbolic link points; what is there is not followed.
    Link { target: Vec<u8> },
    /// A pipe, a socket, a device: never opened.
    Other,
}

impl Kind {
    pub fn word(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Link { .. } => "link",
            Self::Other => "other",
        }
    }
}

/// A path below the root, as the file system names it, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub path: Vec<u8>,
    pub kind: Kind,
}
