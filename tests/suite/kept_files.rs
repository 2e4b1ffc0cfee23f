//! Which file something was kept of, and what is kept of it.

use std::cell::RefCell;
use std::rc::Rc;

use revscope::bytes::{Identifying, Identity, ReadAt, ReadError};
use revscope::engine::kept::{Kept, open, pack};
use revscope::history::History;
use revscope::history::kept::KeptError;

use super::fossils::live;
use crate::support::data;

/// A large file that is made of a few bytes, and what was read of it.
struct Sparse {
    size: u64,
    /// One byte that is not zero.
    other: Option<u64>,
    reads: RefCell<Vec<(u64, u64)>>,
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        assert!(offset + len <= self.size);
        self.reads.borrow_mut().push((offset, len));
        buf.fill(0);
        if let Some(at) = self.other.and_then(|other| other.checked_sub(offset))
            && let Some(byte) = buf.get_mut(at as usize)
        {
            *byte = 1;
        }
        Ok(())
    }
}

fn sparse(size: u64, other: Option<u64>) -> (Identity, Vec<(u64, u64)>) {
    let source = Rc::new(Sparse {
        size,
        other,
        reads: RefCell::default(),
    });
    let mut identifying = Identifying::new(source.clone());
    let identity = loop {
        let before = source.reads.borrow().len();
        let step = identifying.step().unwrap();
        let reads = source.reads.borrow();
        let read: u64 = reads[before..].iter().map(|(_, len)| len).sum();
        assert!(read <= 1 << 20 && reads.len() - before <= 32);
        if let Some(identity) = step {
            break identity;
        }
    };
    assert_eq!(Identity::of(source.clone()), Ok(identity));
    let reads = source.reads.borrow();
    let half = reads.len() / 2;
    (identity, reads[..half].to_vec())
}

#[test]
fn an_identity_is_of_length_edges_metas_and_samples() {
    const SIZE: u64 = 3 << 30;
    let (zeros, reads) = sparse(SIZE, None);
    assert!(reads.iter().map(|(_, len)| len).sum::<u64>() < 2 << 20);
    assert_ne!(sparse(SIZE + 4096, None).0, zeros);
    let changed = |at: u64| sparse(SIZE, Some(at)).0 != zeros;
    for at in [0, 100, 65_535, SIZE - 1, SIZE - 65_536] {
        assert!(changed(at), "{at}");
    }
    // The second meta, 16 bytes behind the beginning of its page; its checksum is its last.
    for bits in 10..=24 {
        assert!(
            changed((1 << bits) + 16) && changed((1 << bits) + 79),
            "{bits}"
        );
    }
    for sample in 1..256 {
        assert!(changed(SIZE / 256 * sample), "{sample}");
    }
    // What it cannot tell.
    assert!(!changed(SIZE / 512));
    let names: Vec<_> = [zeros, sparse(SIZE, Some(0)).0]
        .map(|one| one.to_string())
        .into();
    assert!(
        names
            .iter()
            .all(|name| name.len() == 64 && *name == name.to_lowercase())
    );
}

#[test]
fn a_small_file_is_read_whole() {
    for size in [0, 1, 4096, 1 << 20, 3 << 20, 4 << 20] {
        let (zeros, reads) = sparse(size, None);
        assert_eq!(reads.iter().map(|(_, len)| len).sum::<u64>(), size);
        for at in [0, size / 3, size / 2, size.saturating_sub(1)] {
            assert!(
                size == 0 || sparse(size, Some(at)).0 != zeros,
                "{size} {at}"
            );
        }
    }
    let of = |name: &str| Identity::of(Rc::new(data::unpack(name))).unwrap();
    assert_eq!(of("talk/talk-final.db"), of("talk/talk-final.db"));
    assert_ne!(of("talk/talk-final.db"), of("talk/talk-after-compact.db"));
}

#[test]
fn a_source_that_fails_has_no_identity() {
    struct Failing;
    impl ReadAt for Failing {
        fn len(&self) -> u64 {
            100
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            Err(ReadError::PastEnd {
                offset,
                len: buf.len() as u64,
                size: 0,
            })
        }
    }
    assert!(Identity::of(Rc::new(Failing)).is_err());
}

fn packed(name: &str, sums: Option<&[u8]>) -> (History, Identity, Vec<u8>) {
    let file = data::unpack("workload/w3423/before-compaction.db");
    let mut history = History::new();
    let rows = live(&file);
    rows.values().for_each(|row| history.push(&row.as_ref()));
    history.settle();
    let identity = Identity::of(Rc::new(file)).unwrap();
    let mut out = Vec::new();
    pack(name, &identity, &history, sums, &mut |chunk| {
        out.extend_from_slice(chunk);
    });
    (history, identity, out)
}

fn loaded(kept: Kept) -> Result<History, KeptError> {
    let mut loading = kept.history;
    loop {
        if let Some(history) = loading.step()? {
            return Ok(history);
        }
    }
}

#[test]
fn a_file_is_kept_with_its_name_and_identity() {
    for (name, sums) in [
        ("a.db", None),
        ("", Some(&b""[..])),
        ("ü/日本", Some(b"sums")),
    ] {
        let (history, identity, bytes) = packed(name, sums);
        let kept = open(Rc::new(bytes)).unwrap();
        assert_eq!((&*kept.name, kept.identity), (name, identity));
        assert_eq!(kept.sums.as_deref(), sums);
        let again = loaded(kept).unwrap();
        let rows = |history: &History| {
            let rows = history.rows_from(0, u64::MAX);
            rows.map(|(key, row)| (key.key.to_vec(), *row))
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(&again), rows(&history));
    }
    let (_, _, bytes) = packed(&"ü".repeat(1000), None);
    assert_eq!(open(Rc::new(bytes)).unwrap().name, "ü".repeat(512));
    let (_, _, bytes) = packed("large", Some(&vec![0; (16 << 20) + 1]));
    assert_eq!(open(Rc::new(bytes)).unwrap().sums, None);
}

#[test]
fn what_is_cut_or_changed_is_an_error() {
    let (_, _, bytes) = packed("name", Some(b"sums"));
    let read = |bytes: Vec<u8>| open(Rc::new(bytes)).and_then(loaded).map(drop);
    assert_eq!(read(bytes.clone()), Ok(()));
    let lens = (0..100).chain((100..bytes.len()).step_by(97));
    for len in lens {
        assert!(read(bytes[..len].to_vec()).is_err(), "{len}");
    }
    for at in (0..100).chain((100..bytes.len()).step_by(97)) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x40;
        let error = read(bad).unwrap_err();
        match at {
            0..8 => assert_eq!(error, KeptError::NotKept),
            8..12 => assert!(matches!(error, KeptError::Version { .. })),
            _ => assert!(matches!(
                error,
                KeptError::Damaged { .. }
                    | KeptError::Cut { .. }
                    | KeptError::NotKept
                    | KeptError::Version { .. }
            )),
        }
    }
    let error = open(Rc::new(data::unpack("talk/talk-final.db"))).map(drop);
    assert_eq!(error, Err(KeptError::NotKept));
}
