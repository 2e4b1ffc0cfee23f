//! Random command sequences on the simulator and on a real etcd: every answer is compared.
//!
//! `REVSCOPE_ETCD_DIR` names the folder with the programs `etcd`, `etcdctl` and `etcdutl` of etcd
//! 3.5.1; without it nothing is compared, and that is said. `REVSCOPE_SEQUENCES` is how many
//! sequences to run, `REVSCOPE_SECONDS` after how many seconds no further one is begun,
//! `REVSCOPE_SEED` where the random numbers start.
//!
//! Many sequences run on one server, which the simulator follows. One that differs runs again on
//! servers of its own while it is made shorter.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod real;
mod sequence;
mod snapshot;
mod what_if;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use real::Server;
use sequence::{Pair, Step, steps};

/// Sequences that one server serves.
const SEQUENCES_A_SERVER: u64 = 40;
/// Sequences that may differ before the rest is left.
const MAX_DIFFERING: usize = 10;
/// Servers that are started to make a sequence shorter, at most.
const MAX_SHRINKS: usize = 40;

/// The folder with etcd's programs.
fn programs() -> Option<PathBuf> {
    let programs = std::env::var_os("REVSCOPE_ETCD_DIR").map(PathBuf::from);
    if programs.is_none() {
        println!("skipped: REVSCOPE_ETCD_DIR names no folder with etcd 3.5.1");
    }
    programs
}

fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().unwrap())
}

#[test]
fn random_sequences_get_the_same_answers() {
    let Some(programs) = programs() else { return };
    let count = number("REVSCOPE_SEQUENCES", 200);
    let until = Instant::now() + Duration::from_secs(number("REVSCOPE_SECONDS", 45));
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("REVSCOPE_SEED", 1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = steps();
    let (mut sequences, mut commands) = (0, 0);
    let mut differing = Vec::new();
    'all: while sequences < count {
        let server = Server::start(&programs, None);
        let mut pair = Pair::new(&server);
        for _ in 0..SEQUENCES_A_SERVER {
            if sequences == count || Instant::now() > until {
                break 'all;
            }
            let tree = strategy.new_tree(&mut runner).unwrap();
            let steps = tree.current();
            if let Err(why) = pair.run(&steps) {
                differing.push((format!("sequence {sequences}: {why}"), tree));
                sequences += 1;
                // The simulator has lost the server's history.
                match differing.len() {
                    MAX_DIFFERING.. => break 'all,
                    _ => continue 'all,
                }
            }
            sequences += 1;
            commands += steps.len();
        }
    }
    for (why, _) in &differing {
        println!("{why}");
    }
    if let Some((_, tree)) = differing.first_mut() {
        let alone = shrink(&programs, tree);
        let alone = alone.unwrap_or_else(|| "none of them differs alone".to_owned());
        panic!(
            "{} of {sequences} sequences differ; the first\n{alone}",
            differing.len()
        );
    }
    println!("{sequences} sequences of {commands} commands compared");
}

/// The shortest sequence that differs on a server of its own, if any does, and in what.
fn shrink(
    programs: &std::path::Path,
    tree: &mut impl ValueTree<Value = Vec<Step>>,
) -> Option<String> {
    let mut shortest = None;
    for _ in 0..MAX_SHRINKS {
        let steps = tree.current();
        let server = Server::start(programs, None);
        let result = Pair::new(&server).run(&steps);
        let goes_on = match result {
            Err(why) => {
                shortest = Some(format!("{}{why}", describe(&steps)));
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
        if !goes_on {
            break;
        }
    }
    shortest
}

fn describe(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("{step:?}\n")).collect()
}

#[test]
fn a_compaction_and_a_defrag_give_back_what_was_told() {
    let Some(programs) = programs() else { return };
    what_if::check(&programs);
}

#[test]
fn a_saved_snapshot_is_served_by_a_real_etcd() {
    let Some(programs) = programs() else { return };
    snapshot::check(&programs);
}
