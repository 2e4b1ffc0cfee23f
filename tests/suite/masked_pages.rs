//! The bytes of pages on the screen, where a Secret is larger than a page.

use std::rc::Rc;

use revscope::bbolt::write::{Image, Options};
use revscope::engine::{Request, Response, StudyAnswer, StudyRequest};
use revscope::kv::{BucketKey, KeyValue, Record, Revision};

use super::engine_kubernetes::Asked;

/// A store with one value of some pages, deleted from the tree again when it is `freed`.
fn image(key: &str, is_freed: bool) -> Image {
    let revision = Revision::new(2, 0);
    let record = Record {
        bucket_key: BucketKey {
            revision,
            tombstone: false,
        },
        kv: KeyValue {
            key: key.as_bytes().to_vec(),
            create_revision: 2,
            mod_revision: 2,
            version: 1,
            value: b"hunter2 ".repeat(2000),
            lease: revscope::kv::LeaseId(0),
        },
    };
    let mut image = Image::new(Options::default()).unwrap();
    let mut tx = image.begin();
    let bucket = tx.create_bucket(tx.root(), b"key").unwrap();
    let (key, value) = (record.bucket_key.encode(), record.kv.encode());
    tx.put(bucket, &key, &value).unwrap();
    tx.commit().unwrap();
    if is_freed {
        let mut tx = image.begin();
        let bucket = tx.bucket(&[b"key"]).unwrap();
        tx.delete(bucket, &key).unwrap();
        tx.commit().unwrap();
    }
    image
}

/// Pages on which the value can be read.
fn told(image: Image) -> usize {
    let mut asked = Asked::of("big.db", Rc::new(image));
    let pages = (0..).map_while(|page| {
        let element = None;
        let request = Request::Study(StudyRequest::Bytes { page, element });
        let view = match asked.ask(request).pop() {
            Some(Response::Study(answer)) => match answer.read().unwrap() {
                StudyAnswer::Bytes(view) => view?,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let mut runs = view.segments.iter();
        Some(runs.any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("hunter2")))
    });
    pages.filter(|is_told| *is_told).count()
}

#[test]
fn a_secret_larger_than_a_page_is_masked_on_all_of_its_pages() {
    for is_freed in [false, true] {
        assert!(told(image("/registry/configmaps/default/big", is_freed)) >= 4);
        assert_eq!(told(image("/registry/secrets/default/big", is_freed)), 0);
    }
}
