//! A snapshot of the simulator, restored and served by a real etcd.

use std::path::Path;
use std::process::Command;

use revscope::shell::{Config, Shell};
use tempfile::TempDir;

use super::real::Server;

/// What is done before the snapshot is saved.
const BEFORE: &str = "\
for i in 1 2 3 4 5 6 7 8 9; do etcdctl put key/$i value-$i; done
etcdctl put key/3 again
etcdctl del key/4
etcdctl put key/4 reborn
etcdctl del key/5 key/7
etcdctl compact 12
etcdctl put other ''
etcdctl role add reader
etcdctl role grant-permission reader read key/ --prefix
etcdctl user add ann:secret
etcdctl user grant-role ann reader";

/// Lines that both sides answer afterwards.
const AFTER: &[&str] = &[
    "get '' --from-key -w json",
    "get '' --from-key --rev 12 -w json",
    "get '' --from-key --rev 14 -w fields",
    "get '' --from-key --rev 11",
    "lease list",
    "role get reader",
    "user get ann",
    "endpoint hashkv -w json",
    "put key/3 later --prev-kv -w json",
    "del key/ --prefix",
    "get key/ --prefix --rev 16",
];

pub fn check(programs: &Path) {
    let mut shell = Shell::new(Config::default());
    for line in BEFORE.lines() {
        let ran = shell.run(line);
        assert_eq!(
            ran.exit,
            0,
            "{line}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    shell.grant_lease(1_000_000, 0x77);
    shell.run("etcdctl put leased x --lease=77");
    assert_eq!(shell.run("etcdctl snapshot save s.db").exit, 0);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("s.db");
    std::fs::write(&file, shell.files().get("s.db").unwrap()).unwrap();
    let etcdutl = |args: &[&str]| {
        let mut command = Command::new(programs.join("etcdutl"));
        command
            .arg("snapshot")
            .arg(args[0])
            .arg(&file)
            .args(&args[1..]);
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    let ours = shell.run("etcdutl snapshot status s.db -w json").stdout;
    assert_eq!(
        etcdutl(&["status", "-w", "json"]),
        String::from_utf8(ours).unwrap()
    );
    let data = folder.path().join("d");
    etcdutl(&[
        "restore",
        "--name=default",
        "--initial-cluster=default=http://localhost:2380",
        "--initial-advertise-peer-urls=http://localhost:2380",
        &format!("--data-dir={}", data.display()),
    ]);
    let server = Server::start(programs, Some(folder));
    shell.run(&format!("export ETCDCTL_ENDPOINTS={}", server.address));
    for line in AFTER {
        let ours = shell.run(&format!("etcdctl {line}"));
        let args: Vec<_> = line
            .split(' ')
            .map(|word| word.trim_matches('\'').as_bytes().to_vec())
            .collect();
        let real = server.etcdctl(&args, b"");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&ours.stdout), text(&real.stdout), "{line}");
        assert_eq!(text(&ours.stderr), text(&real.stderr), "{line}");
        assert_eq!(ours.exit, real.exit, "{line}");
    }
    println!("a snapshot restored and {} answers compared", AFTER.len());
}
