//! Everything that reading a file gives, damage included, and what the reading cost.

use std::cell::Cell;
use std::rc::Rc;

use revscope::bbolt::{Db, Order};
use revscope::bytes::{ReadAt, ReadError, Windows};
use revscope::etcd::{EtcdFile, RecordScan, Verify};
use revscope::kv::BucketKey;

/// What was found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Keys of the records that were read, in order.
    pub records: Vec<BucketKey>,
    /// What is wrong with the file, as text; an error too.
    pub problems: Vec<String>,
    /// Bytes that were read from the source.
    pub bytes_read: u64,
}

/// Counts the bytes that are read.
struct Counted {
    bytes: Vec<u8>,
    read: Rc<Cell<u64>>,
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        ReadAt::len(&self.bytes)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.read.set(self.read.get() + buf.len() as u64);
        self.bytes.read_at(offset, buf)
    }
}

/// Opens a file as etcd's and reads all of it, forwards and backwards; the two must agree.
pub fn survey(bytes: Vec<u8>) -> Survey {
    let read = Rc::new(Cell::new(0));
    let source = Counted {
        bytes,
        read: Rc::clone(&read),
    };
    // Windows of a page, so that every page that is read is seen in the count.
    let windows = Windows::with(Rc::new(source), 4096, 4);
    let opened = Db::open_windows(windows)
        .map_err(Into::into)
        .and_then(EtcdFile::from_db);
    let file = match opened {
        Ok(file) => file,
        Err(error) => {
            return Survey {
                problems: vec![error.to_string()],
                bytes_read: read.get(),
                ..Survey::default()
            };
        }
    };
    let mut survey = Survey::default();
    let info = file.info();
    let told = info.problems.iter().map(ToString::to_string);
    survey.problems.extend(told);
    scan(&file, Order::Forward, &mut survey);
    let mut backward = Survey::default();
    scan(&file, Order::Backward, &mut backward);
    backward.records.sort();
    let mut forward = survey.records.clone();
    forward.sort();
    assert_eq!(forward, backward.records, "forwards and backwards");
    if let Some(trailer) = info.snapshot {
        let mut verify = Verify::new(trailer);
        let verified = loop {
            if let Some(verified) = verify.step(file.db()) {
                break verified;
            }
        };
        let told = verified.err().map(|problem| problem.to_string());
        survey.problems.extend(told);
    }
    survey.bytes_read = read.get();
    survey
}

fn scan(file: &EtcdFile, order: Order, survey: &mut Survey) {
    let mut scan = RecordScan::new(file, order);
    let mut part = 0.0;
    while let Some(next) = scan.next() {
        match next {
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record) => survey.records.push(record.bucket_key),
                        Err(problem) => survey.problems.push(problem.to_string()),
                    }
                }
            }
            Err(problem) => survey.problems.push(problem.to_string()),
        }
        let progress = scan.progress();
        assert!(progress.part >= part, "progress goes on: {progress:?}");
        assert!(progress.bytes_done <= progress.bytes_total, "{progress:?}");
        part = progress.part;
    }
    assert_eq!(scan.progress().part, 1.0);
}
