//! What a built site needs to work without a network: the list in `offline.js` of what a browser
//! keeps, and `revscope.zip`, the whole site to serve from any folder.
//!
//! Start at [`pack`]. Same site, same bytes: names are sorted and nothing here knows a date.

use crate::dist;
use crate::run;
use crate::zip::{self, Entry};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::process::Command;

/// The service worker, which holds the list.
const WORKER: &str = "offline.js";
/// The archive of the site, beside the site.
pub const ARCHIVE: &str = "revscope.zip";
/// The folder in the archive.
const FOLDER: &str = "revscope";
/// The page's first tag, and the same in the archive: a copy offers no archive of itself.
const TAG: [&str; 2] = ["<html lang=\"en\">", "<html lang=\"en\" data-copy>"];

const README: &str = "\
Revscope, for use without a network.

A browser runs it from a web server, not from the folder itself. Any static server will do,
from any folder. With Python, in this folder:

    python3 -m http.server 8000 --bind 127.0.0.1

Then open http://127.0.0.1:8000/ in a browser.
";

/// Completes the site in `dist`, built with the id `build`: writes the list and the archive.
pub fn pack(dist: &Path, node: &Path, build: &str) -> Result<(), String> {
    let aside = |name: &String| name != WORKER && name != ARCHIVE;
    let names: Vec<String> = dist::files(dist).into_iter().filter(aside).collect();
    let packed = deflate(node, dist, &names)?;

    let page = run::read(&dist.join("index.html"))?;
    let list = list(&names, &packed, &page, build);
    let worker = with_list(&run::read(&dist.join(WORKER))?, &list)?;
    write(&dist.join(WORKER), worker.as_bytes())?;

    let mut entries = vec![
        Entry::stored(format!("{FOLDER}/{WORKER}"), worker.into_bytes()),
        Entry::stored(format!("{FOLDER}/README.txt"), README.into()),
    ];
    for (name, Packed { deflated, .. }) in names.iter().zip(packed) {
        let path = dist.join(name);
        let target = format!("{FOLDER}/{name}");
        entries.push(match name.as_str() {
            "index.html" => Entry::stored(target, copied(&page)?.into_bytes()),
            _ => Entry {
                name: target,
                bytes: fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?,
                deflated: Some(deflated),
            },
        });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    write(&dist.join(ARCHIVE), &zip::archive(&entries)?)
}

/// A file of the site: its sha256 in base64, and its bytes by deflate.
struct Packed {
    sha256: String,
    deflated: Vec<u8>,
}

/// Digests and packs files, by node's own.
fn deflate(node: &Path, dist: &Path, names: &[String]) -> Result<Vec<Packed>, String> {
    let script = "const {createHash} = require('crypto'), {readFileSync: read} = require('fs');\
        const {deflateRawSync: pack} = require('zlib');\
        for (const f of process.argv.slice(1)) { const bytes = read(f);\
        console.log(createHash('sha256').update(bytes).digest('base64') + ' ' +\
        pack(bytes, {level: 9}).toString('hex')) }";
    let mut command = Command::new(node);
    command
        .current_dir(dist)
        .args(["-e", script, "--"])
        .args(names);
    let said = run::ask(&mut command).ok_or("node could not pack the files of the site")?;
    let packed = said.lines().map(|line| {
        let (sha256, hex) = line.split_once(' ')?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let byte = |pair: &[u8]| u8::try_from(digit(pair[0])? * 16 + digit(*pair.get(1)?)?).ok();
        Some(Packed {
            sha256: sha256.to_owned(),
            deflated: hex.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?,
        })
    });
    let packed: Option<Vec<Packed>> = packed.collect();
    packed
        .filter(|packed| packed.len() == names.len())
        .ok_or_else(|| "node packed the files of the site in an unknown way".to_owned())
}

/// The list as JavaScript. The page has no digest: it is checked by the names in it.
fn list(names: &[String], packed: &[Packed], page: &str, build: &str) -> String {
    let (mut files, mut named) = (String::new(), Vec::new());
    for (name, Packed { sha256, .. }) in names.iter().zip(packed) {
        if name == "index.html" {
            continue;
        }
        // The worker's files are asked for with the build's id, which the page hands on.
        let stem = name.split('.').next().unwrap_or(name);
        let query = match dist::WORKER.contains(&stem) {
            true => format!("?{build}"),
            false => String::new(),
        };
        files += &format!("\n  [\"{name}{query}\", \"sha256-{sha256}\"],");
        if page.contains(name.as_str()) {
            named.push(format!("\"{name}\""));
        }
    }
    let mut hasher = DefaultHasher::new();
    (&files, page).hash(&mut hasher);
    let id = format!("{build} {:016x}", hasher.finish());
    let named = named.join(", ");
    format!("const BUILD = {{ id: \"{id}\", names: [{named}], files: [{files}\n] }};")
}

/// The service worker with the list in it, in place of an empty one or of an earlier one.
fn with_list(source: &str, list: &str) -> Result<String, String> {
    let parts = source.split_once("const BUILD = ");
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once("};")?.1)));
    match parts {
        Some((before, after)) => Ok(format!("{before}{list}{after}")),
        None => Err(format!("{WORKER} has no line `const BUILD = {{ ... }};`")),
    }
}

/// The page as it stands in the archive.
fn copied(page: &str) -> Result<String, String> {
    match page.contains(TAG[0]) {
        true => Ok(page.replacen(TAG[0], TAG[1], 1)),
        false => Err(format!("index.html does not have the tag {}", TAG[0])),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(sha256: &str) -> Packed {
        Packed {
            sha256: sha256.to_owned(),
            deflated: Vec::new(),
        }
    }

    #[test]
    fn the_list_replaces_an_empty_one_and_an_earlier_one() {
        let names = ["app-1.js", "index.html", "worker.js"].map(str::to_owned);
        let digests = [packed("AA="), packed("BB="), packed("CC=")];
        let one = list(&names, &digests, "<script src=./app-1.js>", "0.1.0-f");
        let files = "names: [\"app-1.js\"], files: [\n  [\"app-1.js\", \"sha256-AA=\"],\n  \
                     [\"worker.js?0.1.0-f\", \"sha256-CC=\"],\n] };";
        assert!(
            one.starts_with("const BUILD = { id: \"0.1.0-f ") && one.ends_with(files),
            "{one}"
        );
        let source = include_str!("../../static/offline.js");
        let first = with_list(source, &one).unwrap();
        assert_eq!(first.matches("const BUILD").count(), 1);
        // A page that differs is another build, though all files are the same.
        let two = list(&names, &digests, "<script src=./app-1.js> ", "0.1.0-f");
        assert_ne!(one, two);
        assert_eq!(
            with_list(&first, &two).unwrap(),
            with_list(source, &two).unwrap()
        );
        assert!(with_list("nothing", &one).is_err());
    }

    #[test]
    fn the_archives_page_knows_that_it_is_a_copy() {
        let page = include_str!("../../index.html");
        let copy = copied(page).unwrap();
        assert_eq!(copy.replace(" data-copy", ""), page);
        assert!(copied("<html>").is_err());
    }
}
