//! Freelists: with more than 0xFFFF entries, and with lies in them.

use std::rc::Rc;

use revscope::bbolt::{Db, FreeReason, PageUse, Pgid};

use crate::support::sparse::{Meta, Sparse, header, meta, tiny};

const PAGE: u64 = 1024;
/// Where the list begins in the files made here; pages 2, and those behind the list, are free.
const LIST: u64 = 4;

struct List {
    count: u16,
    /// The count behind the header, where there is one.
    long: Option<u64>,
    entries: Vec<u64>,
    /// Free pages behind the list.
    free: u64,
}

impl List {
    /// Pages of the list, as its entries need them.
    fn pages(&self) -> u64 {
        (16 + 8 + 8 * self.entries.len() as u64).div_ceil(PAGE)
    }

    fn first_free(&self) -> u64 {
        LIST + self.pages()
    }

    /// A whole list: page 2 and `free` pages behind itself.
    fn of(free: u64) -> Self {
        let entries = free + 1;
        let mut list = Self {
            count: u16::try_from(entries).unwrap_or(u16::MAX),
            long: (entries >= 0xFFFF).then_some(entries),
            entries: vec![0; entries as usize],
            free,
        };
        let first = list.first_free();
        list.entries = [2].into_iter().chain(first..first + free).collect();
        list
    }

    fn file(&self) -> Sparse {
        let pages = self.first_free() + self.free;
        let mut page = header(LIST, 16, self.count, (self.pages() - 1) as u32);
        let words = self.long.iter().chain(&self.entries);
        page.extend(words.flat_map(|word| word.to_le_bytes()));
        let numbers = Meta {
            page_size: PAGE as u32,
            root: 3,
            freelist: LIST,
            high_water_mark: pages,
            txid: 6,
        };
        let mut file = tiny(PAGE as u32);
        file.size = pages * PAGE;
        file.parts.extend([
            (0, meta(0, numbers)),
            (PAGE, meta(1, Meta { txid: 5, ..numbers })),
            (LIST * PAGE, page),
        ]);
        file
    }
}

/// Opens the file of a list: problems of the file and the lines of a check, the first few of each.
fn check(what: &str, list: &List, readable: bool, told: &[&str]) {
    let db = Db::open(Rc::new(list.file())).unwrap();
    let found = db.freelist().unwrap();
    assert_eq!(found.readable, readable, "{what}");
    let bucket = db.bucket(&[b"b"]).unwrap().unwrap();
    assert!(db.item(&bucket, b"key").unwrap().is_some(), "{what}");
    let (map, findings) = db.page_map();
    assert_eq!(map.has_freelist(), readable, "{what}");
    let problems = db.problems().iter().map(ToString::to_string);
    let lines = findings
        .iter()
        .filter_map(|finding| finding.line(&|key| format!("{key:?}")));
    let mut got: Vec<_> = problems.chain(lines).collect();
    got.dedup();
    got.truncate(4);
    assert_eq!(got, told, "{what}");
    for page in found.ids().take_while(|_| told.is_empty()) {
        let usage = map.get(page).unwrap().usage;
        assert_eq!(usage, PageUse::Free(FreeReason::Listed), "{what}: {page}");
    }
}

#[test]
fn lists_of_every_length() {
    for free in [0, 1, 100, 0xFFFD, 0xFFFE, 0xFFFF, 70_000] {
        let list = List::of(free);
        check(&format!("{free} free"), &list, true, &[]);
        let db = Db::open(Rc::new(list.file())).unwrap();
        let found = db.freelist().unwrap();
        assert_eq!((found.count, found.pages), (free + 1, list.pages()));
        assert!(
            found
                .ids()
                .map(|page| page.0)
                .eq(list.entries.iter().copied())
        );
        assert_eq!(found.page, Pgid(LIST));
    }
}

#[test]
fn a_count_that_lies() {
    for free in [100, 70_000] {
        let lie = |count: u64, readable: bool, told: &[&str]| {
            let mut list = List::of(free);
            match &mut list.long {
                Some(long) => *long = count,
                None => list.count = count as u16,
            }
            check(&format!("{count} of {free}"), &list, readable, told);
        };
        let last = List::of(free).entries.last().copied().unwrap();
        lie(free, true, &[&format!("page {last}: unreachable unfreed")]);
        // What is behind the last entry reads as page 0.
        let zero = "page 4: freelist entries that name no page of the file: 1, the first is 0";
        lie(free + 2, true, &[zero]);
        let room = (List::of(free).pages() * PAGE - 16) / 8 - u64::from(free > 0xFFFF);
        for count in [room + 1, 40_000 * (free / 100)] {
            let text =
                format!("page 4: the freelist claims {count} entries, but its pages hold {room}");
            lie(count, false, &[text.as_str()]);
        }
        if free > 0xFFFF {
            for count in [u64::MAX, u64::MAX / 8, 1 << 61] {
                let text = format!(
                    "page 4: the freelist claims {count} entries, but its pages hold {room}"
                );
                lie(count, false, &[&text]);
            }
        }
    }
}

#[test]
fn entries_that_lie() {
    for free in [100, 70_000] {
        let first = List::of(free).first_free();
        let lie = |what: &str, put: &[(usize, u64)], told: &[String]| {
            let mut list = List::of(free);
            for (at, page) in put {
                list.entries[*at] = *page;
            }
            let told: Vec<_> = told.iter().map(String::as_str).collect();
            check(&format!("{what} of {free}"), &list, true, &told);
        };
        let unfreed = |page: u64| format!("page {page}: unreachable unfreed");
        let outside = |page: u64| {
            format!(
                "page 4: freelist entries that name no page of the file: 1, the first is {page}"
            )
        };
        lie("unsorted", &[(1, first + 1), (2, first)], &[]);
        lie(
            "a page twice",
            &[(1, first + 1)],
            &[format!("page {}: already freed", first + 1), unfreed(first)],
        );
        lie(
            "a used page",
            &[(1, 3)],
            &["page 3: reachable freed".to_owned(), unfreed(first)],
        );
        lie(
            "itself",
            &[(1, LIST)],
            &[
                "page 4: the freelist names page 4 as free, which is its own".to_owned(),
                unfreed(first),
            ],
        );
        for page in [0, 1, first + free, u64::MAX, u64::MAX / PAGE + 1] {
            lie(
                "no such page",
                &[(1, page)],
                &[outside(page), unfreed(first)],
            );
        }
    }
}
