//! The cluster's time: the member's virtual clock on top of a moment.

use super::etcd::read;
use crate::kubernetes::versions::latest_time;
use crate::mvcc::{KeyRange, Range, Store};

/// When a simulated cluster's member starts, in microseconds since 1970: 2023-11-07T11:49:00Z.
const START: i64 = 1_699_357_740_000_000;

/// Which moment the virtual clock counts from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    zero: Option<i64>,
}

impl Clock {
    /// Now, in microseconds since 1970.
    pub fn now(&mut self, store: &Store) -> i64 {
        let ms = store.now_ms().saturating_mul(1000);
        let zero = *self.zero.get_or_insert_with(|| zero(store, ms));
        zero.saturating_add(ms)
    }
}

/// On a store that holds objects, the latest moment that they tell is now; else a fixed one.
fn zero(store: &Store, ms: i64) -> i64 {
    let all = Range::of(KeyRange::prefix("/registry/"));
    let found = store.range(&all).map(|reply| reply.kvs).unwrap_or_default();
    let told = found
        .iter()
        .filter_map(|kv| latest_time(&read(kv)?.value))
        .max();
    told.map_or(START, |told| told.saturating_sub(ms))
}
