//! Bytes to text: byte order mark, then strict UTF-8, then GB18030, else refusal. No
//! replacement characters, ever.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, GB18030, UTF_8};
use sha2::{Digest, Sha256};

use super::{Hint, IntakeError};

const CHUNK: usize = 1 << 16;

/// How a file's bytes become text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) name: &'static str,
    pub(super) encoding: &'static Encoding,
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// Reads the whole file once: what it is, and which encoding decodes every byte.
pub(super) fn examine(path: &Path, named: Option<&str>) -> Result<Text, IntakeError> {
    let mut file = start(path)?;
    let named = match named {
        Some(name) => Some(Encoding::for_label(name.as_bytes()).ok_or_else(|| IntakeError::UnknownEncoding(name.to_owned()))?),
        None => None,
    };
    let mut head = vec![0; CHUNK];
    let n = fill(&mut file, &mut head).map_err(IntakeError::Unreadable)?;
    head.truncate(n);
    if head.is_empty() {
        return Err(IntakeError::Empty);
    }
    let marked = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    // UTF-16 is half zeros, which without its mark looks binary: whoever names it knows better.
    let wide = named.is_some_and(|encoding| encoding.name().starts_with("UTF-16"));
    if marked.is_none_or(|encoding| encoding == UTF_8) && !wide {
        match kind(&head) {
            Some(Hint::Xlsx) => return workbook(file, &head),
            Some(hint) => return Err(IntakeError::NotATable { hint }),
            None => {}
        }
    }
    let (first, second) = match (marked, named) {
        (Some(encoding), _) | (None, Some(encoding)) => (encoding, None),
        (None, None) => (UTF_8, Some(GB18030)),
    };
    // Two readings side by side: either takes as long as the other.
    let (hashed, check) = std::thread::scope(|scope| {
        let hashed = scope.spawn(|| start(path).and_then(|file| hashed(file, &[])));
        let check = checked(file, head, first, second, path);
        (hashed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), check)
    });
    let ((sha256, bytes), check) = (hashed?, check?);
    if let Some((offset, line)) = check.broken {
        return Err(IntakeError::NotText { offset, line });
    }
    let name = match check.encoding {
        encoding if encoding == UTF_8 && marked.is_some() => "UTF-8 (BOM)",
        encoding if encoding == GB18030 || encoding.name() == "GBK" => "GB18030",
        encoding => encoding.name(),
    };
    let encoding = if check.encoding.name() == "GBK" { GB18030 } else { check.encoding };
    Ok(Text { name, encoding, sha256, bytes })
}

/// A workbook: its bytes are hashed, its encoding is its own affair.
fn workbook(file: BufReader<File>, head: &[u8]) -> Result<Text, IntakeError> {
    let (sha256, bytes) = hashed(file, head)?;
    Ok(Text { name: "XLSX", encoding: UTF_8, sha256, bytes })
}

/// SHA-256 and the number of bytes of a file whose beginning was read already.
fn hashed(mut file: BufReader<File>, head: &[u8]) -> Result<(String, u64), IntakeError> {
    let mut hash = Sha256::new();
    hash.update(head);
    let mut bytes = head.len() as u64;
    let mut chunk = vec![0; CHUNK];
    loop {
        let n = fill(&mut file, &mut chunk).map_err(IntakeError::Unreadable)?;
        if n == 0 {
            return Ok((crate_hex(&hash.finalize()), bytes));
        }
        hash.update(&chunk[..n]);
        bytes += n as u64;
    }
}

/// Decodes a file whose beginning was read already, by the second encoding where the first fails.
fn checked(
    mut file: BufReader<File>,
    head: Vec<u8>,
    first: &'static Encoding,
    mut second: Option<&'static Encoding>,
    path: &Path,
) -> Result<Check, IntakeError> {
    let mut check = Check::new(first);
    let (mut chunk, mut bytes) = (head, 0);
    loop {
        let last = chunk.is_empty();
        bytes += chunk.len() as u64;
        check.feed(&chunk, last);
        // Most files are what is tried first: only the others are decoded a second time, from their start.
        if check.broken.is_some()
            && let Some(encoding) = second.take()
        {
            check = Check::caught_up(encoding, path, bytes, last)?;
        }
        if last {
            return Ok(check);
        }
        chunk.resize(CHUNK, 0);
        let n = fill(&mut file, &mut chunk).map_err(IntakeError::Unreadable)?;
        chunk.truncate(n);
    }
}

impl Text {
    /// Whether the file is a workbook and no text at all.
    pub(super) fn is_workbook(&self) -> bool {
        self.name == "XLSX"
    }
}

/// The file as a stream of UTF-8.
pub(super) fn stream(path: &Path, text: &Text) -> Result<Transcoder, IntakeError> {
    Ok(Transcoder {
        file: start(path)?,
        decoder: text.encoding.new_decoder_with_bom_removal(),
        raw: vec![0; CHUNK],
        out: String::new(),
        at: 0,
        ended: false,
        held: false,
        replaced: None,
    })
}

fn start(path: &Path) -> Result<BufReader<File>, IntakeError> {
    if path.is_dir() {
        return Err(IntakeError::Folder);
    }
    match File::open(path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(IntakeError::NotFound),
        Err(error) => Err(IntakeError::Unreadable(error)),
    }
}

fn fill(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

/// What the first bytes are, when they are no text.
fn kind(head: &[u8]) -> Option<Hint> {
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]);
    let start = text.trim_start_matches('\u{feff}').trim_start().to_lowercase();
    if head.starts_with(b"PK\x03\x04") {
        Some(Hint::Xlsx)
    } else if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        Some(Hint::Xls)
    } else if head.starts_with(b"%PDF") {
        Some(Hint::Pdf)
    } else if start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<table") || start.starts_with("<?xml") {
        Some(Hint::Html)
    } else if start.starts_with('{') || start.starts_with('[') {
        Some(Hint::Json)
    } else if text.contains(['│', '┌', '├', '┃']) {
        Some(Hint::BoxDrawing)
    } else if head.contains(&0) {
        Some(Hint::Binary)
    } else {
        None
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Decodes to nowhere, to learn whether every byte decodes.
struct Check {
    encoding: &'static Encoding,
    decoder: Decoder,
    seen: u64,
    lines: u64,
    broken: Option<(u64, u64)>,
    out: Vec<u8>,
}

impl Check {
    fn new(encoding: &'static Encoding) -> Self {
        Self { encoding, decoder: encoding.new_decoder_with_bom_removal(), seen: 0, lines: 1, broken: None, out: vec![0; CHUNK * 3] }
    }

    /// A check that has seen the first `bytes` of a file already; `last` when there are no more.
    fn caught_up(encoding: &'static Encoding, path: &Path, bytes: u64, last: bool) -> Result<Self, IntakeError> {
        let mut check = Self::new(encoding);
        let mut file = start(path)?.take(bytes);
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = fill(&mut file, &mut chunk).map_err(IntakeError::Unreadable)?;
            if n == 0 {
                break;
            }
            check.feed(&chunk[..n], false);
        }
        if last {
            check.feed(&[], true);
        }
        Ok(check)
    }

    fn feed(&mut self, mut chunk: &[u8], last: bool) {
        while self.broken.is_none() {
            let (result, read, _) = self.decoder.decode_to_utf8_without_replacement(chunk, &mut self.out, last);
            self.seen += read as u64;
            if let Some(at) = memchr::memchr(0, &chunk[..read]).filter(|_| !self.encoding.name().starts_with("UTF-16")) {
                // No text holds a NUL, and PostgreSQL takes none.
                let lines = lines_in(&chunk[..at]);
                self.broken = Some((self.seen - read as u64 + at as u64, self.lines + lines));
                return;
            }
            self.lines += lines_in(&chunk[..read]);
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => chunk = &chunk[read..],
                DecoderResult::Malformed(bad, after) => {
                    self.broken = Some((self.seen.saturating_sub(u64::from(bad) + u64::from(after)), self.lines));
                }
            }
        }
    }
}

/// Reads a file as UTF-8 whatever its encoding; [`examine`] has proved that it decodes.
pub(super) struct Transcoder {
    file: BufReader<File>,
    decoder: Decoder,
    raw: Vec<u8>,
    out: String,
    at: usize,
    ended: bool,
    /// A carriage return at the end of a piece waits for what follows it.
    held: bool,
    replaced: Option<(char, String)>,
}

impl Read for Transcoder {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.out.len() && !self.ended {
            let n = fill(&mut self.file, &mut self.raw)?;
            self.ended = n < self.raw.len();
            self.out.clear();
            self.at = 0;
            self.out.reserve(self.decoder.max_utf8_buffer_length(n).unwrap_or(CHUNK * 3));
            let (result, _, replaced) = self.decoder.decode_to_string(&self.raw[..n], &mut self.out, self.ended);
            debug_assert!(matches!(result, CoderResult::InputEmpty) && !replaced);
            self.unify_line_ends();
            if let Some((from, to)) = &self.replaced {
                self.out = self.out.replace(*from, to);
            }
        }
        let n = buffer.len().min(self.out.len() - self.at);
        buffer[..n].copy_from_slice(&self.out.as_bytes()[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

impl Transcoder {
    /// Puts one character for another from now on.
    pub(super) fn replace(&mut self, from: char, to: char) {
        self.replaced = Some((from, to.to_string()));
    }

    /// CRLF and lone CR become LF, and the last line gets its end, so that lines are counted
    /// alike whatever the file came from.
    fn unify_line_ends(&mut self) {
        if std::mem::take(&mut self.held) {
            self.out.insert(0, '\r');
        }
        if !self.ended && self.out.ends_with('\r') {
            self.out.pop();
            self.held = true;
        }
        if self.out.contains('\r') {
            self.out = self.out.replace("\r\n", "\n").replace('\r', "\n");
        }
        if self.ended && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

fn crate_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
