//! A large snapshot made by a real etcd: started on loopback, filled through its JSON gateway.

use crate::run;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Puts in one transaction: a control plane writes one at a time, a few at once is kinder to the
/// machine that fills a million.
const PUTS: u64 = 20;
/// Connections that fill at the same time.
const WRITERS: u64 = 4;
/// Puts that each key gets, so that lanes of files of different sizes are equally dense.
const PUTS_OF_A_KEY: u64 = 10;
/// Bytes of a value: about a Kubernetes Lease or a small ConfigMap.
const VALUE_LEN: usize = 360;
/// How long etcd may take to answer first.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running etcd; stopped when it goes.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a snapshot of `records` records at `target` with the programs in `programs`.
pub fn make(programs: &Path, records: u64, target: &Path) -> Result<(), String> {
    let data = target.with_extension("etcd");
    let _ = fs::remove_dir_all(&data);
    let server = Server::start(programs, &data)?;
    let transactions = records.div_ceil(PUTS);
    let keys = (records / PUTS_OF_A_KEY).max(1);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let address = server.address.clone();
            thread::spawn(move || fill(&address, writer, transactions, keys))
        })
        .collect();
    for writer in writers {
        writer
            .join()
            .map_err(|_| "a writer panicked".to_owned())??;
    }
    let mut save = Command::new(programs.join("etcdctl"));
    save.args(["--endpoints", &server.address, "snapshot", "save"]);
    save.arg(target).stdout(Stdio::null()).stderr(Stdio::null());
    run::step(&mut save)?;
    drop(server);
    let _ = fs::remove_dir_all(&data);
    Ok(())
}

impl Server {
    fn start(programs: &Path, data: &Path) -> Result<Self, String> {
        let (client, peer) = (free_port()?, free_port()?);
        let (client_url, peer_url) = (
            format!("http://127.0.0.1:{client}"),
            format!("http://127.0.0.1:{peer}"),
        );
        let mut command = Command::new(programs.join("etcd"));
        command.args(["--name", "default", "--log-level", "error"]);
        command.args(["--listen-client-urls", &client_url]);
        command.args(["--advertise-client-urls", &client_url]);
        command.args(["--listen-peer-urls", &peer_url]);
        command.args(["--initial-advertise-peer-urls", &peer_url]);
        command.args(["--initial-cluster", &format!("default={peer_url}")]);
        // The file is thrown away when the machine fails; a disk's patience is not measured.
        command.args(["--unsafe-no-fsync", "--quota-backend-bytes", "8589934592"]);
        command.arg("--data-dir").arg(data);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command
            .spawn()
            .map_err(|error| format!("etcd could not be started: {error}"))?;
        let server = Self {
            child,
            address: format!("127.0.0.1:{client}"),
        };
        let deadline = Instant::now() + PATIENCE;
        let status = || {
            let mut stream = TcpStream::connect(&server.address).ok()?;
            post(&mut stream, "/v3/maintenance/status", "{}").ok()
        };
        while status().is_none_or(|said| !said.contains("leader")) {
            if Instant::now() > deadline {
                return Err("etcd did not answer in time".to_owned());
            }
            thread::yield_now();
        }
        Ok(server)
    }
}

/// A port that nothing listens on now.
fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no port on 127.0.0.1: {error}"))
}

/// Sends every `WRITERS`th transaction over one connection.
fn fill(address: &str, writer: u64, transactions: u64, keys: u64) -> Result<(), String> {
    let told = |error: std::io::Error| format!("filling etcd: {error}");
    let mut stream = TcpStream::connect(address).map_err(told)?;
    stream.set_nodelay(true).map_err(told)?;
    let mut body = String::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ writer;
    for transaction in (writer..transactions).step_by(WRITERS as usize) {
        body.clear();
        body.push_str("{\"success\":[");
        for put in 0..PUTS {
            let number = transaction * PUTS + put;
            let key = number.wrapping_mul(7919) % keys;
            let key = format!(
                "/registry/kind-{}/ns-{}/object-{key:06}",
                key % 17,
                key % 40
            );
            let comma = if put == 0 { "" } else { "," };
            let _ = write!(
                body,
                "{comma}{{\"request_put\":{{\"key\":\"{}\",\"value\":\"{}\"}}}}",
                base64(key.as_bytes()),
                base64(&value(&mut random, number))
            );
        }
        body.push_str("]}");
        let said = post(&mut stream, "/v3/kv/txn", &body).map_err(told)?;
        if !said.contains("\"succeeded\":true") {
            return Err(format!("etcd refused a transaction: {said}"));
        }
    }
    Ok(())
}

/// A value of its own for every put, of lengths around [`VALUE_LEN`].
fn value(random: &mut u64, number: u64) -> Vec<u8> {
    let mut text = format!("{{\"number\":{number},\"data\":\"");
    let wanted = VALUE_LEN - 40 + (*random % 80) as usize;
    while text.len() < wanted {
        // Xorshift: any stream of bytes that differ will do.
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let _ = write!(text, "{random:016x}");
    }
    text.push_str("\"}");
    text.into_bytes()
}

fn post(stream: &mut TcpStream, path: &str, body: &str) -> std::io::Result<String> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, number)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = number.trim().parse().unwrap_or(0);
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Base64 as the gateway takes bytes.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let at = bits >> (18 - 6 * digit) & 63;
            text.push(if digit <= chunk.len() {
                char::from(DIGITS[at as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_pads() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")];
        for (bytes, text) in cases {
            assert_eq!(super::base64(bytes.as_bytes()), text);
        }
    }
}
