//! `cargo xtask serve`: the built site on 127.0.0.1.

use crate::{build, http};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::thread;

const DEFAULT_PORT: u16 = 8080;

/// Builds, then serves dist/ until stopped. Without a port, the first free one from 8080.
pub fn serve(root: &Path, port: Option<u16>) -> Result<(), String> {
    build::build(root)?;
    let listener = match port {
        Some(port) => listen(port),
        None => (DEFAULT_PORT..DEFAULT_PORT + 100)
            .map(listen)
            .find(|tried| !matches!(tried, Err(error) if error.kind() == io::ErrorKind::AddrInUse))
            .unwrap_or_else(|| listen(0)),
    };
    let listener = listener.map_err(|error| match port {
        Some(port) => format!("port {port}: {error}"),
        None => format!("no port to listen on: {error}"),
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("serving dist/ at http://{address}/ (stop with Ctrl-C)");
    for stream in listener.incoming().flatten() {
        let folder = root.join("dist");
        // A visitor that goes away half-way is no reason to stop.
        thread::spawn(move || http::answer(stream, &folder));
    }
    Ok(())
}

fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}
