//! Writes zip archives: names, bytes, nothing of the day or the machine.
//!
//! Local headers with the bytes, then the directory, then its end (APPNOTE.TXT 4.3). No zip64: four
//! gigabytes or 65,535 files are refused.

/// A file of the archive.
pub struct Entry {
    /// With `/` between folders.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The same by deflate; left out when it is no shorter.
    pub deflated: Option<Vec<u8>>,
}

impl Entry {
    /// A file that stays as it is.
    pub fn stored(name: String, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            deflated: None,
        }
    }
}

/// 2.0 reads deflate; written as Unix does, for the permissions.
const NEEDED: u16 = 20;
const MADE_BY: u16 = 3 << 8 | NEEDED;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// The first of January 1980, at midnight: a zip's zero.
const TIME_AND_DATE: u32 = 0x0021_0000;
/// A plain file that everybody may read.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// The archive of these files, in this order.
pub fn archive(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let (method, body) = match &entry.deflated {
            Some(deflated) if deflated.len() < entry.bytes.len() => (8_u16, deflated),
            _ => (0, &entry.bytes),
        };
        let offset = long(out.len())?;
        let mut common = Vec::new();
        common.extend(NEEDED.to_le_bytes());
        common.extend(FLAGS.to_le_bytes());
        common.extend(method.to_le_bytes());
        common.extend(TIME_AND_DATE.to_le_bytes());
        common.extend(crc32(&entry.bytes).to_le_bytes());
        common.extend(long(body.len())?);
        common.extend(long(entry.bytes.len())?);
        common.extend(short(entry.name.len())?);
        // No extra field.
        common.extend([0; 2]);

        out.extend(*b"PK\x03\x04");
        out.extend(&common);
        out.extend(entry.name.bytes());
        out.extend(body);

        directory.extend(*b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // No comment, first disk, no word on whether it is text.
        directory.extend([0; 6]);
        directory.extend(ATTRIBUTES.to_le_bytes());
        directory.extend(offset);
        directory.extend(entry.name.bytes());
    }
    let (start, count) = (long(out.len())?, short(entries.len())?);
    out.extend(&directory);
    out.extend(*b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(long(directory.len())?);
    out.extend(start);
    out.extend([0; 2]);
    Ok(out)
}

fn long(number: usize) -> Result<[u8; 4], String> {
    let number = u32::try_from(number).map_err(|_| "the archive is larger than 4 GiB")?;
    Ok(number.to_le_bytes())
}

fn short(number: usize) -> Result<[u8; 2], String> {
    let number = u16::try_from(number).map_err(|_| "the archive has more than 65,535 files")?;
    Ok(number.to_le_bytes())
}

/// CRC-32 of ISO 3309, as zip has it.
fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |crc, _| match crc & 1 {
            1 => crc >> 1 ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    });
    let step = |crc: u32, byte: &u8| table[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ crc >> 8;
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    /// Laid out by hand from APPNOTE.TXT.
    #[test]
    fn an_archive_is_headers_bytes_directory_and_end() {
        let entry = Entry::stored("a".to_owned(), b"123456789".to_vec());
        let common = b"\x14\0\0\x08\0\0\0\0\x21\0\x26\x39\xf4\xcb\x09\0\0\0\x09\0\0\0\x01\0\0\0";
        let wanted = [
            &b"PK\x03\x04"[..],
            common,
            b"a123456789",
            b"PK\x01\x02\x14\x03",
            common,
            b"\0\0\0\0\0\0\0\0\xa4\x81\0\0\0\0a",
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x28\0\0\0\0\0",
        ];
        assert_eq!(archive(&[entry]).unwrap(), wanted.concat());
    }

    #[test]
    fn an_archive_packed_twice_is_the_same() {
        let pack = || {
            let names = ["index.html", "revscope.wasm", "samples/a.db"];
            let entries = names.map(|name| Entry {
                deflated: Some(vec![1; name.len()]),
                ..Entry::stored(name.to_owned(), name.repeat(100).into_bytes())
            });
            archive(&entries).unwrap()
        };
        let first = pack();
        // Whatever a clock gives, a zip counts in steps of two seconds: its field has to be fixed.
        assert_eq!(first[10..14], TIME_AND_DATE.to_le_bytes());
        assert_eq!(first, pack());
    }

    #[test]
    fn what_deflate_does_not_shorten_is_stored() {
        let entry = |deflated: &[u8]| Entry {
            deflated: Some(deflated.to_vec()),
            ..Entry::stored("a".to_owned(), b"1234".to_vec())
        };
        let method = |deflated| archive(&[entry(deflated)]).unwrap()[8];
        assert_eq!((method(b"123"), method(b"1234")), (8, 0));
    }
}
