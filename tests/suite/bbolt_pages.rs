//! The map of pages and the check: as bbolt prints them, and what bbolt crashes on.

use std::fs;
use std::process::{Command, Output};
use std::rc::Rc;

use revscope::bbolt::{Db, Finding, FreeReason, MapWalk, Options, PageUse, Pgid, Why};
use sha2::{Digest, Sha256};

use crate::support::data;

fn run(words: &[&str], bytes: &[u8]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.db"), bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_revscope"));
    command.current_dir(dir.path()).args(words).arg("x.db");
    command.output().unwrap()
}

#[test]
fn pages_and_check_as_bbolt_prints_them() {
    let rows = data::table("pages.tsv");
    for row in &rows {
        let [name, command, exit, digest] = row.as_slice() else {
            panic!("{row:?}");
        };
        let found = run(&[command], &data::unpack(name));
        let text = String::from_utf8_lossy(&found.stdout);
        let what = format!("{command} {name}\n{text}");
        let sum = Sha256::digest(&found.stdout);
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sum, *digest, "{what}");
        assert_eq!(found.status.code().unwrap().to_string(), *exit, "{what}");
    }
    assert!(rows.len() > 100, "{}", rows.len());
}

/// What `check` says of files on which bbolt crashes: its lines, all of them.
#[test]
fn check_says_what_bbolt_crashes_on() {
    let check = |name: &str, lines: &[&str], meaning: &str| {
        let found = run(&["check"], &data::unpack(&format!("snapshots/{name}")));
        let text = String::from_utf8(found.stdout).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{name}");
        assert_eq!(found.status.code(), Some(1), "{name}");
        let told = String::from_utf8(found.stderr).unwrap();
        assert!(told.contains(meaning), "{name}: {told}");
    };
    check(
        "branch-self-loop.db",
        &[
            "page 28: multiple references (stack: [28 28])",
            "1 errors found",
        ],
        "page 28: branch page 28 leads to it, but it belongs to another place already",
    );
    check(
        "leaf-flags-zero.db",
        &[
            "page 23: invalid type: unknown<00> (stack: [28 23])",
            "unexpected page type (flags: 0) for pgId:23",
            "2 errors found",
        ],
        "the items below it are lost, those beside it can be read",
    );
    check(
        "leaf-unsorted.db",
        &[
            "key[43]=(hex)00000000000003475f0000000000000000 on leaf page(23) needs to be > (found <) than previous element (hex)00000000000003485f0000000000000000. Stack: [28 23]",
            "1 errors found",
        ],
        "page 23: element 43: its key is below the one before it",
    );
    check(
        "freelist-count-huge.db",
        &[
            "page 4: the freelist claims 1099511627776 entries, but its pages hold 509",
            "1 errors found",
        ],
        "page 4: the freelist claims",
    );
}

#[test]
fn every_page_is_accounted_for_once() {
    for name in [
        "bolt/nested-1024.db",
        "bolt/overflow.db",
        "snapshots/freelist-synced.db",
    ] {
        let db = Db::open(Rc::new(data::unpack(name))).unwrap();
        let (map, findings) = db.page_map();
        assert_eq!(findings, [], "{name}");
        let used: u64 = map.buckets().iter().map(|bucket| bucket.pages).sum();
        let kept = |usage| matches!(usage, PageUse::Meta | PageUse::Freelist);
        let kept = map.pages().filter(|page| kept(page.usage)).count() as u64;
        let free = map
            .free()
            .filter(|free| free.why != FreeReason::Room)
            .count() as u64;
        assert_eq!(used + kept + free, map.len(), "{name}");
        let listed: Vec<_> = map
            .free()
            .filter(|free| free.why == FreeReason::Listed)
            .collect();
        assert_eq!(listed.len() as u64, db.freelist().unwrap().count, "{name}");
        for page in map.pages().filter(|page| page.parent.is_some()) {
            let parent = map.get(page.parent.unwrap()).unwrap();
            assert_eq!(parent.usage, PageUse::Branch);
            assert_eq!((parent.depth + 1, parent.owner), (page.depth, page.owner));
        }
    }
}

#[test]
fn free_pages_have_their_reason() {
    let why = |name: &str, page: u64| {
        let db = Db::open(Rc::new(data::unpack(name))).unwrap();
        let (map, _) = db.page_map();
        map.get(Pgid(page)).unwrap()
    };
    let reason = |name, page| match why(name, page).usage {
        PageUse::Free(reason) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason("snapshots/good-snapshot.db", 2),
        FreeReason::NotReached
    );
    assert_eq!(
        reason("snapshots/freelist-synced.db", 3),
        FreeReason::Listed
    );
    assert_eq!(
        reason("snapshots/freelist-entry-out.db", 3),
        FreeReason::Leaked
    );
    assert!(why("snapshots/freelist-lists-used-page.db", 28).conflict);
    let db = Db::open(Rc::new(data::unpack("talk/3.5.30/talk-final.db"))).unwrap();
    let (map, _) = db.page_map();
    let room = map
        .free()
        .filter(|free| free.why == FreeReason::Room)
        .count();
    assert_eq!(room, 16_801_792 / 4096 - 5);
}

#[test]
fn the_map_is_made_in_small_steps() {
    let db = Db::open(Rc::new(data::unpack("bolt/nested-1024.db"))).unwrap();
    let mut walk = MapWalk::new(&db);
    let mut steps = 0;
    while walk.step(&db, 1) {
        steps += 1;
        let (done, all) = walk.progress();
        assert!(done <= all);
    }
    assert!(steps > 500, "{steps}");
    let whole: Vec<_> = db.page_map().0.pages().collect();
    assert_eq!(walk.map().pages().collect::<Vec<_>>(), whole);
    assert!(walk.take_findings().iter().all(Finding::is_note));
}

#[test]
fn the_other_meta_shows_the_transaction_before() {
    let bytes = data::unpack("workload/w351/after-compaction.db");
    let newest = Db::open(Rc::new(bytes.clone())).unwrap();
    let other = Options {
        meta: Some(1 - newest.metas().active),
        ..Options::default()
    };
    let older = Db::open_with(Rc::new(bytes), other).unwrap();
    assert_eq!(older.metas().why, Why::Chosen);
    assert_eq!(older.meta().txid.0 + 1, newest.meta().txid.0);
    let reuse = older.page_map().0.reuse(&newest.page_map().0);
    // The transaction before is whole: none of its pages was used again.
    assert_eq!((reuse.reused, reuse.broken), (0, 0), "{reuse:?}");
    assert!(reuse.shared > 0 && reuse.shared < reuse.pages, "{reuse:?}");
}
