//! Txns: what is refused, what a nested one sees, and how changes are numbered.

use revscope::kv::{LeaseId, Revision};
use revscope::mvcc::{
    Compare, CompareResult, CompareTarget, DeleteRange, Error, KeyRange, Op, Put, Range, Release,
    Reply, Store, Txn,
};

fn put(key: &str) -> Op {
    Op::Put(Put {
        key: key.into(),
        value: b"v".to_vec(),
        ..Put::default()
    })
}

fn delete(keys: KeyRange) -> Op {
    Op::DeleteRange(DeleteRange {
        keys,
        prev_kv: false,
    })
}

fn get(key: &str) -> Op {
    Op::Range(Range::of(KeyRange::one(key)))
}

fn txn(success: Vec<Op>) -> Op {
    either(success, Vec::new())
}

fn either(success: Vec<Op>, failure: Vec<Op>) -> Op {
    Op::Txn(Txn {
        compares: Vec::new(),
        success,
        failure,
    })
}

/// Holds where the key was never put.
fn absent(key: &str) -> Compare {
    Compare {
        keys: KeyRange::one(key),
        result: CompareResult::Equal,
        target: CompareTarget::Version(0),
    }
}

#[test]
fn a_txn_is_refused_as_a_whole() {
    let check = |op: Op, expected: &str| {
        let mut store = Store::new(Release::V3_5, 2);
        store.apply(put("old")).unwrap();
        let got = store.apply(op.clone()).map_err(|error| error.to_string());
        let got = got.map(|_| "done".to_owned()).unwrap_or_else(|error| error);
        assert_eq!(got, expected, "{op:?}");
        let changed = store.revision() != 2;
        assert_eq!(changed, expected == "done", "{op:?}");
    };
    let done = "done";
    let empty = "etcdserver: key is not provided";
    let twice = "etcdserver: duplicate key given in txn request";
    let many = "etcdserver: too many operations in txn request";
    check(txn(vec![put("a"), put("b")]), done);
    check(txn(vec![put("a"), put("")]), empty);
    check(either(vec![put("a")], vec![get("")]), empty);
    check(
        txn(vec![put("a"), txn(vec![delete(KeyRange::one(""))])]),
        empty,
    );
    check(
        Op::Txn(Txn {
            compares: vec![absent("")],
            success: vec![put("a")],
            failure: Vec::new(),
        }),
        empty,
    );
    check(txn(vec![put("a"), put("a")]), twice);
    check(txn(vec![put("a"), delete(KeyRange::prefix(""))]), twice);
    check(txn(vec![delete(KeyRange::one("old")), put("old")]), twice);
    check(txn(vec![put("a"), txn(vec![put("a")])]), twice);
    check(
        txn(vec![delete(KeyRange::one("a")), txn(vec![put("a")])]),
        twice,
    );
    // Both branches are looked at, whichever is taken; between them a key may stand twice.
    check(either(vec![put("a")], vec![put("b"), put("b")]), twice);
    check(txn(vec![either(vec![put("a")], vec![put("a")])]), done);
    check(
        txn(vec![
            delete(KeyRange::one("old")),
            delete(KeyRange::one("old")),
        ]),
        done,
    );
    let puts = |count: usize| (0..count).map(|i| put(&format!("k{i}"))).collect();
    check(txn(puts(128)), done);
    check(txn(puts(129)), many);
    let mut nested: Vec<Op> = puts(100);
    nested.push(txn((0..28).map(|i| put(&format!("n{i}"))).collect()));
    check(txn(nested), many);
    let late = Op::Put(Put {
        key: b"x".to_vec(),
        lease: LeaseId(7),
        ..Put::default()
    });
    let unknown = "etcdserver: requested lease not found";
    check(txn(vec![put("a"), late]), unknown);
    let mut deep = put("a");
    for _ in 0..200 {
        deep = txn(vec![deep]);
    }
    check(deep, many);
}

#[test]
fn a_nested_txn_compares_what_was_before_the_outermost() {
    let mut store = Store::new(Release::V3_5, 2);
    let inner = Op::Txn(Txn {
        compares: vec![absent("a")],
        success: vec![put("saw-nothing"), get("a")],
        failure: vec![put("saw-a")],
    });
    let applied = store.apply(txn(vec![put("a"), inner])).unwrap();
    let keys: Vec<_> = applied
        .written
        .iter()
        .map(|row| (row.bucket_key.revision, row.kv.key.as_slice()))
        .collect();
    let expected = [
        (Revision::new(2, 0), &b"a"[..]),
        (Revision::new(2, 1), b"saw-nothing"),
    ];
    assert_eq!(keys, expected);
    // A read, however, sees what was written before it.
    let Reply::Txn(outer) = applied.reply else {
        panic!("{:?}", applied.reply);
    };
    let Some(Reply::Txn(inner)) = outer.responses.last() else {
        panic!("{outer:?}");
    };
    let Some(Reply::Range(read)) = inner.responses.last() else {
        panic!("{inner:?}");
    };
    assert_eq!((read.revision, read.count), (2, 1));
}

#[test]
fn a_txn_that_changes_nothing_is_no_revision() {
    let mut store = Store::new(Release::V3_5, 2);
    let ops = vec![delete(KeyRange::one("none")), get("none")];
    let applied = store.apply(txn(ops)).unwrap();
    assert_eq!((applied.revision, applied.written.len()), (1, 0));
    assert_eq!(store.raft_index(), 5, "it was logged");
    store.apply(txn(vec![get("none")])).unwrap();
    assert_eq!(store.raft_index(), 5, "a read is not");
}

#[test]
fn a_missing_keys_value_never_compares() {
    let check = |result, target, holds: bool| {
        let mut store = Store::new(Release::V3_5, 2);
        let compare = Compare {
            keys: KeyRange::one("none"),
            result,
            target,
        };
        let op = Op::Txn(Txn {
            compares: vec![compare.clone()],
            ..Txn::default()
        });
        let Reply::Txn(reply) = store.apply(op).unwrap().reply else {
            panic!("no txn");
        };
        assert_eq!(reply.succeeded, holds, "{compare:?}");
    };
    check(CompareResult::Equal, CompareTarget::Mod(0), true);
    check(CompareResult::Less, CompareTarget::Create(1), true);
    check(CompareResult::Equal, CompareTarget::Lease(LeaseId(0)), true);
    check(
        CompareResult::NotEqual,
        CompareTarget::Value(b"x".to_vec()),
        false,
    );
    check(
        CompareResult::Equal,
        CompareTarget::Value(Vec::new()),
        false,
    );
}

#[test]
fn requests_that_are_too_large_change_nothing() {
    let mut store = Store::new(Release::default(), 2);
    let put = |key: &str, len: usize| {
        Op::Put(Put {
            key: key.into(),
            value: vec![b'x'; len],
            ..Put::default()
        })
    };
    let too_large = store.apply(put("a", 1_600_000)).unwrap_err();
    assert_eq!(too_large, Error::RequestTooLarge);
    let txn = |count: usize| {
        Op::Txn(Txn {
            success: (0..count).map(|i| put(&i.to_string(), 1)).collect(),
            ..Txn::default()
        })
    };
    assert_eq!(store.apply(txn(129)).unwrap_err(), Error::TooManyOps);
    assert_eq!((store.revision(), store.records().len()), (1, 0));
    store.apply(txn(128)).unwrap();
    store.apply(put("a", 1_500_000)).unwrap();
    assert_eq!((store.revision(), store.records().len()), (3, 129));
}
