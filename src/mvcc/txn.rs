//! Txns, and the checks that a server makes before a request goes into the log.
//!
//! A txn is checked as a whole before anything is written: its shape first (both branches), then
//! the branch that its compares choose. Compares of nested txns read the store as it was before
//! the outermost one.

use std::collections::BTreeSet;

use super::Error;
use super::op::{Compare, CompareResult, CompareTarget, KeyRange, Op, Range, Reply, Txn, TxnReply};
use super::store::{Store, Write};
use crate::kv::{KeyValue, LeaseId};

/// Most compares, and most operations of a branch (`--max-txn-ops`).
const MAX_TXN_OPS: usize = 128;

/// What etcd checks of a request by its shape alone (`api/v3rpc/key.go`).
pub(super) fn check_request(op: &Op) -> Result<(), Error> {
    check(op, MAX_TXN_OPS)
}

fn check(op: &Op, most: usize) -> Result<(), Error> {
    match op {
        Op::Put(put) if put.key.is_empty() => Err(Error::EmptyKey),
        Op::Put(put) if put.ignore_value && !put.value.is_empty() => Err(Error::ValueProvided),
        Op::Put(put) if put.ignore_lease && put.lease != LeaseId::NONE => Err(Error::LeaseProvided),
        Op::Range(range) if range.keys.key.is_empty() => Err(Error::EmptyKey),
        Op::DeleteRange(delete) if delete.keys.key.is_empty() => Err(Error::EmptyKey),
        Op::Txn(txn) => check_txn(txn, most),
        _ => Ok(()),
    }
}

fn check_txn(txn: &Txn, most: usize) -> Result<(), Error> {
    let ops = [&txn.success, &txn.failure].map(Vec::len);
    let widest = ops.into_iter().fold(txn.compares.len(), usize::max);
    let left = most.checked_sub(widest).ok_or(Error::TooManyOps)?;
    if txn
        .compares
        .iter()
        .any(|compare| compare.keys.key.is_empty())
    {
        return Err(Error::EmptyKey);
    }
    for op in txn.success.iter().chain(&txn.failure) {
        check(op, left)?;
    }
    Touched::of(&txn.success)?;
    Touched::of(&txn.failure)?;
    Ok(())
}

/// Keys that a branch puts and ranges that it deletes.
#[derive(Default)]
struct Touched<'a> {
    puts: BTreeSet<&'a [u8]>,
    deletes: Vec<&'a KeyRange>,
}

impl<'a> Touched<'a> {
    /// Gathers them, or finds a key that is put twice, or both put and deleted.
    fn of(ops: &'a [Op]) -> Result<Self, Error> {
        let mut all = Self::default();
        for op in ops {
            if let Op::DeleteRange(delete) = op {
                all.deletes.push(&delete.keys);
            }
        }
        for op in ops {
            if let Op::Txn(txn) = op {
                let success = Self::of(&txn.success)?;
                let failure = Self::of(&txn.failure)?;
                // Only one of the two branches happens: between them a key may be put twice.
                let mut puts = success.puts;
                puts.extend(failure.puts);
                for key in puts {
                    all.put(key)?;
                }
                all.deletes.extend(success.deletes);
                all.deletes.extend(failure.deletes);
            }
        }
        for op in ops {
            if let Op::Put(put) = op {
                all.put(&put.key)?;
            }
        }
        Ok(all)
    }

    fn put(&mut self, key: &'a [u8]) -> Result<(), Error> {
        let deleted = self.deletes.iter().any(|keys| keys.contains(key));
        if deleted || !self.puts.insert(key) {
            return Err(Error::DuplicateKey);
        }
        Ok(())
    }
}

/// Which branch each txn takes: the answer to its compares, then its nested txns in order.
struct Path {
    succeeded: bool,
    nested: Vec<Path>,
}

impl Store {
    /// Does a txn, in one revision, or refuses it before anything is written.
    pub(super) fn txn(&mut self, txn: Txn, write: &mut Write) -> Result<TxnReply, Error> {
        let path = self.choose(&txn);
        self.check_branch(&txn, &path)?;
        Ok(self.run(txn, path, write))
    }

    fn choose(&self, txn: &Txn) -> Path {
        let succeeded = txn.compares.iter().all(|compare| self.holds(compare));
        let nested = branch(txn, succeeded)
            .iter()
            .filter_map(|op| match op {
                Op::Txn(inner) => Some(self.choose(inner)),
                _ => None,
            })
            .collect();
        Path { succeeded, nested }
    }

    fn check_branch(&self, txn: &Txn, path: &Path) -> Result<(), Error> {
        let mut nested = path.nested.iter();
        for op in branch(txn, path.succeeded) {
            match op {
                Op::Put(put) => self.check_put(put)?,
                Op::Range(range) => self.check_revision(range.revision)?,
                Op::Txn(inner) => {
                    if let Some(path) = nested.next() {
                        self.check_branch(inner, path)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn run(&mut self, txn: Txn, path: Path, write: &mut Write) -> TxnReply {
        let ops = if path.succeeded {
            txn.success
        } else {
            txn.failure
        };
        let mut nested = path.nested.into_iter();
        let responses = ops.into_iter().filter_map(|op| match op {
            Op::Put(put) => Some(Reply::Put(self.put(put, write))),
            Op::Range(range) => Some(Reply::Range(self.range_inside(&range, write))),
            Op::DeleteRange(delete) => Some(Reply::DeleteRange(self.delete_range(&delete, write))),
            Op::Txn(inner) => Some(Reply::Txn(self.run(inner, nested.next()?, write))),
            // etcd's txns hold nothing else.
            _ => None,
        });
        TxnReply {
            responses: responses.collect(),
            succeeded: path.succeeded,
        }
    }

    fn holds(&self, compare: &Compare) -> bool {
        let range = Range::of(compare.keys.clone());
        let Ok(found) = self.range(&range) else {
            return false;
        };
        if found.kvs.is_empty() {
            let has_value = matches!(compare.target, CompareTarget::Value(_));
            return !has_value && compares(compare, &KeyValue::default());
        }
        found.kvs.iter().all(|kv| compares(compare, kv))
    }
}

fn branch(txn: &Txn, succeeded: bool) -> &[Op] {
    if succeeded {
        &txn.success
    } else {
        &txn.failure
    }
}

fn compares(compare: &Compare, kv: &KeyValue) -> bool {
    let order = match &compare.target {
        CompareTarget::Version(version) => kv.version.cmp(version),
        CompareTarget::Create(revision) => kv.create_revision.cmp(revision),
        CompareTarget::Mod(revision) => kv.mod_revision.cmp(revision),
        CompareTarget::Value(value) => kv.value.cmp(value),
        CompareTarget::Lease(lease) => kv.lease.cmp(lease),
    };
    match compare.result {
        CompareResult::Equal => order.is_eq(),
        CompareResult::NotEqual => order.is_ne(),
        CompareResult::Greater => order.is_gt(),
        CompareResult::Less => order.is_lt(),
    }
}
