//! Every field of the headers of gzip, zip and tar, broken one at a time. What comes out of each is
//! in `tests/golden/broken-archives.txt`.

use std::rc::Rc;

use revscope::archive;

use crate::archive::zip;
use crate::support::{data, golden};

/// Breaks a field of an archive and tells what came out; other bytes than were packed never come
/// out without a word.
fn unpacked(table: &mut String, what: &str, bytes: Vec<u8>, right: &[u8]) {
    let told = match archive::open(Rc::new(bytes)) {
        Err(error) => vec![format!("error: {error}")],
        Ok(opened) => {
            let mut out = vec![0; opened.source.len() as usize];
            opened.source.read_at(0, &mut out).unwrap();
            let problems: Vec<_> = opened.problems.iter().map(ToString::to_string).collect();
            let packed = opened
                .layers
                .first()
                .map_or("as it is", |layer| layer.format);
            let same = if out == right {
                "the same bytes"
            } else {
                "other bytes"
            };
            let silent = problems.is_empty() && !opened.layers.is_empty() && out != right;
            assert!(!silent, "{what}: {} bytes without a word", out.len());
            [vec![format!("{packed}: {same}")], problems].concat()
        }
    };
    table.push_str(&format!("{what}\n    {}\n", told.join("\n    ")));
}

#[test]
fn every_field_of_the_headers_of_archives() {
    let right = data::unpack("talk/talk-final.db");
    let mut table = String::new();
    let broken = |good: &[u8], at: usize, bytes: &[u8]| {
        let mut broken = good.to_vec();
        broken[at..at + bytes.len()].copy_from_slice(bytes);
        broken
    };
    // Every field of gzip's header (RFC 1952) and of what follows the packed bytes.
    let gzip = {
        let path = format!(
            "{}/tests/data/talk/talk-final.db.gz",
            env!("CARGO_MANIFEST_DIR")
        );
        std::fs::read(path).unwrap()
    };
    let end = gzip.len() - 8;
    let fields: [(&str, usize, &[u8]); 15] = [
        ("magic 1", 0, b"\x1e"),
        ("magic 2", 1, b"\x8c"),
        ("method 0", 2, b"\x00"),
        ("method 9", 2, b"\x09"),
        ("flag text", 3, b"\x01"),
        ("flag header crc", 3, b"\x02"),
        ("flag extra field", 3, b"\x04"),
        ("flag name", 3, b"\x08"),
        ("flag comment", 3, b"\x10"),
        ("flag reserved", 3, b"\xe0"),
        ("time", 4, b"\xff\xff\xff\xff"),
        ("extra flags", 8, b"\xff"),
        ("system", 9, b"\xfe"),
        ("crc32", end, b"\0\0\0\0"),
        ("length", end + 4, b"\xff\xff\xff\xff"),
    ];
    for (field, at, bytes) in fields {
        unpacked(
            &mut table,
            &format!("gzip {field}"),
            broken(&gzip, at, bytes),
            &right,
        );
    }
    for (field, from, to) in [("of a header", 0, 9), ("of a length", 0, gzip.len() - 1)] {
        unpacked(
            &mut table,
            &format!("gzip cut {field}"),
            gzip[from..to].to_vec(),
            &right,
        );
    }

    let zip = zip(&[("etcd-snapshot.db", &right, true)]);
    let find = |magic: &[u8]| zip.windows(4).position(|bytes| bytes == magic).unwrap();
    let (local, directory, last) = (
        find(b"PK\x03\x04"),
        find(b"PK\x01\x02"),
        find(b"PK\x05\x06"),
    );
    let fields = [
        ("local magic", local, 4),
        ("local version", local + 4, 2),
        ("local flags", local + 6, 2),
        ("local method", local + 8, 2),
        ("local time", local + 10, 4),
        ("local crc32", local + 14, 4),
        ("local packed length", local + 18, 4),
        ("local length", local + 22, 4),
        ("local length of name", local + 26, 2),
        ("local length of extra", local + 28, 2),
        ("directory magic", directory, 4),
        ("directory made by", directory + 4, 2),
        ("directory version", directory + 6, 2),
        ("directory flags", directory + 8, 2),
        ("directory method", directory + 10, 2),
        ("directory time", directory + 12, 4),
        ("directory crc32", directory + 16, 4),
        ("directory packed length", directory + 20, 4),
        ("directory length", directory + 24, 4),
        ("directory length of name", directory + 28, 2),
        ("directory length of extra", directory + 30, 2),
        ("directory length of comment", directory + 32, 2),
        ("directory disk", directory + 34, 2),
        ("directory attributes", directory + 36, 6),
        ("directory offset", directory + 42, 4),
        ("end magic", last, 4),
        ("end disk", last + 4, 2),
        ("end disk of directory", last + 6, 2),
        ("end entries here", last + 8, 2),
        ("end entries", last + 10, 2),
        ("end size of directory", last + 12, 4),
        ("end offset of directory", last + 16, 4),
        ("end length of comment", last + 20, 2),
    ];
    for (field, at, width) in fields {
        for byte in [0, 0x7f, 0xff] {
            let what = format!("zip {field} = {byte:02x}...");
            unpacked(
                &mut table,
                &what,
                broken(&zip, at, &vec![byte; width]),
                &right,
            );
        }
    }

    let tar = data::unpack("packed/v7.tar");
    let fields = [
        ("name", 0, 100),
        ("mode", 100, 8),
        ("uid", 108, 8),
        ("gid", 116, 8),
        ("size", 124, 12),
        ("mtime", 136, 12),
        ("checksum", 148, 8),
        ("type", 156, 1),
        ("link name", 157, 100),
        ("magic", 257, 6),
    ];
    for (field, at, width) in fields {
        for byte in [0, b' ', b'7', b'9', 0x80, 0xff] {
            let mut bytes = broken(&tar, at, &vec![byte; width]);
            if field != "checksum" {
                let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
                let own: u32 = bytes[148..156].iter().map(|byte| u32::from(*byte)).sum();
                let sum = format!("{:06o}\0 ", sum - own + 8 * 32);
                bytes[148..156].copy_from_slice(sum.as_bytes());
            }
            let what = format!("tar {field} = {byte:02x}...");
            unpacked(&mut table, &what, bytes, &right);
        }
    }
    golden::check("broken-archives.txt", &table);
}
