//! A repository with some files damaged, read as if they were not there: what the others know of still comes back.

use std::sync::Arc;

use bytes::Bytes;
use rustic_core::{BytesList, FileType, Id, ReadBackend, RepositoryBackends, RusticResult, WriteBackend};

/// A repository as it were without these files.
pub(super) fn without(all: &RepositoryBackends, hidden: Vec<(FileType, Id)>) -> RepositoryBackends {
    RepositoryBackends::new(Arc::new(Without { all: all.repository(), hidden }), None)
}

/// The files of a repository but for these.
struct Without {
    all: Arc<dyn WriteBackend>,
    hidden: Vec<(FileType, Id)>,
}

impl ReadBackend for Without {
    fn location(&self) -> String {
        self.all.location()
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        let mut files = self.all.list_with_size(kind)?;
        files.retain(|(id, _)| !self.hidden.contains(&(kind, *id)));
        Ok(files)
    }

    fn read_full(&self, kind: FileType, id: &Id) -> RusticResult<Bytes> {
        self.all.read_full(kind, id)
    }

    fn read_partial(&self, kind: FileType, id: &Id, cacheable: bool, offset: u32, length: u32) -> RusticResult<Bytes> {
        self.all.read_partial(kind, id, cacheable, offset, length)
    }

    fn warmup_path(&self, kind: FileType, id: &Id) -> String {
        self.all.warmup_path(kind, id)
    }
}

impl WriteBackend for Without {
    fn write_bytes(&self, kind: FileType, id: &Id, cacheable: bool, content: BytesList) -> RusticResult<()> {
        self.all.write_bytes(kind, id, cacheable, content)
    }

    fn remove(&self, kind: FileType, id: &Id, cacheable: bool) -> RusticResult<()> {
        self.all.remove(kind, id, cacheable)
    }
}
