//! What the fuzz targets call, and the test that replays `tests/data/crashes`: bytes in, nothing
//! out. A panic is a bug, and so is a walk that takes more steps than its file can explain.

use std::rc::Rc;

use revscope::archive;
use revscope::bbolt::{Bucket, Db, LeafWalk, MAX_DEPTH, MapWalk, Options, Order};
use revscope::etcd::{
    Contents, EtcdFile, FossilWalk, HashKvScan, Minor, RecordScan, StatusScan, Verify,
    go_open_error,
};
use revscope::export::{Format, Masking, Writer};
use revscope::find::{Names, Query, Search, complete};
use revscope::history::History;
use revscope::history::kept::Loading;
use revscope::kv::hash::HashRules;
use revscope::kv::{BucketKey, RecordRef};
use revscope::lost::{Form, Place, Privacy, notes, restore};

/// One target: it takes a file and gives nothing.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const ALL: [(&str, Target); 10] = [
    ("open", open),
    ("walk", walk),
    ("check", check),
    ("records", records),
    ("fossils", fossils),
    ("proto", proto),
    ("snapshot", snapshot),
    ("archive", unpack),
    ("find", find),
    ("kept", kept),
];

const RULES: HashRules = HashRules {
    skips_tombstone_at_compact_revision: true,
    answers_at_compact_revision: true,
};

/// Counts steps down; a walk of a small file must not need more.
struct Steps(u64);

impl Steps {
    fn of(data: &[u8]) -> Self {
        Self(100_000 + 16 * data.len() as u64)
    }

    fn take(&mut self, what: &str) {
        assert!(self.0 > 0, "{what} goes on and on");
        self.0 -= 1;
    }
}

/// The file as it is, by the meta that does not count, and without salvage.
fn opened(data: &[u8]) -> impl Iterator<Item = Db> + '_ {
    let usual = Options::default();
    let ways = [
        usual,
        Options {
            meta: Some(0),
            ..usual
        },
        Options {
            meta: Some(1),
            ..usual
        },
        Options {
            salvage: false,
            ..usual
        },
        Options {
            page_size: Some(1024),
            ..usual
        },
    ];
    ways.into_iter()
        .filter_map(|options| Db::open_with(Rc::new(data.to_vec()), options).ok())
}

/// Opens a file, and looks for a few keys.
pub fn open(data: &[u8]) {
    for db in opened(data) {
        let (buckets, _) = db.buckets(&db.root(), 100);
        for (name, bucket) in &buckets {
            let _ = db.bucket(&[name]);
            let _ = db.item(bucket, name);
            let _ = db.item(bucket, &[]);
            let _ = db.item(bucket, &[0xff; 20]);
        }
        let entries = db.freelist().map_or(0, |list| list.ids().count());
        assert!(entries as u64 <= db.size() / 8);
    }
    let source = data.to_vec();
    for old in [false, true] {
        let _ = go_open_error(&source, "x.db", old);
    }
}

/// Walks all buckets in both directions.
pub fn walk(data: &[u8]) {
    for db in opened(data) {
        for order in [Order::Forward, Order::Backward] {
            let mut steps = Steps::of(data);
            let mut walks = vec![LeafWalk::new(&db, &db.root(), order)];
            while let Some(walk) = walks.last_mut() {
                steps.take("a walk");
                let Some(next) = walk.next(&db) else {
                    walks.pop();
                    continue;
                };
                let progress = walk.progress(&db);
                assert!((0.0..=1.0).contains(&progress.part));
                let Ok(page) = next else { continue };
                let mut inner = Vec::new();
                for index in 0..page.count() {
                    let Ok(item) = page.item(index) else { continue };
                    if item.is_bucket && walks.len() + inner.len() < MAX_DEPTH {
                        inner.extend(Bucket::from_item(&item));
                    }
                }
                let shared = walks.last().map(|walk| {
                    let walks = inner.iter().map(|bucket| walk.inner(bucket, order));
                    walks.collect::<Vec<_>>()
                });
                walks.extend(shared.unwrap_or_default());
            }
        }
    }
}

/// Maps and checks all pages.
pub fn check(data: &[u8]) {
    for db in opened(data) {
        let mut steps = Steps::of(data);
        let mut walk = MapWalk::new(&db);
        while walk.step(&db, 1) {
            steps.take("a check");
            for finding in walk.take_findings() {
                let _ = finding.line(&|key| format!("{}", key.len()));
                let _ = finding.meaning();
            }
        }
        let map = walk.into_map();
        assert!(map.len() <= db.size() / db.page_size() + 1);
        assert!(map.pages().count() as u64 == map.len());
        let _ = map.reuse(&map);
        for id in 0..map.buckets().len() {
            let _ = map.path(revscope::bbolt::BucketId(id as u32));
        }
    }
}

/// Reads a file as etcd's: contents and rows.
pub fn records(data: &[u8]) {
    for db in opened(data) {
        let _ = Contents::from_db(&db);
        let Ok(file) = EtcdFile::from_db(db) else {
            continue;
        };
        let mut steps = Steps::of(data);
        let mut scan = RecordScan::new(&file, Order::Forward);
        let mut privacy = Privacy::new();
        while let Some(next) = scan.next() {
            steps.take("a scan");
            let Ok(page) = next else { continue };
            for record in page.records().flatten() {
                let _ = file.record(&record.bucket_key);
                privacy.push(&record, Place::Live);
                for form in [Form::Yaml, Form::Json, Form::Etcdctl] {
                    let _ = restore(&record, form, true);
                    let _ = notes(&record, None, form);
                }
            }
        }
        assert!(
            privacy
                .counts()
                .iter()
                .all(|count| count.keys <= count.rows)
        );
        let scan = HashKvScan::new(&file, 0, RULES);
        let Ok(mut scan) = scan else { continue };
        while scan.step().is_none() {
            steps.take("a hash");
        }
    }
}

/// Searches fossils.
pub fn fossils(data: &[u8]) {
    for db in opened(data).take(2) {
        let mut steps = Steps::of(data);
        let mut walk = FossilWalk::new(&db);
        while walk.step(&db, 1) {
            steps.take("a search");
            assert!((0.0..=1.0).contains(&walk.part()));
        }
        for fossil in walk.into_fossils().iter() {
            if let Ok(row) = fossil.read(&db) {
                let _ = row.decode();
            }
        }
    }
}

/// Decodes a row: a length, a bucket key of that length, a value.
pub fn proto(data: &[u8]) {
    let Some((len, rest)) = data.split_first() else {
        return;
    };
    let (key, value) = rest.split_at(rest.len().min(usize::from(*len)));
    let _ = BucketKey::decode(key);
    let whole = BucketKey {
        revision: revscope::kv::Revision { main: 1, sub: 0 },
        tombstone: false,
    };
    for key in [key, &whole.encode()] {
        if let Ok(record) = RecordRef::decode(key, value) {
            let again = record.to_owned().kv.encode();
            let same = RecordRef::decode(key, &again);
            assert_eq!(same.as_ref(), Ok(&record));
        }
    }
}

/// What `snapshot status` and the check of the hash at the end do.
pub fn snapshot(data: &[u8]) {
    for db in opened(data) {
        for minor in [Minor(3, 4), Minor(3, 5), Minor(3, 6)] {
            let mut steps = Steps::of(data);
            let mut scan = StatusScan::new(&db, minor);
            while scan.step().is_none() {
                steps.take("a status");
            }
        }
        let Ok(file) = EtcdFile::from_db(db) else {
            continue;
        };
        let Some(trailer) = file.info().snapshot else {
            continue;
        };
        let mut steps = Steps::of(data);
        let mut verify = Verify::new(trailer);
        while verify.step(file.db()).is_none() {
            steps.take("a verification");
        }
    }
}

/// Unpacks, and opens what comes out.
pub fn unpack(data: &[u8]) {
    let mut steps = Steps(1 << 20);
    let mut opening = archive::Opening::new(Rc::new(data.to_vec()), None).hold(1 << 20);
    loop {
        steps.take("unpacking");
        match opening.step() {
            Ok(Some(opened)) => {
                if opened.source.len() < 1 << 20 {
                    let _ = Db::open(opened.source);
                }
                return;
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

/// Reads the first line as a query, runs it over the others as rows, and writes these down.
pub fn find(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let text = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let _ = complete(&text, text.len() / 2, &Names::default());
    let query = Query::parse(&text).unwrap_or_default();
    let lines: Vec<&[u8]> = lines.take(1000).collect();
    let rows: Vec<RecordRef<'_>> = (2..)
        .zip(&lines)
        .map(|(main, line)| {
            let (key, value) = line.split_at(line.len().min(usize::from(line.len() > 8) * 8));
            RecordRef {
                bucket_key: BucketKey {
                    revision: revscope::kv::Revision { main, sub: 0 },
                    tombstone: value.first() == Some(&b't'),
                },
                key,
                value,
                create_revision: main,
                mod_revision: main,
                version: 1,
                lease: revscope::kv::LeaseId(value.len() as i64 % 3),
            }
        })
        .collect();
    let mut history = History::new();
    rows.iter().for_each(|row| history.push(row));
    history.settle();
    let mut steps = Steps::of(data);
    let mut search = Search::new(query, &history);
    while search.step(&history, 1) {
        steps.take("a search");
    }
    rows.iter().for_each(|row| search.push(&history, row));
    assert!(!search.needs_values() && search.found().is_sorted());
    for format in Format::ALL {
        let mut out = String::new();
        let mut writer = Writer::new(format, Masking::default());
        rows.iter().for_each(|row| writer.push(row, &mut out));
        let _ = writer.finish(&mut out);
    }
}

/// Loads a kept history: the bytes as they are, and the same as blocks with right checksums.
pub fn kept(data: &[u8]) {
    for bytes in [data.to_vec(), blocks(data)] {
        let mut steps = Steps::of(&bytes);
        let mut loading = Loading::new(Rc::new(bytes));
        let loaded = loop {
            steps.take("loading");
            match loading.step() {
                Ok(None) => {}
                Ok(Some(history)) => break Some(history),
                Err(_) => break None,
            }
        };
        let Some(history) = loaded else { continue };
        let mut again = Vec::new();
        history.to_kept(&mut |chunk| again.extend_from_slice(chunk));
        for key in history.keys() {
            assert_eq!(history.find(key.key).map(|found| found.id), Some(key.id));
            assert!(key.generations().count() <= key.changes.len());
        }
        let mut loading = Loading::new(Rc::new(again));
        while let Ok(None) = loading.step() {}
    }
}

/// A kind, a length of two bytes and a payload, again and again, in the frames that they need.
fn blocks(mut data: &[u8]) -> Vec<u8> {
    let mut out = b"RVSKEPT\n\x01\0\0\0".to_vec();
    let mut number = 0_u32;
    while let Some((head, rest)) = data.split_first_chunk::<3>() {
        let [kind, low, high] = *head;
        let len = usize::from(u16::from_le_bytes([low, high]));
        let (payload, rest) = rest.split_at(len.min(rest.len()));
        let words = [number, u32::from(kind), payload.len() as u32].map(u32::to_le_bytes);
        let sum = crc32c::crc32c_append(crc32c::crc32c(words.as_flattened()), payload);
        out.extend_from_slice(words.as_flattened());
        out.extend_from_slice(&sum.to_le_bytes());
        out.extend_from_slice(payload);
        (number, data) = (number + 1, rest);
    }
    out
}
