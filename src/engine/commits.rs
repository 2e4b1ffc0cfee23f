//! From the member's file and its latest transactions to [`MemberPages`].

use super::member::{MemberPages, PageStep, Tile, TileKind};
use crate::backend::{Backend, Committed, Keyspace};
use crate::bbolt::write::{Commit, Error, Image, Placed, Shape, Usage, Written};
use crate::bbolt::{PageKind, Pgid};
use crate::bytes::ReadAt;
use crate::kv::BucketKey;
use crate::kv::quote::bare_start;

/// How many page numbers a sentence names.
const NAMED: usize = 12;
/// How many written pages of one transaction get a step of their own.
const WRITES: usize = 24;

/// Pages, and what they become.
type Pages = Vec<(u64, TileKind)>;

/// The pages from `first` on, and where the row lies that is asked for: its key in the bucket, and
/// whether a compaction has taken it.
pub(super) fn pages(
    backend: &mut Backend,
    first: u64,
    count: u32,
    holding: Option<(BucketKey, bool)>,
) -> MemberPages {
    let read = |backend: &mut Backend| -> Result<_, Error> {
        let rewritten = backend.rewritten()?.cloned();
        let latest = backend.latest()?.to_vec();
        Ok((backend.image()?.clone(), latest, rewritten))
    };
    let (image, latest, rewritten) = match read(backend) {
        Ok(found) => found,
        Err(error) => {
            return MemberPages {
                headline: format!("The member could not write its file: {error}"),
                ..MemberPages::default()
            };
        }
    };
    let now = image.shape();
    let before = rewritten
        .as_ref()
        .or(latest.first().map(|first| &first.before));
    let was = before.map_or_else(|| now.clone(), Image::shape);
    let (headline, steps) = match (&rewritten, latest.as_slice()) {
        (Some(before), _) => rewrite(before, &image),
        (None, []) => ("Nothing was committed yet.".to_owned(), Vec::new()),
        (None, latest) => told(latest, &image),
    };
    let total = now.pages.len().max(was.pages.len()) as u64;
    let count = u64::from(count.min(MemberPages::TILES));
    let end = first.saturating_add(count).min(total);
    let tiles = (first..end)
        .map(|page| tile(Pgid(page), &now, &was, &latest, &image, rewritten.is_some()))
        .collect();
    let (way, place) = holding.map_or_else(Default::default, |(key, is_gone)| {
        place(&image, &now, key, is_gone)
    });
    MemberPages {
        first,
        total,
        tiles,
        facts: facts(&image, &now),
        headline,
        steps,
        way,
        place,
    }
}

fn facts(image: &Image, now: &Shape) -> Vec<(String, String)> {
    let count = |usage| now.pages.iter().filter(|page| page.usage == usage).count();
    let current = image.txid().0 % 2;
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
    add(
        "pages",
        format!("{} of {}", now.pages.len(), size(image.page_size())),
    );
    add("file", size(image.len()));
    add("in use", size(image.size_in_use()));
    add("free", count(Usage::Free).to_string());
    add("waiting", count(Usage::Pending).to_string());
    add("meta", format!("{current}, transaction {}", image.txid()));
    facts
}

/// Where a row lies.
fn place(image: &Image, now: &Shape, key: BucketKey, is_gone: bool) -> (Vec<u64>, String) {
    let revision = key.revision;
    if is_gone {
        let text = format!("{revision} was compacted: no page of the bucket holds it any more.");
        return (Vec::new(), text);
    }
    let Some(way) = image.way_to(Keyspace::Key.name().as_bytes(), &key.encode()) else {
        return (Vec::new(), format!("{revision} is on no page."));
    };
    let leaf = way.last().and_then(|leaf| now.page(*leaf));
    let is_inline = leaf
        .and_then(|leaf| now.bucket_of(leaf))
        .is_some_and(<[u8]>::is_empty);
    let way: Vec<u64> = way.iter().map(|page| page.0).collect();
    let text = match way.as_slice() {
        [] => String::new(),
        [.., leaf] if is_inline => format!(
            "{revision} lies on page {leaf}: bucket key is small enough to lie inside the leaf that \
             names it. Above {} bytes it gets pages of its own.",
            image.page_size() / 4
        ),
        [leaf] => format!("{revision} lies on page {leaf}, which is all of bucket key."),
        [above @ .., leaf] => format!(
            "{revision} lies on page {leaf}, reached from the root of bucket key through {}.",
            named(above.iter().copied())
        ),
    };
    (way, text)
}

fn kind(placed: Option<&Placed>) -> TileKind {
    match placed.map(|placed| placed.usage) {
        None => TileKind::Beyond,
        Some(Usage::Meta) => TileKind::Meta,
        Some(Usage::Freelist) => TileKind::Freelist,
        Some(Usage::Branch) => TileKind::Branch,
        Some(Usage::Leaf) => TileKind::Leaf,
        Some(Usage::Overflow) => TileKind::Overflow,
        Some(Usage::Pending) => TileKind::Waiting,
        Some(Usage::Free) => TileKind::Free,
    }
}

fn tile(
    page: Pgid,
    now: &Shape,
    was: &Shape,
    latest: &[Committed],
    image: &Image,
    is_rewritten: bool,
) -> Tile {
    let placed = now.page(page);
    let written = latest.iter().rev().find_map(|one| {
        let written = one.commit.written.iter().find(|at| at.pgid == page)?;
        Some((one.commit.txid, written))
    });
    let bucket = placed
        .and_then(|placed| now.bucket_of(placed))
        .map(bucket_name)
        .unwrap_or_default();
    let kind = kind(placed);
    let mut label = format!("page {page}, {}", kind_name(kind));
    if let Some(placed) = placed.filter(|_| !bucket.is_empty()) {
        label += &format!(" of {bucket}");
        if matches!(kind, TileKind::Leaf | TileKind::Branch) {
            label += &format!(
                ", {}, {} bytes used",
                entries(placed.count, kind),
                placed.used
            );
        }
        if let Some(parent) = placed.parent {
            label += &format!(", below page {parent}");
        }
    }
    if page.0 < 2 {
        let (is_current, txid) = (image.txid().0 % 2 == page.0, image.txid().0);
        label += &match is_current {
            true => format!(" of transaction {txid}, which counts"),
            false => format!(
                " of transaction {}, the state before",
                txid.saturating_sub(1)
            ),
        };
    }
    let is_written = match (written, page.0) {
        (Some((txid, written)), _) if matches!(kind, TileKind::Leaf | TileKind::Branch) => {
            label += &format!("; written by commit {txid}");
            if let Some(before) = written.before {
                label += &format!(" as the new copy of page {before}");
            }
            true
        }
        (_, 0 | 1) => latest.iter().any(|one| one.commit.meta == page),
        _ => is_rewritten && kind != TileKind::Beyond,
    };
    let used = placed.map_or(0, |placed| placed.used);
    let room = image.page_size().max(1);
    Tile {
        kind,
        was: self::kind(was.page(page)),
        is_written,
        fill: (used.min(room).saturating_mul(100) / room) as u8,
        bucket,
        label,
    }
}

/// What the transactions of a request did: a sentence, and step by step.
fn told(latest: &[Committed], image: &Image) -> (String, Vec<PageStep>) {
    let mut steps = Vec::new();
    let many = latest.len() > 1;
    for one in latest {
        if steps.len() >= MemberPages::STEPS {
            break;
        }
        let prefix = match many {
            true => format!("Commit {}: ", one.commit.txid),
            false => String::new(),
        };
        let mut push = |text: String, pages: Pages| {
            let mut chars = text.chars();
            let text = match chars.next() {
                Some(first) if prefix.is_empty() => first.to_uppercase().chain(chars).collect(),
                _ => prefix.clone() + &text,
            };
            steps.push(PageStep { text, pages });
        };
        commit_steps(one, &mut push);
    }
    let size_before = latest.first().map_or(0, |one| one.before.len());
    let mut end = match image.len() {
        len if len == size_before => format!("the file stays at {}", size(len)),
        len => format!("the file grows from {} to {}", size(size_before), size(len)),
    };
    if many {
        end += ": a compaction gives nothing back, it leaves free pages for later commits";
    }
    let mut chars = end.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let text = format!("{first}{}.", chars.as_str());
    steps.truncate(MemberPages::STEPS - 1);
    let pages = Vec::new();
    steps.push(PageStep { text, pages });
    let written = latest.iter().flat_map(|one| &one.commit.written);
    let freed = latest.iter().flat_map(|one| &one.commit.freed);
    let first = latest.first().map_or(0, |one| one.commit.txid.0);
    let (last, meta) = latest
        .last()
        .map_or((0, 0), |one| (one.commit.txid.0, one.commit.meta.0));
    let who = match many {
        false => format!("Commit {last}"),
        true if last == first + 1 => format!("Commits {first} and {last}"),
        true => format!("Commits {first} to {last}"),
    };
    let headline = format!(
        "{who} wrote {}; freed {}; meta {meta}; {end}.",
        named(written.map(|page| page.pgid.0)),
        named(freed.map(|page| page.0)),
    );
    (headline, steps)
}

fn commit_steps(one: &Committed, push: &mut dyn FnMut(String, Pages)) {
    let Committed { before, commit } = one;
    if !commit.released.is_empty() {
        let pages: Vec<u64> = commit.released.iter().map(|page| page.0).collect();
        let text = format!(
            "{}, freed by the commit before, can be taken now",
            named(pages.iter().copied())
        );
        push(text, all(&pages, TileKind::Free));
    }
    let shape = before.shape();
    for written in commit.written.iter().take(WRITES) {
        let mut pages: Pages = run(written).collect();
        let text = match written.before {
            Some(old) => {
                pages.extend(run_before(&shape, old).map(|page| (page.0, TileKind::Waiting)));
                copy_text(written, old, &shape)
            }
            None => format!(
                "{} is split: its rest goes to {}",
                name(written),
                target(written)
            ),
        };
        push(text, pages);
    }
    let rest = commit.written.get(WRITES..).unwrap_or_default();
    if !rest.is_empty() {
        let copied = rest.iter().filter_map(|written| written.before);
        let copied = copied.flat_map(|old| run_before(&shape, old));
        let copied = copied.map(|page| (page.0, TileKind::Waiting));
        let pages: Pages = rest.iter().flat_map(run).chain(copied).collect();
        push(format!("{} more pages are written", rest.len()), pages);
    }
    let copied = commit.written.iter().filter_map(|page| page.before);
    let copied: Vec<Pgid> = copied.flat_map(|old| run_before(&shape, old)).collect();
    let empty = commit.freed.iter().filter(|page| !copied.contains(page));
    let empty: Vec<u64> = empty.map(|page| page.0).collect();
    if !empty.is_empty() {
        let text = format!(
            "{} freed: nothing is left on them",
            named(empty.iter().copied())
        );
        push(text, all(&empty, TileKind::Waiting));
    }
    push(meta_text(commit), vec![(commit.meta.0, TileKind::Meta)]);
}

fn copy_text(written: &Written, old: Pgid, before: &Shape) -> String {
    let kind = tile_kind(written.kind);
    let held = before.page(old).map_or(written.count, |page| page.count);
    let change = match held == written.count {
        true => entries(held, kind),
        false => format!("{held}, now {}", entries(written.count, kind)),
    };
    format!(
        "{}, page {old}, is copied to {} ({change})",
        name(written),
        target(written)
    )
}

fn meta_text(commit: &Commit) -> String {
    let other = 1u64.saturating_sub(commit.meta.0);
    format!(
        "meta {} says transaction {} and root page {}; meta {other} still leads to the state before",
        commit.meta, commit.txid, commit.root
    )
}

/// What a rewriting did.
fn rewrite(before: &Image, after: &Image) -> (String, Vec<PageStep>) {
    let (old, new) = (before.high_water_mark().0, after.high_water_mark().0);
    let shape = after.shape();
    let kind_now = |page: u64| kind(shape.page(Pgid(page)));
    let mut steps: Vec<PageStep> = Vec::new();
    for (number, (bucket, _)) in (0u32..).zip(&shape.buckets).take(WRITES) {
        let owned = (0u64..).zip(&shape.pages);
        let owned = owned.filter(|(_, placed)| placed.bucket == Some(number));
        let pages: Vec<u64> = owned.map(|(page, _)| page).collect();
        let to = named(pages.iter().copied());
        let text = match bucket.as_slice() {
            [] => format!("The root, with the buckets that fit into it, is copied to {to}"),
            name => format!("Bucket {} is copied to {to}", bucket_name(name)),
        };
        let pages = pages.iter().map(|page| (*page, kind_now(*page)));
        let pages = pages.collect();
        steps.push(PageStep { text, pages });
    }
    // The bucket of buckets comes last: its pages name the others'.
    if !steps.is_empty() {
        steps.rotate_left(1);
    }
    let (from, to) = (size(before.len()), size(after.len()));
    let text = format!(
        "The new file takes the place of the old one: {old} pages become {new}, {from} become {to}."
    );
    let rest = (0..old.max(new)).filter(|page| {
        let placed = shape.page(Pgid(*page));
        placed.is_none_or(|placed| placed.bucket.is_none())
    });
    let pages = rest.map(|page| (page, kind_now(page))).collect();
    steps.push(PageStep { text, pages });
    let headline = format!(
        "Defragmentation copied what is in use to a new file: {old} pages became {new}, {from} became {to}."
    );
    (headline, steps)
}

/// What a page is, with its bucket: `leaf of key`.
fn name(written: &Written) -> String {
    let what = match written.kind {
        PageKind::Branch => "branch",
        PageKind::Freelist => return "the freelist".to_owned(),
        _ => "leaf",
    };
    let bucket = written
        .owner
        .last()
        .map_or(&b""[..], |name| name.as_slice());
    format!("{what} of {}", bucket_name(bucket))
}

fn target(written: &Written) -> String {
    let place = match written.reused {
        true => "a free page",
        false => "new at the end",
    };
    match written.overflow {
        0 => format!("page {}, {place}", written.pgid),
        more => format!("page {} and {more} behind it, {place}", written.pgid),
    }
}

/// A page that was written, with its continuation pages.
fn run(written: &Written) -> impl Iterator<Item = (u64, TileKind)> + use<> {
    let start = written.pgid.0;
    let more = start..start.saturating_add(u64::from(written.overflow));
    let more = more.map(|page| (page.saturating_add(1), TileKind::Overflow));
    std::iter::once((start, tile_kind(written.kind))).chain(more)
}

fn tile_kind(kind: PageKind) -> TileKind {
    match kind {
        PageKind::Branch => TileKind::Branch,
        PageKind::Leaf => TileKind::Leaf,
        PageKind::Meta => TileKind::Meta,
        PageKind::Freelist => TileKind::Freelist,
    }
}

fn all(pages: &[u64], kind: TileKind) -> Pages {
    pages.iter().map(|page| (*page, kind)).collect()
}

/// A page as it was, with its continuation pages.
fn run_before(shape: &Shape, pgid: Pgid) -> impl Iterator<Item = Pgid> {
    let next = pgid.0.saturating_add(1);
    let more = (next..).map(Pgid).take_while(|page| {
        shape
            .page(*page)
            .is_some_and(|placed| placed.usage == Usage::Overflow)
    });
    std::iter::once(pgid).chain(more)
}

fn bucket_name(name: &[u8]) -> String {
    match name {
        [] => "the root".to_owned(),
        name => bare_start(name),
    }
}

fn entries(count: u64, kind: TileKind) -> String {
    let noun = match (kind, count) {
        (TileKind::Branch, 1) => "child",
        (TileKind::Branch, _) => "children",
        (_, 1) => "entry",
        _ => "entries",
    };
    format!("{count} {noun}")
}

/// What a kind is called.
fn kind_name(kind: TileKind) -> &'static str {
    match kind {
        TileKind::Meta => "meta",
        TileKind::Freelist => "freelist",
        TileKind::Branch => "branch",
        TileKind::Leaf => "leaf",
        TileKind::Overflow => "continuation",
        TileKind::Waiting => "freed by the latest commit, free from the next one on",
        TileKind::Free => "free",
        TileKind::Beyond => "no longer in the file",
    }
}

/// `page 4`, `pages 4, 5`, `no page`.
fn named(pages: impl Iterator<Item = u64>) -> String {
    let mut pages: Vec<u64> = pages.collect();
    pages.sort_unstable();
    pages.dedup();
    let shown: Vec<String> = pages.iter().take(NAMED).map(u64::to_string).collect();
    let more = pages.len().saturating_sub(NAMED);
    match (pages.len(), more) {
        (0, _) => "no page".to_owned(),
        (1, _) => format!("page {}", shown.concat()),
        (_, 0) => format!("pages {}", shown.join(", ")),
        _ => format!("pages {} and {more} more", shown.join(", ")),
    }
}

/// A length in bytes as people read it.
fn size(len: u64) -> String {
    match len {
        0..1_048_576 => format!("{} KiB", len / 1024),
        _ => format!("{:.1} MiB", len as f64 / 1_048_576.0),
    }
}
