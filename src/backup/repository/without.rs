//! A repository with damaged index files, read as if they were not there: what the others know of still comes back.

use std::sync::Arc;

use bytes::Bytes;
use rustic_core::{BytesList, FileType, Id, ReadBackend, RusticResult, WriteBackend};

/// The files of a repository but for some index files.
pub(super) struct Without {
    pub(super) all: Arc<dyn WriteBackend>,
    pub(super) damaged: Vec<Id>,
}

impl ReadBackend for Without {
    fn location(&self) -> String {
        self.all.location()
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        let mut files = self.all.list_with_size(kind)?;
        if kind == FileType::Index {
            files.retain(|(id, _)| !self.damaged.contains(id));
        }
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
