//! Files in gzip, zip and tar: made by real tools, and broken by hand.

use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;
use revscope::archive::{Error, Opened, Opening, open};
use revscope::bytes::{ReadAt, ReadError};

use crate::support::data;

fn bytes(source: &dyn ReadAt) -> Vec<u8> {
    let mut bytes = vec![0; source.len() as usize];
    source.read_at(0, &mut bytes).unwrap();
    bytes
}

fn opened(file: Vec<u8>) -> Opened {
    open(Rc::new(file)).unwrap()
}

fn error(file: Vec<u8>) -> Error {
    match open(Rc::new(file)) {
        Ok(opened) => panic!("opened: {} bytes", opened.source.len()),
        Err(error) => error,
    }
}

fn db() -> Vec<u8> {
    data::unpack("talk/talk-final.db")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What it lay in, as `format:member+others`, and the problems.
fn told(opened: &Opened) -> (String, Vec<String>) {
    let layers: Vec<_> = opened
        .layers
        .iter()
        .map(|layer| format!("{}:{}+{}", layer.format, layer.member, layer.others.len()))
        .collect();
    let problems = opened.problems.iter().map(ToString::to_string).collect();
    (layers.join(" "), problems)
}

/// A zip archive as the format wants it: `(name, bytes, deflate)`.
pub fn zip(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, deflate) in members {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        let packed = match deflate {
            true => encoder.finish().unwrap(),
            false => bytes.to_vec(),
        };
        let mut fields = Vec::new();
        fields.extend([20, 0, 0, 0, if *deflate { 8 } else { 0 }, 0, 0, 0, 0, 0]);
        fields.extend(crc32fast::hash(bytes).to_le_bytes());
        fields.extend((packed.len() as u32).to_le_bytes());
        fields.extend((bytes.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&fields);
        file.extend(name.as_bytes());
        file.extend(packed);
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((members.len() as u16).to_le_bytes().repeat(2));
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// A tar archive of the old form.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for (name, bytes) in members {
        let mut head = [0u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        head[148..156].fill(b' ');
        head[156] = b'0';
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        file.extend(head);
        file.extend(*bytes);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    file.resize(file.len() + 1024, 0);
    file
}

#[test]
fn files_packed_by_real_tools_open() {
    let check = |name: &str, layers: &str| {
        let opened = opened(data::packed(&format!("packed/{name}")));
        assert_eq!(told(&opened), (layers.to_owned(), vec![]), "{name}");
        assert!(bytes(&*opened.source) == db(), "{name}: other bytes");
    };
    check("data-dir.tar.gz", "gzip:+0 tar:etcd.bak/member/snap/db+2");
    check("v7.tar.gz", "gzip:+0 tar:talk-final.db+0");
    let long = format!("long/{0}/{0}/db", "a".repeat(120));
    check("gnu-long.tar.gz", &format!("gzip:+0 tar:{long}+0"));
    check("pax-long.tar.gz", &format!("gzip:+0 tar:{long}+0"));
    check("deflate.zip", "zip:backup/etcd-snapshot.db+2");
    check("zip64.zip", "zip:db+0");
    check("streamed.zip", "zip:db+0");
    check("stored.zip.gz", "gzip:+0 zip:db+0");
}

#[test]
fn what_is_not_unpacked_is_named_with_its_command() {
    let check = |name: &str, expected: &str| {
        let error = error(data::packed(&format!("packed/{name}")));
        assert_eq!(error.to_string(), expected, "{name}");
    };
    let locked =
        |what, command| format!("the file is {what}: unpack it first, with `{command} FILE`");
    check("talk-final.db.zstd", &locked("zstd", "zstd -d"));
    check("talk-final.db.xz", &locked("xz", "xz -d"));
    check("talk-final.db.bzip2", &locked("bzip2", "bzip2 -d"));
    check("talk-final.db.lz4", &locked("lz4", "lz4 -d"));
    check("symmetric.gpg", &locked("encrypted with gpg", "gpg -d"));
    check(
        "openssl.enc",
        &locked("encrypted with openssl enc", "openssl enc -d -in"),
    );
    let member =
        |how: &str| format!("db in the zip archive is {how}: unpack it first, with `7z x FILE`");
    check("bzip2.zip", &member("packed with bzip2"));
    check("lzma.zip", &member("packed with lzma"));
    check("encrypted.zip", &member("encrypted"));
    let sparse = "sparse.db in the tar archive is stored as a sparse file: unpack it first, with `tar -xf FILE`";
    check("sparse-gnu.tar.gz", sparse);
    check("sparse-pax.tar.gz", sparse);
    for (head, what) in [
        (&b"7z\xbc\xaf\x27\x1c"[..], "7z"),
        (b"LUKS\xba\xbe\0\x02", "a LUKS volume"),
        (b"age-encryption.org/v1\n", "encrypted with age"),
        (b"\x50\x2a\x4d\x18", "zstd"),
    ] {
        let said = error(head.to_vec()).to_string();
        assert!(said.starts_with(&format!("the file is {what}: ")), "{said}");
    }
}

#[test]
fn a_plain_file_goes_through_untouched() {
    for name in [
        "talk/talk-final.db",
        "snapshots/zero-length.db",
        "snapshots/text.txt",
    ] {
        let file = data::unpack(name);
        let opened = opened(file.clone());
        assert_eq!(told(&opened), (String::new(), vec![]));
        assert_eq!(bytes(&*opened.source), file);
    }
}

#[test]
fn the_member_is_chosen_by_what_it_is_then_by_its_name() {
    let (db, other) = (db(), b"other".as_slice());
    let check = |archive: Vec<u8>, wanted: Option<&str>, expected: &str| {
        let opening = Opening::new(Rc::new(archive), wanted.map(str::to_owned));
        let found = match opening.run() {
            Ok(opened) => told(&opened).0,
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    };
    check(tar(&[("a.db", other), ("b", &db)]), None, "tar:b+1");
    check(
        zip(&[("a.db", other, true), ("b", &db, true)]),
        None,
        "zip:b+1",
    );
    check(
        tar(&[("a", other), ("x/b.db", other)]),
        None,
        "tar:x/b.db+1",
    );
    check(
        tar(&[("a", other), ("b.gz", &gzip(&db))]),
        None,
        "tar:b.gz+1 gzip:+0",
    );
    check(tar(&[("a", &db), ("x/b", &db)]), Some("x/b"), "tar:x/b+1");
    check(tar(&[("a", &db), ("x/b", &db)]), Some("b"), "tar:x/b+1");
    let list = "none of the archive's files is a db file: a, b";
    check(tar(&[("a", other), ("b", other)]), None, list);
    let missing = format!("no member `c`: {list}");
    check(
        zip(&[("a", &db, false), ("b", &db, false)]),
        Some("c"),
        &missing,
    );
    check(zip(&[]), None, "the archive has no files");
    let nested = tar(&[("n.zip", &zip(&[("db", &db, false), ("e", other, false)]))]);
    check(nested.clone(), Some("e"), "tar:n.zip+0 zip:e+1");
    check(gzip(&nested), None, "gzip:+0 tar:n.zip+0 zip:db+1");
    check(
        gzip(&gzip(&nested)),
        None,
        "more than 3 archives, one in the other: unpack the file first",
    );
}

#[test]
fn stored_members_are_read_where_they_lie() {
    struct Counted(Vec<u8>, Rc<Cell<u64>>);
    impl ReadAt for Counted {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            self.1.set(self.1.get() + buf.len() as u64);
            self.0.read_at(offset, buf)
        }
    }
    let big = [db(), vec![7; 1 << 20]].concat();
    let check = |archive: Vec<u8>, most: u64| {
        let read = Rc::new(Cell::new(0));
        let opened = open(Rc::new(Counted(archive, Rc::clone(&read)))).unwrap();
        assert_eq!(opened.source.len(), big.len() as u64);
        assert!(read.get() < most, "{} bytes read to open", read.get());
    };
    check(tar(&[("a", b"x"), ("db", &big)]), 8_000);
    check(zip(&[("a", b"x", false), ("db", &big, false)]), 90_000);
}

/// Bytes that pack to about a half and differ everywhere.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 60) as u8
        })
        .collect()
}

#[test]
fn packed_bytes_that_are_not_held_are_read_anywhere() {
    let plain = noise(11 << 20);
    let (first, second) = plain.split_at(5_000_000);
    let several = [gzip(first), gzip(second)].concat();
    let archives = [
        (gzip(&plain), "one gzip member"),
        (several, "two gzip members"),
        (zip(&[("db", &plain, true)]), "zip"),
    ];
    for (archive, what) in archives {
        let mut opening = Opening::new(Rc::new(archive), None).hold(1 << 20);
        let (mut steps, mut before) = (0, 0);
        let opened = loop {
            if let Some(opened) = opening.step().unwrap() {
                break opened;
            }
            let (done, total) = opening.progress();
            assert!(done <= total, "{what}: {done} of {total}");
            steps += 1;
            before = done.max(before);
        };
        assert!((3..12).contains(&steps), "{what}: {steps} steps");
        assert!(before > 0);
        assert_eq!(told(&opened).1, [""; 0], "{what}");
        let source = opened.source;
        assert_eq!(source.len(), plain.len() as u64, "{what}");
        let mut at = 0;
        for step in 0..200usize {
            // To and fro over the file, and across every kind of edge.
            at = (at + step * 7_654_321) % (plain.len() - 70_000);
            let mut buf = vec![0; 1 + step * 311];
            source.read_at(at as u64, &mut buf).unwrap();
            assert!(
                buf == plain[at..at + buf.len()],
                "{what}: {} at {at}",
                buf.len()
            );
        }
        assert!(bytes(&*source) == plain, "{what}: as a whole");
        let past = source.read_at(plain.len() as u64 - 1, &mut [0; 2]);
        assert!(matches!(past, Err(ReadError::PastEnd { .. })), "{what}");
    }
}

#[test]
fn a_broken_gzip_gives_what_could_be_unpacked() {
    let plain = noise(3 << 20);
    let whole = gzip(&plain);
    let check = |file: Vec<u8>, hold: usize, expected: &str| {
        let opening = Opening::new(Rc::new(file), None).hold(hold);
        let opened = opening.run().unwrap();
        let said = told(&opened).1.join("; ");
        assert!(said.contains(expected), "{said}");
        let found = bytes(&*opened.source);
        assert!(found == plain[..found.len()], "{said}: other bytes");
        found.len()
    };
    for hold in [64 << 20, 0] {
        let half = whole.len() / 2;
        let len = check(
            whole[..half].to_vec(),
            hold,
            "gzip file: cut short, only the first",
        );
        assert!(len > plain.len() / 3, "{len}");
        for tail in 1..=8 {
            let cut = whole[..whole.len() - tail].to_vec();
            assert_eq!(check(cut, hold, "cut short"), plain.len());
        }
        let mut crc = whole.clone();
        let at = crc.len() - 8;
        crc[at] ^= 1;
        assert_eq!(check(crc, hold, "gzip file: crc32 is "), plain.len());
        let mut len = whole.clone();
        let at = len.len() - 1;
        len[at] ^= 1;
        let said = "unpacks to 3145728 bytes, but its length is stored as 19922944";
        assert_eq!(check(len, hold, said), plain.len());
        let behind = [&whole[..], b"more"].concat();
        let said = "gzip file: 4 bytes follow its end, which are not read";
        assert_eq!(check(behind, hold, said), plain.len());
        let padded = [&whole[..], &[0; 512]].concat();
        assert_eq!(check(padded, hold, ""), plain.len());
        // A bad second member costs nothing of the first.
        let second = [&whole[..], b"\x1f\x8b\x07"].concat();
        assert_eq!(check(second, hold, "cut short"), plain.len());
    }
    let nothing = "the gzip file is broken: it ends before anything could be unpacked";
    assert_eq!(error(whole[..12].to_vec()).to_string(), nothing);
    let mut method = whole;
    method[2] = 7;
    let nothing = "the gzip file is broken: nothing of it can be unpacked";
    assert_eq!(error(method).to_string(), nothing);
}

#[test]
fn broken_archives_give_the_members_that_are_left() {
    let db = db();
    let check = |file: Vec<u8>, expected: &str| {
        let found = match open(Rc::new(file)) {
            Ok(opened) => {
                let (layers, problems) = told(&opened);
                format!("{layers} {} {}", opened.source.len(), problems.join("; "))
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    };
    let archive = zip(&[("a", b"x", false), ("db", &db, true)]);
    let no_directory =
        "zip archive: its directory at the end is missing or broken, members were found one by one";
    check(
        archive[..archive.len() - 30].to_vec(),
        &format!("zip:db+1 20480 {no_directory}"),
    );
    let mut crc = archive.clone();
    let at = archive
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let next = at
        + 4
        + archive[at + 4..]
            .windows(4)
            .position(|bytes| bytes == b"PK\x01\x02")
            .unwrap();
    crc[next + 16] ^= 0xff;
    let stored = u32::from_le_bytes(crc[next + 16..next + 20].try_into().unwrap());
    let said = format!(
        "zip:db+1 20480 db: crc32 is {stored:08x}, but the bytes give {:08x}",
        crc32fast::hash(&db)
    );
    check(crc, &said);
    let archive = tar(&[("db", &db), ("b", b"x")]);
    check(
        archive[..512 + 10_000].to_vec(),
        "tar:db+0 10000 db: cut short, only the first 10000 bytes could be unpacked",
    );
    let mut sum = archive;
    sum[512 + 20_480 + 3] ^= 1;
    check(
        sum,
        "tar:db+0 20480 tar archive: a head has a wrong checksum or length at offset 20992, \
         members behind it are not read",
    );
}

#[test]
fn a_bomb_is_refused_before_it_fills_anything() {
    // gzip packs zeros by a thousand, and what comes out of that again: beyond any real file.
    let zeros = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = gzip(&encoder.finish().unwrap());
    let refused = Opening::new(Rc::new(bomb), None).hold(0).run();
    let limit = 256 << 20;
    assert_eq!(refused.err(), Some(Error::TooLarge { limit }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_packs_open_or_are_refused(
        which in 0usize..5,
        writes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        hold in prop::bool::ANY,
    ) {
        let names = ["data-dir.tar.gz", "deflate.zip", "zip64.zip", "streamed.zip", "tar"];
        let mut file = match names[which] {
            "tar" => tar(&[("a", b"x"), ("db", &db())]),
            name => data::packed(&format!("packed/{name}")),
        };
        for (at, byte) in writes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(file.len() / 2 + cut.index(file.len()));
        let hold = if hold { 1 << 20 } else { 0 };
        if let Ok(opened) = Opening::new(Rc::new(file), None).hold(hold).run() {
            prop_assert!(opened.source.len() < 1 << 28);
            // What was promised can be read, from the end too.
            let len = opened.source.len();
            let from_end = len.saturating_sub(100);
            let mut buf = vec![0; (len - from_end) as usize];
            prop_assert_eq!(opened.source.read_at(from_end, &mut buf), Ok(()));
            prop_assert_eq!(bytes(&*opened.source).len() as u64, len);
        }
    }

    #[test]
    fn random_bytes_behind_a_magic_do_no_harm(
        magic in prop::sample::select(vec![&b"\x1f\x8b\x08"[..], b"PK\x03\x04", b"PK\x05\x06"]),
        bytes in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let file = [magic, &bytes].concat();
        if let Ok(opened) = open(Rc::new(file)) {
            prop_assert!(opened.source.len() < 1 << 28);
        }
    }
}
