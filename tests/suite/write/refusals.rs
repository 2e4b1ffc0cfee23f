//! What a writer refuses, in bbolt's words, and what stays as it was.

use revscope::bbolt::write::{Image, Options};

use super::walk::{Content, check};

#[test]
fn calls_are_refused_in_bbolts_words() {
    let mut image = Image::new(Options::default()).unwrap();
    let mut tx = image.begin();
    let root = tx.root();
    let bucket = tx.create_bucket(root, b"b").unwrap();
    tx.create_bucket(bucket, b"inner").unwrap();
    tx.put(bucket, b"k", b"v").unwrap();
    let check_error = |wanted: &str, result: Result<(), revscope::bbolt::write::Error>| {
        assert_eq!(result.unwrap_err().to_string(), wanted);
    };
    let long = vec![b'x'; 32769];
    let huge = vec![0; (1 << 31) - 1];
    check_error(
        "bucket name required",
        tx.create_bucket(root, b"").map(drop),
    );
    check_error(
        "bucket already exists",
        tx.create_bucket(root, b"b").map(drop),
    );
    check_error("bucket not found", tx.bucket(&[b"b", b"no"]).map(drop));
    check_error("bucket not found", tx.delete_bucket(root, b"no"));
    check_error(
        "incompatible value",
        tx.create_bucket(bucket, b"k").map(drop),
    );
    check_error("incompatible value", tx.bucket(&[b"b", b"k"]).map(drop));
    check_error("incompatible value", tx.put(bucket, b"inner", b""));
    check_error("incompatible value", tx.delete(bucket, b"inner").map(drop));
    check_error("incompatible value", tx.delete_bucket(bucket, b"k"));
    check_error("incompatible value", tx.put(root, b"k", b"v"));
    check_error("key required", tx.put(bucket, b"", b"v"));
    check_error(
        "key too large: 32769 bytes, at most 32768",
        tx.put(bucket, &long, b""),
    );
    let too_long = "value too large: 2147483647 bytes, at most 2147483646";
    check_error(too_long, tx.put(bucket, b"k", &huge));
    // The longest key is taken; a bucket that is gone is not there any more.
    tx.put(bucket, &long[..32768], b"").unwrap();
    let inner = tx.bucket(&[b"b", b"inner"]).unwrap();
    tx.delete_bucket(bucket, b"inner").unwrap();
    check_error("bucket not found", tx.put(inner, b"k", b"v"));
    assert_eq!(tx.get(bucket, b"k").unwrap().as_deref(), Some(&b"v"[..]));
    tx.commit().unwrap();
    let content: Content = [
        (vec![b"b".to_vec()], None),
        (vec![b"b".to_vec(), b"k".to_vec()], Some(b"v".to_vec())),
        (
            vec![b"b".to_vec(), long[..32768].to_vec()],
            Some(Vec::new()),
        ),
    ]
    .into();
    assert_eq!(check(&image), content);
}

#[test]
fn page_sizes_are_those_of_machines() {
    for page_size in [0, 1, 512, 4095, 131_072, u32::MAX] {
        let options = Options {
            page_size,
            ..Options::default()
        };
        let wanted =
            format!("page size is {page_size}, expected a power of two from 1024 to 65536");
        assert_eq!(Image::new(options).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn buckets_are_not_nested_out_of_reach() {
    let mut image = Image::new(Options::default()).unwrap();
    let mut tx = image.begin();
    let mut bucket = tx.root();
    let mut made = 0;
    let error = loop {
        match tx.create_bucket(bucket, b"b") {
            Ok(inner) => bucket = inner,
            Err(error) => break error,
        }
        made += 1;
    };
    assert_eq!(error.to_string(), "bucket nested deeper than 64 levels");
    assert_eq!(made, 64);
    tx.commit().unwrap();
    assert_eq!(check(&image).len(), 64);
}
