//! The fuzz targets as ordinary tests: inputs that once broke something, damaged files, and a
//! bounded number of random changes to good ones.

use crate::support::data;

#[path = "../../fuzz/entry.rs"]
#[allow(dead_code, reason = "the targets take them one by one")]
mod entry;

/// Gives an input to everything that reads.
pub fn feed(what: &str, bytes: &[u8]) {
    for (name, target) in entry::ALL {
        let run = std::panic::catch_unwind(|| target(bytes));
        assert!(run.is_ok(), "{name}: {what}");
    }
}

#[test]
fn what_once_broke_something() {
    for name in data::list("crashes") {
        feed(&name, &data::packed(&format!("crashes/{name}")));
    }
}

#[test]
fn damaged_snapshots() {
    for name in data::list("snapshots") {
        feed(&name, &data::unpack(&format!("snapshots/{name}")));
    }
}

/// A generator whose numbers are the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn number(&mut self) -> u64 {
        let small = self.below(64) as u64;
        match self.below(4) {
            0 => small,
            1 => u64::MAX - small,
            2 => 1 << small,
            _ => self.0,
        }
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(6) {
        let len = bytes.len().max(16);
        bytes.resize(len, 0);
        // Half of the changes go to the start of a page, where the structure is.
        let at = match random.below(2) {
            0 => random.below(len - 8),
            _ => random.below(len / 4096 + 1) * 4096 + 4 * random.below(32),
        };
        let at = at.min(len - 8);
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => {
                let from = random.below(len / 4096 + 1) * 4096;
                let to = random.below(len / 4096 + 1) * 4096;
                if from.max(to) + 4096 <= len {
                    bytes.copy_within(from..from + 4096, to);
                }
            }
            2 => bytes[at] ^= 1 << random.below(8),
            _ => {
                let number = random.number();
                let width = [1, 2, 4, 8][random.below(4)];
                let number = match random.below(4) {
                    0 => number.to_be_bytes(),
                    _ => number.to_le_bytes(),
                };
                bytes[at..at + width].copy_from_slice(&number[..width]);
            }
        }
    }
}

/// `REVSCOPE_MUTATIONS` asks for another number of inputs.
#[test]
fn random_changes_of_good_files() {
    let count = std::env::var("REVSCOPE_MUTATIONS").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(60);
    let mut seeds: Vec<_> = [
        "snapshots/freelist-synced.db",
        "bolt/empty.db",
        "talk/talk-after-compact.db",
    ]
    .into_iter()
    .map(data::unpack)
    .collect();
    let packed = [
        "data-dir.tar.gz",
        "deflate.zip",
        "v7.tar.gz",
        "zip64.zip",
        "streamed.zip",
    ];
    seeds.extend(packed.map(|name| data::packed(&format!("packed/{name}"))));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..count {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        bytes.truncate(1 << 20);
        mutate(&mut random, &mut bytes);
        feed(&format!("round {round}"), &bytes);
    }
}
