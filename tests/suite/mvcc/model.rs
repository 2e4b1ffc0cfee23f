//! The store against a model that keeps every state it ever had.

use std::collections::BTreeMap;

use proptest::prelude::*;
use revscope::kv::Record;
use revscope::mvcc::{DeleteRange, Fate, KeyRange, Op, Put, Range, Release, Store, Txn, rebuild};

/// One change of the model: everything that exists after it, with create and mod revision and
/// version.
type State = BTreeMap<Vec<u8>, (Vec<u8>, i64, i64, i64)>;

/// `states[r]` is the store at revision `r`; revision 0 never existed.
#[derive(Debug)]
struct Model {
    states: Vec<State>,
}

impl Model {
    fn new() -> Self {
        Self {
            states: vec![State::new(); 2],
        }
    }

    fn change(&mut self, ops: &[Op]) {
        let revision = self.states.len() as i64;
        let mut state = self.states.last().unwrap().clone();
        let mut changed = false;
        for op in ops {
            match op {
                Op::Put(put) => {
                    let old = state.get(&put.key);
                    let (created, version) = old.map_or((revision, 1), |old| (old.1, old.3 + 1));
                    let new = (put.value.clone(), created, revision, version);
                    state.insert(put.key.clone(), new);
                    changed = true;
                }
                Op::DeleteRange(delete) => {
                    let before = state.len();
                    state.retain(|key, _| !delete.keys.contains(key));
                    changed |= before != state.len();
                }
                _ => {}
            }
        }
        if changed {
            self.states.push(state);
        }
    }
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![&b"a"[..], b"ab", b"b", b"b\xff", b"c"]).prop_map(<[u8]>::to_vec)
}

fn keys() -> impl Strategy<Value = KeyRange> {
    prop_oneof![
        3 => key().prop_map(KeyRange::one),
        1 => key().prop_map(KeyRange::prefix),
        1 => key().prop_map(KeyRange::from_key),
        1 => (key(), key()).prop_map(|(key, end)| KeyRange::until(key, end)),
    ]
}

fn put() -> impl Strategy<Value = Op> {
    (key(), "[x-z]{0,3}").prop_map(|(key, value)| {
        Op::Put(Put {
            key,
            value: value.into_bytes(),
            ..Put::default()
        })
    })
}

fn delete() -> impl Strategy<Value = Op> {
    keys().prop_map(|keys| {
        Op::DeleteRange(DeleteRange {
            keys,
            prev_kv: false,
        })
    })
}

fn change() -> impl Strategy<Value = Op> {
    let txn = prop::collection::vec(prop_oneof![put(), delete()], 0..4).prop_map(|success| {
        Op::Txn(Txn {
            success,
            ..Txn::default()
        })
    });
    prop_oneof![4 => put(), 2 => delete(), 2 => txn]
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![Just(Release::V3_5), Just(Release::V3_6)]
}

/// A store and its model after some changes, with a compaction after some of them.
fn history() -> impl Strategy<Value = (Store, Model)> {
    let steps = prop::collection::vec((change(), prop::option::weighted(0.1, 0..40i64)), 0..40);
    (release(), steps).prop_map(|(release, steps)| {
        let mut store = Store::new(release, 2);
        let mut model = Model::new();
        for (op, compact) in steps {
            if store.apply(op.clone()).is_ok() {
                match &op {
                    Op::Txn(txn) => model.change(&txn.success),
                    op => model.change(std::slice::from_ref(op)),
                }
            }
            if let Some(revision) = compact {
                let _ = store.apply(Op::Compact { revision });
            }
        }
        (store, model)
    })
}

fn read(store: &Store, keys: &KeyRange, revision: i64) -> Result<State, String> {
    let mut range = Range::of(keys.clone());
    range.revision = revision;
    let reply = store.range(&range).map_err(|error| error.to_string())?;
    assert_eq!(reply.count, reply.kvs.len() as i64);
    let entries = reply.kvs.into_iter();
    Ok(entries
        .map(|kv| {
            let numbers = (kv.value, kv.create_revision, kv.mod_revision, kv.version);
            (kv.key, numbers)
        })
        .collect())
}

proptest! {
    #[test]
    fn every_read_is_the_models((store, model) in history(), keys in keys()) {
        let current = model.states.len() as i64 - 1;
        prop_assert_eq!(store.revision(), current);
        prop_assert_eq!(store.live_keys(), model.states.last().unwrap().len() as u64);
        for revision in 1..=current + 1 {
            let got = read(&store, &keys, revision);
            let expected = if revision > current {
                Err("etcdserver: mvcc: required revision is a future revision".to_owned())
            } else if revision < store.compact_revision() {
                Err("etcdserver: mvcc: required revision has been compacted".to_owned())
            } else {
                let mut state = model.states[revision as usize].clone();
                state.retain(|key, _| keys.contains(key));
                Ok(state)
            };
            prop_assert_eq!(got, expected, "at {}", revision);
        }
    }

    #[test]
    fn a_compaction_removes_exactly_what_nobody_can_see((mut store, _) in history(), at in 0..40i64) {
        let keys = KeyRange::prefix("");
        let before: Vec<_> = (at.max(1)..=store.revision())
            .map(|revision| read(&store, &keys, revision))
            .collect();
        let rows: Vec<Record> = store.records().cloned().collect();
        let Ok(applied) = store.apply(Op::Compact { revision: at }) else {
            return Ok(());
        };
        let after: Vec<_> = (at.max(1)..=store.revision())
            .map(|revision| read(&store, &keys, revision))
            .collect();
        prop_assert_eq!(before, after);
        let mut newest: BTreeMap<&[u8], &Record> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.bucket_key.revision.main <= at) {
            newest.insert(&row.kv.key, row);
        }
        let keeps = store.release().keeps_tombstone_at_compact_revision();
        let stays = |row: &&Record| {
            let main = row.bucket_key.revision.main;
            let edge = keeps && main == at;
            let newest = newest.get(row.kv.key.as_slice()).is_some_and(|newest| newest == row);
            main > at || (newest && (!row.bucket_key.tombstone || edge))
        };
        let left: Vec<&Record> = rows.iter().filter(stays).collect();
        prop_assert_eq!(store.records().collect::<Vec<_>>(), left);
        let gone: Vec<&Record> = rows.iter().filter(|row| !stays(row)).collect();
        prop_assert_eq!(applied.removed.iter().collect::<Vec<_>>(), gone);
        // What is told of each row is what happened to it.
        for (place, row) in rows.iter().enumerate() {
            let later = rows.iter().skip(place + 1);
            let mut next = later.filter(|next| next.kv.key == row.kv.key);
            let next = next.next().map(|next| next.bucket_key.revision);
            let fate = Fate::of(row.bucket_key, next, at, store.release());
            prop_assert_eq!(fate.stays(), stays(&row), "{}: {}", row.bucket_key.revision, fate);
            prop_assert_eq!(fate.to_string().starts_with("kept: "), fate.stays());
        }
    }

    #[test]
    fn the_index_can_be_rebuilt_from_the_rows((store, _) in history()) {
        let rebuilt = rebuild(store.records().map(Record::as_ref), store.release());
        let rebuilt: Vec<_> = rebuilt.into_values().collect();
        let mut held: Vec<_> = store.key_indexes().cloned().collect();
        for (held, rebuilt) in held.iter_mut().zip(&rebuilt) {
            // A restart forgets the number of the first put of a generation inside its txn, and
            // all but the tombstone of a generation of which only that is left.
            for (held, rebuilt) in held.generations.iter_mut().zip(&rebuilt.generations) {
                prop_assert!(rebuilt.created.main == held.created.main || rebuilt.created.main == 0);
                held.created = rebuilt.created;
                if rebuilt.created.main == 0 {
                    held.version = rebuilt.version;
                }
            }
        }
        prop_assert_eq!(held, rebuilt);
    }
}
