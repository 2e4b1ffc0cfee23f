//! `bbolt`: looking into a `db` file, as the tool of that name does (release 1.4).

use std::fmt::Write as _;

use crate::bbolt::{Bucket, Db, FreeReason, LeafWalk, MapWalk, Order, PageUse, Pgid, type_name};
use crate::bytes::Cursor;
use crate::kv::quote::{bare, quoted};
use crate::shell::{MAX_OUTPUT_BYTES, Output};

use super::{Tool, complain, member};

/// One line on the command.
pub(super) const HELP: &str =
    "look into a file: check | info | pages | page N | buckets | keys B | get B K | stats";

/// Most pages that are looked at.
const STEP: u32 = 1024;

/// Runs `bbolt COMMAND FILE ...`.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let words: Vec<&[u8]> = args
        .iter()
        .map(Vec::as_slice)
        .filter(|word| !word.starts_with(b"--"))
        .collect();
    let Some((command, rest)) = words.split_first() else {
        return complain(out, 2, format!("bbolt: {HELP}"));
    };
    const KNOWN: &[&[u8]] = &[
        b"check", b"info", b"pages", b"page", b"buckets", b"keys", b"get", b"stats",
    ];
    if *command == b"version" {
        out.stdout.extend(b"bbolt Version: 1.4\n");
        return 0;
    }
    if !KNOWN.contains(command) {
        let command = String::from_utf8_lossy(command);
        return complain(
            out,
            2,
            format!("unknown command \"{command}\" for \"bbolt\""),
        );
    }
    let Some((path, rest)) = rest.split_first() else {
        return complain(out, 1, "path required");
    };
    let db = match member::open(tool, path) {
        Ok(Some(source)) => Db::open(source),
        Ok(None) => return complain(out, 1, "file not found"),
        Err(why) => return complain(out, 1, why),
    };
    let db = match db {
        Ok(db) => db,
        Err(why) => return complain(out, 1, why.to_string()),
    };
    match *command {
        b"check" => check(&db, out),
        b"info" => {
            out.stdout
                .extend(format!("Page Size: {}\n", db.page_size()).bytes());
            0
        }
        b"pages" => pages(&db, out),
        b"page" => page(&db, rest, out),
        b"buckets" => {
            for (name, _) in db.buckets(&db.root(), 100_000).0 {
                out.stdout.extend(text(&name).bytes());
                out.stdout.push(b'\n');
            }
            0
        }
        b"keys" => keys(&db, rest, out),
        b"get" => get(&db, rest, out),
        _ => stats(&db, rest, out),
    }
}

/// Bytes as text if all of it can be printed, else in hexadecimal.
fn text(bytes: &[u8]) -> String {
    let printable = |c: char| match c {
        '"' | '\\' => true,
        c => bare(c.encode_utf8(&mut [0; 4]).as_bytes()) == c.to_string(),
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(printable) => text.to_owned(),
        _ => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn check(db: &Db, out: &mut Output) -> i32 {
    let mut walk = MapWalk::new(db);
    let mut errors = 0u64;
    loop {
        let more = walk.step(db, STEP);
        for finding in walk.take_findings() {
            if let Some(line) = finding.line(&text) {
                errors += 1;
                out.stdout.extend((line + "\n").bytes());
            }
        }
        if !more {
            break;
        }
    }
    if errors == 0 {
        out.stdout.extend(b"OK\n");
        return 0;
    }
    out.stdout
        .extend(format!("{errors} errors found\n").bytes());
    complain(out, 1, "Error: invalid value")
}

fn pages(db: &Db, out: &mut Output) -> i32 {
    let mut walk = MapWalk::new(db);
    while walk.step(db, STEP) {
        drop(walk.take_findings());
    }
    let map = walk.map();
    out.stdout
        .extend(b"ID       TYPE       ITEMS  OVRFLW\n======== ========== ====== ======\n");
    let mut page = 0;
    while let Some(entry) = map.get(Pgid(page)).filter(|_| page < map.len()) {
        if out.stdout.len() > MAX_OUTPUT_BYTES {
            break;
        }
        let is_free = matches!(
            entry.usage,
            PageUse::Free(FreeReason::Listed | FreeReason::NotReached)
        );
        let line = match db.raw_header(Pgid(page)) {
            _ if is_free || entry.conflict => {
                page += 1;
                format!("{:<8} {:<10} {:<6} {:<6}\n", page - 1, "free", "", "")
            }
            Ok(header) => {
                let overflow = match header.overflow {
                    0 => String::new(),
                    overflow => overflow.to_string(),
                };
                let at = page;
                page = page.saturating_add(1 + u64::from(header.overflow));
                format!(
                    "{at:<8} {:<10} {:<6} {overflow:<6}\n",
                    type_name(header.flags),
                    header.count
                )
            }
            Err(why) => return complain(out, 1, format!("page error: id={page}, err={why}")),
        };
        out.stdout.extend(line.bytes());
    }
    0
}

fn page(db: &Db, ids: &[&[u8]], out: &mut Output) -> i32 {
    if ids.is_empty() {
        return complain(out, 1, "page id required");
    }
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            out.stdout
                .extend(b"===============================================\n");
        }
        let id = String::from_utf8_lossy(id);
        let shown = match id.parse::<u64>() {
            Ok(id) => one_page(db, id),
            Err(_) => {
                return complain(
                    out,
                    1,
                    format!("strconv.ParseUint: parsing \"{id}\": invalid syntax"),
                );
            }
        };
        let text = match shown {
            Some(text) => text,
            None => format!("Prining page {id} failed: EOF. Continuing...\n"),
        };
        out.stdout.extend(text.bytes());
    }
    0
}

/// What `bbolt page` prints of a page; `None` where the file ends before it.
fn one_page(db: &Db, id: u64) -> Option<String> {
    /// Most continuation pages that are read.
    const MAX_OVERFLOW: u32 = 4096;
    let size = db.page_size();
    let header = db.raw_header(Pgid(id)).ok()?;
    let pages = 1 + u64::from(header.overflow.min(MAX_OVERFLOW));
    let offset = id.checked_mul(size)?;
    let bytes = db
        .bytes(offset, size.checked_mul(pages)?)
        .or_else(|_| db.bytes(offset, size))
        .ok()?;
    let kind = type_name(header.flags);
    let mut out = format!(
        "Page ID:    {id}\nPage Type:  {kind}\nTotal Size: {} bytes\nOverflow pages: {}\n",
        size.saturating_mul(1 + u64::from(header.overflow)),
        header.overflow
    );
    match kind.as_str() {
        "meta" => {
            let mut cursor = Cursor::at(&bytes, 16);
            let _magic = cursor.u32_le("magic").ok()?;
            let version = cursor.u32_le("version").ok()?;
            let page_size = cursor.u32_le("page size").ok()?;
            let flags = cursor.u32_le("flags").ok()?;
            let root = cursor.u64_le("root").ok()?;
            let _sequence = cursor.u64_le("sequence").ok()?;
            let freelist = cursor.u64_le("freelist").ok()?;
            let high = cursor.u64_le("pgid").ok()?;
            let txid = cursor.u64_le("txid").ok()?;
            let checksum = cursor.u64_le("checksum").ok()?;
            out += &format!(
                "Version:    {version}\nPage Size:  {page_size} bytes\nFlags:      {flags:08x}\n\
                 Root:       <pgid={root}>\nFreelist:   <pgid={freelist}>\nHWM:        <pgid={high}>\n\
                 Txn ID:     {txid}\nChecksum:   {checksum:016x}\n\n"
            );
        }
        "leaf" | "branch" => {
            out += &format!("Item Count: {}\n\n", header.count);
            for index in 0..usize::from(header.count) {
                let start = 16 + index * 16;
                let Some(line) = item(&bytes, start, kind == "leaf") else {
                    break;
                };
                out += &line;
            }
            out.push('\n');
        }
        "freelist" => {
            let mut cursor = Cursor::at(&bytes, 16);
            let count = match header.count {
                0xffff => cursor.u64_le("count").ok()?,
                count => u64::from(count),
            };
            out += &format!("Item Count: {count}\nOverflow: {}\n\n", header.overflow);
            for _ in 0..count {
                let Ok(id) = cursor.u64_le("id") else { break };
                out += &format!("{id}\n");
            }
            out.push('\n');
        }
        _ => {}
    }
    Some(out)
}

/// The line of an element whose table entry stands at `start`.
fn item(bytes: &[u8], start: usize, is_leaf: bool) -> Option<String> {
    let mut cursor = Cursor::at(bytes, start);
    let part = |from: usize, len: u64| Cursor::at(bytes, from).take("element", len).ok();
    if !is_leaf {
        let pos = cursor.u32_le("pos").ok()?;
        let len = cursor.u32_le("ksize").ok()?;
        let child = cursor.u64_le("pgid").ok()?;
        let key = part(
            start.checked_add(usize::try_from(pos).ok()?)?,
            u64::from(len),
        )?;
        return Some(format!("{}: <pgid={child}>\n", key_text(key)));
    }
    let flags = cursor.u32_le("flags").ok()?;
    let pos = usize::try_from(cursor.u32_le("pos").ok()?).ok()?;
    let (key_len, value_len) = (cursor.u32_le("ksize").ok()?, cursor.u32_le("vsize").ok()?);
    let at = start.checked_add(pos)?;
    let key = part(at, u64::from(key_len))?;
    let value = part(
        at.checked_add(usize::try_from(key_len).ok()?)?,
        u64::from(value_len),
    )?;
    let shown = match flags & 1 {
        0 => text(value),
        _ => {
            let mut bucket = Cursor::new(value);
            let root = bucket.u64_le("root").ok()?;
            format!("<pgid={root},seq={}>", bucket.u64_le("sequence").ok()?)
        }
    };
    Some(format!("{}: {shown}\n", key_text(key)))
}

fn key_text(key: &[u8]) -> String {
    let shown = text(key);
    match shown.as_bytes() == key {
        true => quoted(key),
        false => shown,
    }
}

/// Walks down to a bucket by the names on the way.
fn find(db: &Db, path: &[&[u8]], out: &mut Output) -> Result<Bucket, i32> {
    if path.is_empty() {
        return Err(complain(out, 1, "bucket required"));
    }
    match db.bucket(path) {
        Ok(Some(bucket)) => Ok(bucket),
        Ok(None) => Err(complain(out, 1, "bucket not found")),
        Err(problem) => Err(complain(out, 1, problem.to_string())),
    }
}

fn keys(db: &Db, path: &[&[u8]], out: &mut Output) -> i32 {
    let bucket = match find(db, path, out) {
        Ok(bucket) => bucket,
        Err(exit) => return exit,
    };
    let mut walk = LeafWalk::new(db, &bucket, Order::Forward);
    while let Some(next) = walk.next(db) {
        let page = match next {
            Ok(page) => page,
            Err(problem) => return complain(out, 1, problem.to_string()),
        };
        for element in page.elements().flatten() {
            out.stdout.extend((text(element.key) + "\n").bytes());
        }
        if out.stdout.len() > MAX_OUTPUT_BYTES {
            break;
        }
    }
    0
}

fn get(db: &Db, path: &[&[u8]], out: &mut Output) -> i32 {
    let Some((key, path)) = path.split_last() else {
        return complain(out, 1, "bucket required");
    };
    let bucket = match find(db, path, out) {
        Ok(bucket) => bucket,
        Err(exit) => return exit,
    };
    match db.item(&bucket, key) {
        Ok(Some(item)) => {
            out.stdout.extend((text(&item.value) + "\n").bytes());
            0
        }
        Ok(None) => {
            let text = format!(
                "Error key not found for key: {} hex: \"{}\"",
                quoted(key),
                hex(key)
            );
            complain(out, 1, text)
        }
        Err(problem) => complain(out, 1, problem.to_string()),
    }
}

/// Sums over the top-level buckets; the tools of etcd never nest further.
fn stats(db: &Db, rest: &[&[u8]], out: &mut Output) -> i32 {
    let prefix = rest.first().copied().unwrap_or_default();
    let (buckets, _) = db.buckets(&db.root(), 100_000);
    let buckets: Vec<_> = buckets
        .into_iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .collect();
    let (mut pairs, mut leaves, mut leaf_overflow, mut used) = (0u64, 0u64, 0u64, 0u64);
    let (mut inline, mut inline_used) = (0u64, 0u64);
    let (mut branches, mut branch_overflow, mut branch_used, mut depth) = (0u64, 0u64, 0u64, 0u64);
    for (_, bucket) in &buckets {
        let mut walk = LeafWalk::new(db, bucket, Order::Forward);
        let is_inline = bucket.root().is_none();
        inline += u64::from(is_inline);
        while let Some(next) = walk.next(db) {
            let Ok(page) = next else { continue };
            let mut in_page = 16u64;
            for element in page.elements().flatten() {
                pairs += u64::from(!element.is_bucket);
                in_page += 16 + element.key.len() as u64 + element.value.len() as u64;
            }
            if is_inline {
                inline_used += in_page;
                depth = depth.max(1);
                continue;
            }
            leaves += 1;
            leaf_overflow += (page.len() / db.page_size()).saturating_sub(1);
            used += in_page;
        }
        if let Some(root) = bucket.root() {
            let mut level = vec![root];
            let mut height = 0u64;
            let mut left = 100_000u32;
            // Down the branch pages, level by level; the height of the first way counts.
            while !level.is_empty() && height < 64 {
                height += 1;
                let mut below = Vec::new();
                for id in level {
                    let Ok(header) = db.raw_header(id) else {
                        continue;
                    };
                    if type_name(header.flags) != "branch" || left == 0 {
                        continue;
                    }
                    left -= 1;
                    branches += 1;
                    branch_overflow += u64::from(header.overflow);
                    let offset = id.0.saturating_mul(db.page_size());
                    let pages = 1 + u64::from(header.overflow.min(4096));
                    let Ok(bytes) = db.bytes(offset, db.page_size().saturating_mul(pages)) else {
                        continue;
                    };
                    branch_used += 16;
                    for index in 0..usize::from(header.count) {
                        let mut cursor = Cursor::at(&bytes, 16 + index * 16 + 4);
                        let Ok(len) = cursor.u32_le("ksize") else {
                            break;
                        };
                        let Ok(child) = cursor.u64_le("pgid") else {
                            break;
                        };
                        branch_used += 16 + u64::from(len);
                        below.push(Pgid(child));
                    }
                }
                level = below;
            }
            depth = depth.max(height);
        }
    }
    let percent = |part: u64, whole: u64| (part * 100).checked_div(whole).unwrap_or(0);
    let leaf_bytes = (leaves + leaf_overflow) * db.page_size();
    let branch_bytes = (branches + branch_overflow) * db.page_size();
    let count = buckets.len() as u64;
    let text = format!(
        "Aggregate statistics for {count} buckets\n\nPage count statistics\n\
         \tNumber of logical branch pages: {branches}\n\
         \tNumber of physical branch overflow pages: {branch_overflow}\n\
         \tNumber of logical leaf pages: {leaves}\n\
         \tNumber of physical leaf overflow pages: {leaf_overflow}\n\
         Tree statistics\n\tNumber of keys/value pairs: {pairs}\n\
         \tNumber of levels in B+tree: {depth}\n\
         Page size utilization\n\tBytes allocated for physical branch pages: {branch_bytes}\n\
         \tBytes actually used for branch data: {branch_used} ({}%)\n\
         \tBytes allocated for physical leaf pages: {leaf_bytes}\n\
         \tBytes actually used for leaf data: {used} ({}%)\n\
         Bucket statistics\n\tTotal number of buckets: {count}\n\
         \tTotal number on inlined buckets: {inline} ({}%)\n\
         \tBytes used for inlined buckets: {inline_used} ({}%)\n",
        percent(branch_used, branch_bytes),
        percent(used, leaf_bytes),
        percent(inline, count),
        percent(inline_used, used),
    );
    out.stdout.extend(text.bytes());
    0
}
