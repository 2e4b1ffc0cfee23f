//! The pages that the sandbox shows, against the reader of files and against the pages themselves.

use std::rc::Rc;

use revscope::bbolt::write::Image;
use revscope::bbolt::{Db, Node, PageUse, Pgid};
use revscope::engine::{Engine, Envelope, MemberPages, Request, Response, TileKind};
use revscope::kv::{BucketKey, Revision};
use revscope::mvcc::Release;
use revscope::shell::{Config, Shell};

/// The engine's sandbox, and the same lines on a shell of our own, whose file can be looked into.
struct Pair {
    engine: Engine,
    shell: Shell,
    release: Release,
}

fn ask(engine: &mut Engine, body: Request) -> Vec<Response> {
    let mut answers = Vec::new();
    engine.handle(Envelope { id: 1, body }, &mut |answer| {
        answers.push(answer.body)
    });
    answers
}

fn shell(release: Release) -> Shell {
    Shell::new(Config {
        release,
        ..Config::default()
    })
}

impl Pair {
    fn new() -> Self {
        let mut engine = Engine::new("test".to_owned());
        ask(&mut engine, Request::Reset);
        let release = Release::default();
        Self {
            engine,
            shell: shell(release),
            release,
        }
    }

    fn run(&mut self, line: &str) -> MemberPages {
        self.shell.run(line);
        let line = line.to_owned();
        ask(&mut self.engine, Request::Run { line });
        self.pages(None)
    }

    fn pages(&mut self, holding: Option<Revision>) -> MemberPages {
        let request = Request::Member {
            first: 0,
            count: MemberPages::TILES,
            holding,
        };
        match ask(&mut self.engine, request).remove(0) {
            Response::Member { pages } => *pages,
            other => panic!("{other:?}"),
        }
    }

    fn image(&mut self) -> Image {
        self.shell.backend().image().unwrap().clone()
    }
}

fn db(image: &Image) -> Db {
    Db::open(Rc::new(image.clone())).unwrap()
}

/// Compares every tile with what the reader of files says of the page.
fn agree(pages: &MemberPages, image: &Image, what: &str) {
    let (map, findings) = db(image).page_map();
    assert!(findings.iter().all(|one| one.is_note()), "{what}");
    let waiting: Vec<u64> = image.pending_pages().map(|page| page.0).collect();
    for (page, tile) in (0..).zip(&pages.tiles) {
        let read = map.get(Pgid(page)).map(|entry| entry.usage);
        let read = read.filter(|_| page < image.high_water_mark().0);
        let expected = match read {
            None => TileKind::Beyond,
            Some(PageUse::Meta) => TileKind::Meta,
            Some(PageUse::Freelist) => TileKind::Freelist,
            Some(PageUse::Branch) => TileKind::Branch,
            Some(PageUse::Leaf) => TileKind::Leaf,
            Some(PageUse::Overflow { .. }) => TileKind::Overflow,
            Some(PageUse::Free(_)) if waiting.contains(&page) => TileKind::Waiting,
            Some(PageUse::Free(_)) => TileKind::Free,
            Some(PageUse::Broken) => panic!("{what}: page {page} is broken"),
        };
        assert_eq!(tile.kind, expected, "{what}: page {page}");
        let owner = map.get(Pgid(page)).and_then(|entry| entry.owner);
        let name = owner.and_then(|owner| {
            let last = map.path(owner).pop();
            last.map(|name| String::from_utf8_lossy(name).into_owned())
        });
        if let Some(name) = name.filter(|_| expected != TileKind::Beyond) {
            assert_eq!(tile.bucket, name, "{what}: page {page}");
        }
    }
}

/// Compares the marks of what was written with the bytes before and after.
fn differ(pages: &MemberPages, before: &Image, after: &Image, what: &str) {
    for (page, tile) in (0..).zip(&pages.tiles) {
        if matches!(tile.kind, TileKind::Overflow | TileKind::Beyond) {
            continue;
        }
        let is_other = before.page(Pgid(page)) != after.page(Pgid(page));
        assert_eq!(tile.is_written, is_other, "{what}: page {page}");
    }
}

#[test]
fn a_put_copies_the_way_to_the_root() {
    let mut pair = Pair::new();
    pair.run("etcdctl put foo1 bar1");
    for n in 0..6 {
        let before = pair.image();
        let line = format!("etcdctl put foo{n} bar");
        let pages = pair.run(&line);
        let after = pair.image();
        agree(&pages, &after, &line);
        differ(&pages, &before, &after, &line);
        let txid = after.txid().0;
        let said = format!("Commit {txid} wrote page");
        assert!(pages.headline.starts_with(&said), "{}", pages.headline);
        assert!(
            pages.headline.contains(&format!("; meta {};", txid % 2)),
            "the metas take turns: {}",
            pages.headline
        );
        // Before the steps a tile is what it was, after them what it is.
        for (page, tile) in (0..).zip(&pages.tiles) {
            let end = pages.steps.len();
            assert_eq!(pages.look(page, 0), Some((tile.was, false)));
            assert_eq!(pages.look(page, end), Some((tile.kind, tile.is_written)));
            // The last step only tells of the file's size: all is done before it.
            assert_eq!(pages.look(page, end - 1), pages.look(page, end));
            let was = before.shape().page(Pgid(page)).is_some();
            assert_eq!(tile.was != TileKind::Beyond, was);
        }
    }
}

#[test]
fn a_row_is_found_on_its_page() {
    let mut pair = Pair::new();
    let value = "x".repeat(300);
    for n in 0..60 {
        pair.run(&format!("etcdctl put foo{n} {value}"));
    }
    let image = pair.image();
    let reader = db(&image);
    let mut leaves = Vec::new();
    for main in 2..62 {
        let pages = pair.pages(Some(Revision::new(main, 0)));
        let (leaf, above) = pages.way.split_last().unwrap();
        assert!(!above.is_empty(), "the bucket has branches by now");
        let key = BucketKey {
            revision: Revision::new(main, 0),
            tombstone: false,
        };
        let (Some(Node::Leaf(node)), _) = reader.look_at(Pgid(*leaf)) else {
            panic!("page {leaf} is no leaf");
        };
        let holds = |element: &revscope::bbolt::LeafElement<'_>| element.key == key.encode();
        assert!(node.elements().flatten().any(|one| holds(&one)), "{main}");
        assert!(pages.place.contains(&format!("lies on page {leaf}")));
        leaves.push(*leaf);
    }
    leaves.dedup();
    assert!(leaves.len() > 3, "{leaves:?}");
    let pages = pair.pages(Some(Revision::new(99, 0)));
    assert_eq!((pages.way.len(), pages.place.as_str()), (0, ""));
}

#[test]
fn a_compaction_frees_pages_and_a_defrag_gives_them_back() {
    let mut pair = Pair::new();
    let value = "x".repeat(400);
    for n in 0..80 {
        pair.run(&format!("etcdctl put foo{} {value}", n % 3));
    }
    let before = pair.image();
    let pages = pair.run("etcdctl compact 80");
    let after = pair.image();
    agree(&pages, &after, "compaction");
    assert!(pages.headline.starts_with("Commits "), "{}", pages.headline);
    assert!(pages.headline.contains("gives nothing back"));
    let waiting = pages
        .tiles
        .iter()
        .filter(|tile| tile.kind == TileKind::Waiting);
    assert!(waiting.count() > 5);
    assert_eq!(before.high_water_mark(), after.high_water_mark());
    assert!(pages.steps.len() <= MemberPages::STEPS);
    let gone = pair.pages(Some(Revision::new(5, 0)));
    assert!(gone.place.contains("was compacted"), "{}", gone.place);

    let pages = pair.run("etcdctl defrag");
    let small = pair.image();
    agree(&pages, &small, "defrag");
    assert!(small.high_water_mark() < after.high_water_mark());
    assert_eq!(
        pages.total,
        after.high_water_mark().0,
        "what went is still shown"
    );
    let (old, new) = (after.high_water_mark(), small.high_water_mark());
    assert!(
        pages
            .headline
            .contains(&format!("{old} pages became {new}"))
    );
    let beyond = pages
        .tiles
        .iter()
        .filter(|tile| tile.kind == TileKind::Beyond);
    assert_eq!(beyond.count() as u64, old.0 - new.0);

    let pages = pair.run("etcdctl put again x");
    agree(&pages, &pair.image(), "a put after a defrag");
    assert!(pages.headline.starts_with("Commit "), "{}", pages.headline);
}

#[test]
fn going_back_shows_the_pages_of_then() {
    let mut pair = Pair::new();
    let lines = [
        "etcdctl put a 1",
        "etcdctl put a 2",
        "etcdctl get a",
        "etcdctl del a",
        "etcdctl compact 4",
        "etcdctl lease grant 30",
        "etcdctl defrag",
        "etcdctl put b 1",
    ];
    let mut seen = vec![pair.pages(None)];
    for line in lines {
        seen.push(pair.run(line));
    }
    for request in [Request::Undo, Request::Redo] {
        let mut order: Vec<_> = seen.iter().collect();
        if request == Request::Undo {
            order.reverse();
        }
        for expected in order.into_iter().skip(1) {
            ask(&mut pair.engine, request.clone());
            assert_eq!(pair.pages(None), *expected, "{request:?}");
        }
    }
    assert_eq!(pair.release, Release::default());
}

#[test]
fn a_window_of_a_long_file() {
    let mut pair = Pair::new();
    let line = format!(
        "for i in {}; do etcdctl put k$i {}; done",
        (0..300).map(|n| format!("{n} ")).collect::<String>(),
        "x".repeat(9000)
    );
    let pages = pair.run(&line);
    assert!(
        pages.total > u64::from(MemberPages::TILES),
        "{}",
        pages.total
    );
    assert_eq!(pages.tiles.len(), MemberPages::TILES as usize);
    agree(&pages, &pair.image(), "a long file");
    let rest = Request::Member {
        first: pages.total - 3,
        count: u32::MAX,
        holding: None,
    };
    let Response::Member { pages: rest } = ask(&mut pair.engine, rest).remove(0) else {
        panic!("no pages");
    };
    assert_eq!(rest.tiles.len(), 3);
    let past = Request::Member {
        first: u64::MAX,
        count: u32::MAX,
        holding: None,
    };
    let Response::Member { pages: past } = ask(&mut pair.engine, past).remove(0) else {
        panic!("no pages");
    };
    assert!(past.tiles.is_empty());
}
