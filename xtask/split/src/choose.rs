//! Which functions come later.

use crate::module::Module;
use std::collections::{BTreeMap, BTreeSet};

/// From this length in bytes on a function hardly comes out the same for another type.
const OWN_LEN: usize = 256;

/// The two sides of a split.
pub struct Choice {
    /// Functions that come later.
    pub later: BTreeSet<u32>,
    /// Those of them that something in the first part names: each leaves a way in.
    pub entries: BTreeSet<u32>,
}

/// Takes the functions whose name contains one of `patterns`, and whatever only they call.
///
/// A function of whom it is wrongly said that it comes later costs a wait, nothing else: the way
/// in loads the rest when it must.
pub fn choose(module: &Module<'_>, patterns: &[String]) -> Choice {
    let movable = |index: u32| {
        let at = index.checked_sub(module.imported);
        at.and_then(|at| module.uses.get(at as usize))
            .is_some_and(|uses| !uses.segments)
    };
    let len = |index: u32| {
        let body = index.checked_sub(module.imported);
        let body = body.and_then(|at| module.bodies.get(at as usize));
        body.map_or(0, |body| body.range().len())
    };
    let named = |index: u32| {
        let name = module.names.get(&index);
        name.is_some_and(|name| {
            patterns.iter().any(|pattern| name.contains(pattern))
                && (!is_shared(name) || len(index) >= OWN_LEN)
        })
    };
    let exported: BTreeSet<u32> = module.exports.values().copied().collect();
    let mut later: BTreeSet<u32> = (module.imported..)
        .take(module.bodies.len())
        .filter(|index| movable(*index) && named(*index) && !exported.contains(index))
        .collect();

    // Whatever only they call goes with them: the callers of each function, then to a fixed point.
    let mut callers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (caller, uses) in module.defined() {
        for callee in &uses.functions {
            callers.entry(*callee).or_default().push(caller);
        }
    }
    loop {
        let more: Vec<u32> = callers
            .iter()
            .filter(|(callee, by)| {
                movable(**callee)
                    && !later.contains(callee)
                    && !module.held.contains(callee)
                    && by
                        .iter()
                        .all(|caller| later.contains(caller) || caller == *callee)
            })
            .map(|(callee, _)| *callee)
            .collect();
        if more.is_empty() {
            break;
        }
        later.extend(more);
    }

    let entries = later
        .iter()
        .copied()
        .filter(|index| {
            let by = callers.get(index);
            module.held.contains(index)
                || by.is_some_and(|by| by.iter().any(|caller| !later.contains(caller)))
        })
        .collect();
    Choice { later, entries }
}

/// Whether a function is the standard library's for some type. Short ones that come out the same for
/// several types are one function under one of its names, which then says nothing.
fn is_shared(name: &str) -> bool {
    let name = name.strip_prefix('<').unwrap_or(name);
    ["core[", "alloc[", "std["]
        .iter()
        .any(|start| name.starts_with(start))
}
