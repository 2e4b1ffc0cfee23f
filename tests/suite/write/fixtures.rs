//! Real files made again: what etcd's `defrag` wrote, page by page.

use revscope::bbolt::write::{Growth, Image, Options};
use revscope::bytes::ReadAt;

use super::walk::{Content, check, read_file};
use crate::support::data;

/// An image with this content, the buckets at the top in one transaction.
fn image_of(content: &Content, options: Options) -> Image {
    let mut image = Image::new(options).unwrap();
    let mut tx = image.begin();
    for (path, value) in content {
        let (name, above) = path.split_last().unwrap();
        let above: Vec<&[u8]> = above.iter().map(Vec::as_slice).collect();
        let bucket = tx.bucket(&above).unwrap();
        match value {
            None => drop(tx.create_bucket(bucket, name).unwrap()),
            Some(value) => tx.put(bucket, name, value).unwrap(),
        }
    }
    tx.commit().unwrap();
    image
}

/// The file on disk, room at its end included.
fn file(image: &Image) -> Vec<u8> {
    let mut bytes = vec![0; image.len() as usize];
    image.read_at(0, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_defragmented_file_is_made_again_byte_for_byte() {
    // The last one has more keys than two transactions take; defragmented again it is the same.
    for (version, before, after) in [
        ("w3423", "final.db", "final-defrag.db"),
        ("w351", "final.db", "final-defrag.db"),
        ("w3613", "final.db", "final-defrag.db"),
        ("../defrag", "after.db", "after.db"),
    ] {
        let before = data::unpack(&format!("workload/{version}/{before}"));
        let after = data::unpack(&format!("workload/{version}/{after}"));
        let ahead = version == "w3613";
        let options = Options {
            growth: match ahead {
                true => Growth::Ahead { initial_mapping: 0 },
                false => Growth::AsWritten,
            },
            ..Options::default()
        };
        let (_, content) = read_file(before);
        let image = image_of(&content, options);
        assert_eq!(check(&image), content);
        let copy = image.defragmented(options).unwrap();
        assert_eq!(check(&copy), content);
        let made = file(&copy);
        assert_eq!(made.len(), after.len(), "{version}");
        for (number, (made, page)) in made.chunks(4096).zip(after.chunks(4096)).enumerate() {
            assert!(made == page, "{version}: page {number}");
        }
    }
}
