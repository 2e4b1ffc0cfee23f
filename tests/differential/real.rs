//! A real etcd on loopback and its tools.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use revscope::shell::transcript::{Answer, without_log};
use tempfile::TempDir;

/// How long a server may take to answer first, and a watch to tell what is expected.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; it ends, and its data goes, when this is dropped.
pub struct Server {
    child: Child,
    programs: PathBuf,
    /// Address for clients.
    pub address: String,
    data: TempDir,
}

/// A watch of the real tool.
pub struct RealWatch {
    child: Child,
    output: Receiver<Vec<u8>>,
    read: Vec<u8>,
}

impl Server {
    /// Starts a single member with the ids of one that has default flags; `data` is a prepared
    /// data folder.
    pub fn start(programs: &Path, data: Option<TempDir>) -> Self {
        let folder = data.unwrap_or_else(|| TempDir::new().unwrap());
        let (client, peer) = (free_port(), free_port());
        let client_url = format!("http://127.0.0.1:{client}");
        let mut command = Command::new(programs.join("etcd"));
        command.args(["--name", "default", "--log-level", "error"]);
        command.args(["--listen-client-urls", &client_url]);
        command.args(["--advertise-client-urls", &client_url]);
        command.args(["--listen-peer-urls", &format!("http://127.0.0.1:{peer}")]);
        command.args(["--initial-advertise-peer-urls", "http://localhost:2380"]);
        command.args(["--initial-cluster", "default=http://localhost:2380"]);
        command
            .args(["--unsafe-no-fsync", "--data-dir"])
            .arg(folder.path().join("d"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Self {
            child: command.spawn().unwrap(),
            programs: programs.to_owned(),
            address: format!("127.0.0.1:{client}"),
            data: folder,
        };
        let deadline = Instant::now() + PATIENCE;
        while server
            .post("/v3/maintenance/status", "{}")
            .is_none_or(|said| !said.contains("leader"))
        {
            assert!(Instant::now() < deadline, "etcd did not answer in time");
            std::thread::yield_now();
        }
        // Until the cluster's version is agreed on the log still grows by itself.
        while server
            .post("/v3/maintenance/status", "{}")
            .is_none_or(|said| {
                !said.contains("\"raftIndex\":\"4\"") && !said.contains("raftTerm\":\"3")
            })
        {
            if Instant::now() > deadline {
                break;
            }
            std::thread::yield_now();
        }
        server
    }

    /// The member's file as it lies on disk; whole when nothing is being written.
    pub fn db(&self) -> Vec<u8> {
        std::fs::read(self.data.path().join("d/member/snap/db")).unwrap()
    }

    /// Runs `etcdctl`.
    pub fn etcdctl(&self, args: &[Vec<u8>], stdin: &[u8]) -> Answer {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // It may have ended before it read anything.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        Answer {
            stdout: output.stdout,
            stderr: without_log(&output.stderr),
            exit: output.status.code().unwrap_or(-1),
        }
    }

    /// Starts a watch.
    pub fn watch(&self, args: &[Vec<u8>]) -> RealWatch {
        let mut child = self.command(args).stdin(Stdio::null()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        RealWatch {
            child,
            output,
            read: Vec::new(),
        }
    }

    fn command(&self, args: &[Vec<u8>]) -> Command {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let mut command = Command::new(self.programs.join("etcdctl"));
        command.args(args.iter().map(|arg| OsStr::from_bytes(arg)));
        command.env("ETCDCTL_ENDPOINTS", &self.address);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Asks the JSON gateway.
    pub fn post(&self, path: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut reader = BufReader::new(stream);
        let mut length = None;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? <= 2 {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
        }
        let mut answer = vec![0; length.unwrap_or(0)];
        match length {
            Some(_) => reader.read_exact(&mut answer).ok()?,
            // A long answer comes in chunks, whose lengths stand between them.
            None => drop(reader.read_to_end(&mut answer).ok()?),
        }
        String::from_utf8(answer).ok()
    }
}

impl RealWatch {
    /// Reads until there is as much as is expected, or it ended, or patience did.
    pub fn read(&mut self, expected: usize) -> &[u8] {
        let deadline = Instant::now() + PATIENCE;
        while self.read.len() < expected {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.read.extend(bytes),
                Err(_) => break,
            }
        }
        &self.read
    }
}

impl Drop for RealWatch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
