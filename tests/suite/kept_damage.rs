//! A kept history that is not as it was written: an error by name, or a history that answers.

use revscope::history::kept::KeptError;

use super::kept::{bytes, load, of_file, settled};

#[test]
fn what_is_cut_changed_or_lengthened_is_an_error() {
    let kept = bytes(&settled(&of_file("talk/talk-final.db")));
    assert!(kept.len() < 700, "{}", kept.len());
    for len in 0..kept.len() {
        let error = load(kept[..len].to_vec()).unwrap_err();
        let is_short = matches!(error, KeptError::Cut { .. });
        assert!(is_short || len < 8, "{len}: {error}");
    }
    for at in 0..kept.len() {
        for bit in 0..8 {
            let mut bad = kept.clone();
            bad[at] ^= 1 << bit;
            let error = load(bad).unwrap_err();
            match at {
                0..8 => assert_eq!(error, KeptError::NotKept),
                8..12 => assert!(matches!(error, KeptError::Version { .. })),
                _ => assert!(!matches!(error, KeptError::NotKept), "{at}: {error}"),
            }
        }
    }
    let more = [&kept[..], b"x"].concat();
    let error = load(more).unwrap_err().to_string();
    assert!(error.ends_with("something follows the end"), "{error}");
    let mut newer = kept.clone();
    newer[8] = 2;
    let error = load(newer).unwrap_err();
    assert_eq!(error, KeptError::Version { found: 2 });
    assert_eq!(
        error.to_string(),
        "version 2 of the form, this program reads version 1"
    );
}

/// Blocks as they are read: kind and payload.
type Blocks = Vec<(u32, Vec<u8>)>;

fn blocks(kept: &[u8]) -> Blocks {
    let mut rest = &kept[12..];
    let mut out = Vec::new();
    while !rest.is_empty() {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let end = 16 + word(8) as usize;
        out.push((word(4), rest[16..end].to_vec()));
        rest = &rest[end..];
    }
    out
}

/// Blocks with right numbers, lengths and checksums, whatever is in them.
fn framed(blocks: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"RVSKEPT\n\x01\0\0\0".to_vec();
    for (number, (kind, payload)) in (0_u32..).zip(blocks) {
        let words = [number, *kind, payload.len() as u32].map(u32::to_le_bytes);
        let all = [words.as_flattened(), payload].concat();
        out.extend_from_slice(words.as_flattened());
        out.extend_from_slice(&crc32c::crc32c(&all).to_le_bytes());
        out.extend_from_slice(payload);
    }
    out
}

#[test]
fn what_no_checksum_tells_is_checked_besides() {
    let history = settled(&of_file("talk/talk-final.db"));
    let good = blocks(&bytes(&history));
    let kinds: Vec<_> = good.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [1, 3, 4, 5]);
    assert_eq!(framed(&good), bytes(&history));
    let check = |name: &str, change: &dyn Fn(&mut Blocks)| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = load(framed(&bad)).unwrap_err().to_string();
        assert!(error.ends_with(name), "{error}, not {name}");
    };
    // The head has rows, keys, leases and the head revision; of the columns a width stands in
    // front, then 8 bytes of the least value, then the numbers.
    let last = good[1].1.len() - 1;
    let all_keys = "the keys before it are not all, or not each once";
    let all_rows = "the rows or the leases before it are not all";
    check(all_rows, &|all| all[0].1[0] += 1);
    check(all_keys, &|all| all[0].1[8] += 1);
    check(all_rows, &|all| all[0].1[16] += 1);
    check("a row behind the head revision", &|all| all[0].1[24] = 2);
    check("a head that is too short", &|all| all[0].1.truncate(47));
    check("it is longer than what it holds", &|all| all[0].1.push(0));
    check("it is of no known kind", &|all| all[1].0 = 9);
    check("it stands at a wrong place", &|all| all.swap(0, 1));
    check(all_keys, &|all| all.swap(1, 2));
    check("it stands at a wrong place", &|all| {
        let head = all[0].clone();
        all.insert(1, head);
    });
    check(all_keys, &|all| drop(all.remove(1)));
    check(all_rows, &|all| drop(all.remove(2)));
    check("a block of nothing", &|all| all[1].1[0] = 0);
    check("a block of more than a block holds", &|all| {
        all[1].1[3] = 255
    });
    check("a block of more than a block holds", &|all| {
        all[2].1[3] = 255
    });
    check("a column of numbers wider than 8 bytes", &|all| {
        all[1].1[4] = 200
    });
    check("a column that is too short", &|all| all[1].1.truncate(14));
    check("keys that are too short", &|all| all[1].1.truncate(last));
    check("a block's first key that is not whole", &|all| {
        all[1].1[5] += 1
    });
    check("a key that is not behind the one before", &|all| {
        all[1].1[last] = 0
    });
    check("more than a block holds", &|all| all[2].1[1] = 255);
    let mut twice = good.clone();
    twice.insert(1, good[1].clone());
    let error = load(framed(&twice)).unwrap_err().to_string();
    assert!(
        error.ends_with("a key that is not behind the one before"),
        "{error}"
    );
    let mut rows = good.clone();
    rows.insert(2, good[2].clone());
    let error = load(framed(&rows)).unwrap_err().to_string();
    assert!(
        error.ends_with("a row that is not behind the one before"),
        "{error}"
    );
}

/// Bytes changed at random inside blocks whose checksums are right: an error or a history that
/// answers, never a panic.
#[test]
fn any_payload_is_read_or_refused() {
    let mut state: u64 = 11;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let good = blocks(&bytes(&settled(&of_file(
        "workload/w3423/before-compaction.db",
    ))));
    let (mut refused, mut read) = (0, 0);
    for _ in 0..3_000 {
        let mut bad = good.clone();
        for _ in 0..=next(3) {
            let block = next(bad.len());
            let payload = &mut bad[block].1;
            if !payload.is_empty() {
                let most = if next(2) == 0 {
                    payload.len()
                } else {
                    payload.len().min(60)
                };
                payload[next(most)] = [0, 1, 127, 255, next(256) as u8][next(5)];
            }
        }
        match load(framed(&bad)) {
            Err(_) => refused += 1,
            Ok(history) => {
                let keys: Vec<_> = history.keys().map(|key| key.key).collect();
                assert!(keys.is_sorted_by(|a, b| a < b));
                assert_eq!(keys.len() as u64, history.key_count());
                assert_eq!(
                    history.rows_from(0, u64::MAX).count() as u64,
                    history.row_count()
                );
                for key in history.keys() {
                    assert_eq!(history.find(key.key).map(|found| found.id), Some(key.id));
                    assert!(key.generations().count() <= key.changes.len());
                }
                read += 1;
            }
        }
    }
    assert!(refused > 500 && read > 100, "{refused} {read}");
}
