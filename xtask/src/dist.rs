//! Looking at dist/: what a visitor downloads first, whether anything there names this machine.

use crate::fresh::files_below;
use crate::{run, style};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Most that the first load may weigh, with brotli at its best; 1 kB is 1,000 bytes.
const BUDGET: u64 = 250_000;

/// What the page itself is made of. Samples, lessons and schema data come when asked for.
const FIRST_LOAD: &[&str] = &["html", "css", "js", "wasm", "woff2"];

/// The worker's files, but for their endings: they are asked for with the build's id.
pub const WORKER: &[&str] = &["worker", "worker_bg", "worker_loader"];

/// Prints each file's length, plain and with brotli, then the sum of the first load.
pub fn print_sizes(root: &Path, node: &Path) -> Result<(), String> {
    let dist = root.join("dist");
    let files = files(&dist);
    let brotli = brotli_lengths(node, &dist, &files)?;
    let page = run::read(&dist.join("index.html"))?;
    let first = first_load(&files, &page, &|file| {
        fs::read_to_string(dist.join(file)).unwrap_or_default()
    });

    println!("{:>10} {:>10}  dist/", "bytes", "brotli");
    let mut sum = (0, 0);
    for (file, packed) in files.iter().zip(brotli) {
        let raw = fs::metadata(dist.join(file)).map_or(0, |meta| meta.len());
        let mark = if first.contains(file) {
            "first load"
        } else {
            ""
        };
        println!("{raw:>10} {packed:>10}  {file:<40} {mark}");
        if first.contains(file) {
            sum = (sum.0 + raw, sum.1 + packed);
        }
    }
    let (raw, packed) = sum;
    println!("{raw:>10} {packed:>10}  first load, of {BUDGET} allowed");
    if packed > BUDGET {
        return Err(format!(
            "the first load is {packed} bytes with brotli, {} more than the {BUDGET} allowed; \
             load later what the first screen does not need",
            packed - BUDGET
        ));
    }
    Ok(())
}

/// Name of the page's program, as trunk called it.
pub fn program(root: &Path) -> Result<String, String> {
    let named = |file: &String| file.starts_with("app-") && file.ends_with("_bg.wasm");
    let mut found = files(&root.join("dist")).into_iter().filter(named);
    match (found.next(), found.next()) {
        (Some(program), None) => Ok(program),
        _ => Err("dist/ must have one app-*_bg.wasm".to_owned()),
    }
}

/// Takes out of the style sheets what only their writers read.
pub fn shorten_style(root: &Path) -> Result<(), String> {
    let dist = root.join("dist");
    for file in files(&dist).iter().filter(|file| file.ends_with(".css")) {
        let path = dist.join(file);
        let css = style::shorten(&run::read(&path)?);
        fs::write(&path, css).map_err(|error| format!("dist/{file}: {error}"))?;
    }
    Ok(())
}

/// Refuses a site that names paths of this machine, or that works only at a server's root.
pub fn check(root: &Path, machine_paths: &[String]) -> Result<(), String> {
    let dist = root.join("dist");
    for file in files(&dist) {
        let bytes = fs::read(dist.join(&file)).map_err(|error| format!("{file}: {error}"))?;
        for path in machine_paths {
            if contains(&bytes, path.as_bytes()) {
                return Err(format!(
                    "dist/{file} contains the machine's own path {path}"
                ));
            }
        }
    }
    let page = run::read(&dist.join("index.html"))?;
    match rooted_reference(&page) {
        Some(found) => Err(format!(
            "dist/index.html refers to `{found}`, which breaks under a sub-path"
        )),
        None => Ok(()),
    }
}

/// A URL in the page that starts at the server's root, such as `src="/app.js"`.
fn rooted_reference(page: &str) -> Option<String> {
    let starts = [
        "href=",
        "src=",
        "from ",
        "module_or_path: ",
        "module_or_path:",
    ];
    for (start, quote) in starts.iter().flat_map(|s| ["\"", "'", ""].map(|q| (s, q))) {
        let needle = format!("{start}{quote}/");
        if let Some((_, rest)) = page.split_once(&needle) {
            let url: String = rest
                .chars()
                .take_while(|c| !matches!(c, '"' | '\'' | ' ' | '>'))
                .collect();
            return Some(format!("/{url}"));
        }
    }
    None
}

/// Names below dist/, with `/`, sorted.
pub fn files(dist: &Path) -> Vec<String> {
    let mut found = BTreeSet::<PathBuf>::new();
    files_below(dist, &mut found);
    let names = found.iter().filter_map(|file| {
        let parts = file.strip_prefix(dist).ok()?.components();
        let parts: Vec<_> = parts
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        Some(parts.join("/"))
    });
    names.collect()
}

/// The page, and what is named by it or by something already in the first load. The worker is
/// named by nobody's text and starts after the first paint, so it never counts; nor does the
/// service worker, which keeps what was loaded.
fn first_load(files: &[String], page: &str, text: &dyn Fn(&str) -> String) -> BTreeSet<String> {
    let mut first = BTreeSet::from(["index.html".to_owned()]);
    let mut unread = vec![page.to_owned()];
    while let Some(source) = unread.pop() {
        for file in files {
            let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
            let counts =
                FIRST_LOAD.contains(&extension) && !WORKER.contains(&stem) && stem != "offline";
            // Relative to wherever it was named, so by the last part alone.
            let name = file.rsplit('/').next().unwrap_or(file);
            if counts && source.contains(name) && first.insert(file.clone()) && extension != "wasm"
            {
                unread.push(text(file));
            }
        }
    }
    first
}

/// Length of each file after brotli, by node's own.
fn brotli_lengths(node: &Path, dist: &Path, files: &[String]) -> Result<Vec<u64>, String> {
    let script = "const {brotliCompressSync: pack, constants: c} = require('zlib');\
        const {readFileSync: read} = require('fs');\
        for (const f of process.argv.slice(1)) \
        console.log(pack(read(f), {params: {[c.BROTLI_PARAM_QUALITY]: 11}}).length)";
    let mut command = Command::new(node);
    command
        .current_dir(dist)
        .args(["-e", script, "--"])
        .args(files);
    let said = run::ask(&mut command).ok_or("node could not compress the files of dist/")?;
    Ok(said.lines().filter_map(|line| line.parse().ok()).collect())
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_load_follows_names_and_leaves_the_worker_out() {
        let files = [
            "app-1.js",
            "app-1_bg.wasm",
            "index.html",
            "samples/talk.db",
            "snippets/x/inline0.js",
            "style-2.css",
            "worker.js",
            "worker_bg.wasm",
        ]
        .map(str::to_owned);
        let page = "import init from './app-1.js'; './app-1_bg.wasm' \
                    <link href=./style-2.css> <a href=./samples/talk.db>";
        let text = |file: &str| match file {
            "app-1.js" => "import './snippets/x/inline0.js'; new Worker('./worker.js')".to_owned(),
            _ => String::new(),
        };
        let first: Vec<_> = first_load(&files, page, &text).into_iter().collect();
        let wanted = [
            "app-1.js",
            "app-1_bg.wasm",
            "index.html",
            "snippets/x/inline0.js",
            "style-2.css",
        ];
        assert_eq!(first, wanted);
    }

    #[test]
    fn a_site_that_names_this_machine_or_the_servers_root_is_refused() {
        let root = std::env::temp_dir().join(format!("revscope-xtask-{}", std::process::id()));
        let check_site = |page: &str, wasm: &str| {
            fs::create_dir_all(root.join("dist/deep")).unwrap();
            fs::write(root.join("dist/index.html"), page).unwrap();
            fs::write(root.join("dist/deep/app.wasm"), wasm).unwrap();
            let result = check(&root, &["/home/someone".to_owned()]);
            fs::remove_dir_all(&root).unwrap();
            result.err().unwrap_or_default()
        };
        assert_eq!(
            check_site("src=\"./app.js\"", "panicked at crates/yew/src/lib.rs"),
            ""
        );
        let error = check_site("", "panicked at /home/someone/src/lib.rs");
        assert!(error.starts_with("dist/deep/app.wasm contains"), "{error}");
        let error = check_site("src=\"/app.js\"", "");
        assert!(error.contains("`/app.js`"), "{error}");
    }

    #[test]
    fn a_url_from_the_servers_root_is_seen() {
        let seen = |page| rooted_reference(page);
        assert_eq!(seen("<link href=\"/a.css\">").as_deref(), Some("/a.css"));
        assert_eq!(seen("import x from '/app.js';").as_deref(), Some("/app.js"));
        assert_eq!(
            seen("<script src=/b.js></script>").as_deref(),
            Some("/b.js")
        );
        assert_eq!(
            seen("<link href=\"./a.css\"> import x from './app.js'"),
            None
        );
    }
}
