//! As much of HTTP as serving a folder on loopback takes: GET and HEAD, one request a connection.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Longest request line and headers that are read.
const MAX_HEAD: u64 = 16 * 1024;

/// Answers one request from the files of `folder`.
pub fn answer(mut stream: TcpStream, folder: &Path) -> io::Result<()> {
    // A browser may open a connection and say nothing.
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_HEAD));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (head, body) = response(&request, folder);
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// The head and the body for a request line.
fn response(request: &str, folder: &Path) -> (String, Vec<u8>) {
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    if !matches!(method, "GET" | "HEAD") {
        return plain("405 Method Not Allowed", "Allow: GET, HEAD\r\n");
    }
    let Some(file) = file_for(target, folder) else {
        return plain("404 Not Found", "");
    };
    match fs::read(&file) {
        Ok(body) => {
            let head = head("200 OK", mime(&file), body.len(), "");
            (head, if method == "HEAD" { Vec::new() } else { body })
        }
        Err(_) => plain("404 Not Found", ""),
    }
}

fn plain(status: &str, headers: &str) -> (String, Vec<u8>) {
    let body = format!("{status}\n").into_bytes();
    let head = head(status, "text/plain; charset=utf-8", body.len(), headers);
    (head, body)
}

fn head(status: &str, mime: &str, length: usize, headers: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{headers}\
         Connection: close\r\n\r\n"
    )
}

/// The file that a request target names; none when it would leave the folder.
fn file_for(target: &str, folder: &Path) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let relative = PathBuf::from(decoded(path)?);
    let inside = |part| matches!(part, Component::Normal(_));
    if !relative.components().all(inside) {
        return None;
    }
    let file = folder.join(relative);
    Some(if file.is_dir() {
        file.join("index.html")
    } else {
        file
    })
}

/// Undoes percent-encoding; none when it is broken or hides what may not be in a name.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(['\\', '\0', ':'])).then_some(text)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First line of the answer to `request` in this package's own folder.
    fn check(request: &str, status: &str) {
        let (head, _) = response(request, Path::new(env!("CARGO_MANIFEST_DIR")));
        assert_eq!(
            head.lines().next(),
            Some(&*format!("HTTP/1.1 {status}")),
            "{request}"
        );
    }

    #[test]
    fn files_are_found_and_nothing_outside_the_folder() {
        check("GET /Cargo.toml HTTP/1.1", "200 OK");
        check("GET /src/main%2ers?x=1 HTTP/1.1", "200 OK");
        check("GET /none HTTP/1.1", "404 Not Found");
        for outside in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "//etc/passwd",
            "/src/../../x",
            "/%00",
            "/%zz",
            "/a%5c..",
            "x",
        ] {
            check(&format!("GET {outside} HTTP/1.1"), "404 Not Found");
        }
        check("POST /Cargo.toml HTTP/1.1", "405 Method Not Allowed");
        check("", "405 Method Not Allowed");
    }

    #[test]
    fn head_has_the_length_and_no_body() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (get, body) = response("GET /Cargo.toml HTTP/1.1", folder);
        let (head, nothing) = response("HEAD /Cargo.toml HTTP/1.1", folder);
        assert_eq!(get, head);
        assert!(nothing.is_empty());
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
        assert_eq!(mime(Path::new("app_bg.wasm")), "application/wasm");
    }
}
