//! Random transactions against an ordered map.

use proptest::prelude::*;
use revscope::bbolt::write::{Error, Growth, Image, Options, Tx};

use super::walk::{Content, Raw, check};

/// One call. Small numbers stand for keys and names, so that they meet again.
#[derive(Clone, Debug)]
enum Call {
    Put {
        bucket: u8,
        key: u16,
        len: u16,
    },
    /// Puts many keys in order, as etcd does.
    Fill {
        bucket: u8,
        from: u16,
        count: u8,
        len: u8,
    },
    Delete {
        bucket: u8,
        key: u16,
    },
    /// Deletes many keys in order, as a compaction does.
    Sweep {
        bucket: u8,
        from: u16,
        count: u16,
    },
    Create {
        parent: u8,
        name: u8,
    },
    Drop {
        parent: u8,
        name: u8,
    },
    Sequence {
        bucket: u8,
        to: u8,
    },
}

fn call() -> impl Strategy<Value = Call> {
    use Call as C;
    let key = 0..400u16;
    prop_oneof![
        4 => (0..9u8, key.clone(), prop_oneof![6 => 0..300u16, 1 => 0..9000u16])
            .prop_map(|(bucket, key, len)| C::Put { bucket, key, len }),
        4 => (0..9u8, key.clone(), 1..120u8, 0..200u8)
            .prop_map(|(bucket, from, count, len)| C::Fill { bucket, from, count, len }),
        3 => (0..9u8, key.clone()).prop_map(|(bucket, key)| C::Delete { bucket, key }),
        3 => (0..9u8, key, 1..300u16)
            .prop_map(|(bucket, from, count)| C::Sweep { bucket, from, count }),
        2 => (0..9u8, 0..4u8).prop_map(|(parent, name)| C::Create { parent, name }),
        1 => (0..9u8, 0..4u8).prop_map(|(parent, name)| C::Drop { parent, name }),
        1 => (0..9u8, 0..9u8).prop_map(|(bucket, to)| C::Sequence { bucket, to }),
    ]
}

fn key(number: u16) -> Vec<u8> {
    // Of several lengths, in another order than the numbers.
    let turned = number.wrapping_mul(40503).rotate_left(5);
    format!("{turned:0width$}", width = 3 + usize::from(number % 40)).into_bytes()
}

/// The path of the bucket that a number stands for, among those that there are.
fn pick(model: &Content, number: u8) -> Vec<Vec<u8>> {
    let mut buckets = vec![Vec::new()];
    buckets.extend(
        model
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(path, _)| path.clone()),
    );
    buckets.swap_remove(usize::from(number) % buckets.len())
}

fn child(path: &[Vec<u8>], name: Vec<u8>) -> Vec<Vec<u8>> {
    let mut path = path.to_vec();
    path.push(name);
    path
}

fn run(tx: &mut Tx<'_>, model: &mut Content, call: &Call) {
    let (Call::Put { bucket: number, .. }
    | Call::Fill { bucket: number, .. }
    | Call::Delete { bucket: number, .. }
    | Call::Sweep { bucket: number, .. }
    | Call::Create { parent: number, .. }
    | Call::Drop { parent: number, .. }
    | Call::Sequence { bucket: number, .. }) = call;
    let path = pick(model, *number);
    let names: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
    let bucket = tx.bucket(&names).unwrap();
    let mut put = |tx: &mut Tx<'_>, number: u16, len: u16| {
        let value = vec![number as u8; usize::from(len)];
        let result = tx.put(bucket, &key(number), &value);
        if path.is_empty() {
            assert_eq!(result, Err(Error::IncompatibleValue));
        } else {
            result.unwrap();
            model.insert(child(&path, key(number)), Some(value));
        }
    };
    match *call {
        Call::Put { key, len, .. } => put(tx, key, len),
        Call::Fill {
            from, count, len, ..
        } => {
            if !path.is_empty() {
                tx.set_fill(bucket, 0.9).unwrap();
            }
            (from..from + u16::from(count)).for_each(|key| put(tx, key, len.into()));
        }
        Call::Delete { key: number, .. } => {
            let there = model.remove(&child(&path, key(number))).is_some();
            assert_eq!(tx.delete(bucket, &key(number)), Ok(there));
        }
        Call::Sweep { from, count, .. } => {
            for number in from..from + count {
                let there = model.remove(&child(&path, key(number))).is_some();
                assert_eq!(tx.delete(bucket, &key(number)), Ok(there));
            }
        }
        Call::Create { name, .. } => {
            let name = vec![b'b', name];
            let result = tx.create_bucket(bucket, &name);
            if path.len() > 6 {
                return drop(result.and_then(|_| tx.delete_bucket(bucket, &name)));
            }
            match model.insert(child(&path, name), None) {
                Some(_) => assert_eq!(result, Err(Error::BucketExists)),
                None => drop(result.unwrap()),
            }
        }
        Call::Drop { name, .. } => {
            let name = vec![b'b', name];
            let result = tx.delete_bucket(bucket, &name);
            let gone = child(&path, name);
            if model.contains_key(&gone) {
                result.unwrap();
                model.retain(|path, _| !path.starts_with(&gone));
            } else {
                assert_eq!(result, Err(Error::BucketNotFound));
            }
        }
        Call::Sequence { to, .. } if !path.is_empty() => {
            tx.set_sequence(bucket, to.into()).unwrap();
            assert_eq!(tx.sequence(bucket), Ok(to.into()));
        }
        Call::Sequence { .. } => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_transactions_leave_a_sound_image(
        page_size in prop_oneof![Just(1024u32), Just(4096), Just(16384)],
        freelist_sync in any::<bool>(),
        ahead in any::<bool>(),
        transactions in prop::collection::vec(
            (prop::collection::vec(call(), 0..12), prop::bool::weighted(0.9)),
            1..14,
        ),
    ) {
        let growth = match ahead {
            true => Growth::Ahead { initial_mapping: 0 },
            false => Growth::AsWritten,
        };
        let mut image = Image::new(Options { page_size, freelist_sync, growth }).unwrap();
        let mut model = Content::new();
        for (calls, commits) in transactions {
            let before = image.clone();
            let model_before = model.clone();
            let mut tx = image.begin();
            for call in &calls {
                run(&mut tx, &mut model, call);
            }
            if !commits {
                drop(tx);
                model = model_before;
                prop_assert_eq!(image.root(), before.root());
                prop_assert_eq!(check(&image), model.clone());
                continue;
            }
            let commit = tx.commit().unwrap();
            prop_assert_eq!(&check(&image), &model);
            prop_assert_eq!(commit.root, image.root());
            prop_assert_eq!(commit.txid, image.txid());
            // The other meta's tree is still whole, in the same file.
            let page = |pgid| image.page(revscope::bbolt::Pgid(pgid)).unwrap();
            let raw = Raw::walk(&page, before.root().0);
            prop_assert_eq!(raw.content, model_before);
            // The commit tells of every page that changed, and of no other.
            for pgid in 2..image.high_water_mark().0 {
                let pgid = revscope::bbolt::Pgid(pgid);
                let told = commit.written.iter().any(|written| {
                    (written.pgid.0..=written.pgid.0 + u64::from(written.overflow)).contains(&pgid.0)
                });
                if !told {
                    prop_assert_eq!(image.page(pgid), before.page(pgid));
                }
            }
            let waiting: Vec<_> = image.pending_pages().collect();
            prop_assert_eq!(&commit.freed, &waiting);
        }
        let (_, content) = super::walk::read_file(image.dump());
        prop_assert_eq!(content, model);
    }
}
