//! What a command reads: a native file as a source of bytes, out of the archive that it lies in.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use std::rc::Rc;

use revscope::archive::{Layer, Opening, Problem};
use revscope::bytes::{ReadAt, ReadError};

use super::Failure;
use super::args::{Args, Opt};
use super::files::in_file;

/// Option of every command that reads a file.
pub const MEMBER: Opt = Opt {
    name: "--member",
    value: Some("NAME"),
    about: "which file of an archive to read (default: the one that is a db file)",
};

/// An opened file, unpacked where it lies in an archive.
pub struct Opened {
    /// The bytes of the db file.
    pub bytes: Rc<dyn ReadAt>,
    /// What it lies in, outermost first.
    pub layers: Vec<Layer>,
    problems: Vec<Problem>,
}

impl Opened {
    /// What is wrong with what the file lies in.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// Opens what a command is to read; a gzip, zip or tar around it is unpacked on the way.
pub fn open(args: &Args, path: &str) -> Result<Opened, Failure> {
    let source = FileSource::open(path).map_err(|error| in_file(path, error))?;
    let member = args.option("--member").map(str::to_owned);
    let opened = Opening::new(Rc::new(source), member)
        .run()
        .map_err(|error| in_file(path, error))?;
    Ok(Opened {
        bytes: opened.source,
        layers: opened.layers,
        problems: opened.problems,
    })
}

/// A file opened read-only, and its length at that time.
///
/// Reads seek first: the windows above ask for megabytes at a time, so that a second system call
/// is no cost, and every system has it.
pub struct FileSource {
    file: File,
    len: u64,
}

impl FileSource {
    /// Opens a file. What has no length to read by position, as a pipe, is refused.
    pub fn open(path: &str) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::other("is a directory"));
        }
        if !metadata.is_file() {
            return Err(io::Error::other("is not a regular file"));
        }
        let len = metadata.len();
        Ok(Self { file, len })
    }
}

impl ReadAt for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(buf))
            .map_err(|error| ReadError::Host {
                offset,
                len: buf.len() as u64,
                message: error.to_string(),
            })
    }
}
