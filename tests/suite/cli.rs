//! The native command line as a person types it: output, messages, exit codes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::data;

/// A directory with files to give to the program.
pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Unpacks a data file under a short name.
    pub fn unpack(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(Path::new(name).file_name().unwrap());
        std::fs::write(&path, data::unpack(name)).unwrap();
        path
    }

    /// Writes a file.
    pub fn save(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    /// Runs the program in the directory of the files.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_revscope"));
        command.current_dir(self.0.path()).args(words);
        command
    }

    /// Runs it, and compares everything that it leaves.
    pub fn check(&self, words: &[&str], stdout: &str, stderr: &str, exit: i32) {
        let output = self.command(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(text(output.stdout), stdout, "{words:?}");
        assert_eq!(text(output.stderr), stderr, "{words:?}");
        assert_eq!(output.status.code(), Some(exit), "{words:?}");
    }
}

#[test]
fn records_prints_json_lines() {
    let files = Files::new();
    files.unpack("talk/talk-final.db");
    files.check(
        &["records", "talk-final.db"],
        r#"{"main":3,"sub":0,"tombstone":false,"key_b64":"Zm9vMg==","value_b64":"YmFyMg==","create":3,"mod":3,"version":1,"lease":0}
{"main":4,"sub":0,"tombstone":false,"key_b64":"Zm9vMw==","value_b64":"YmFyMw==","create":4,"mod":4,"version":1,"lease":0}
{"main":5,"sub":0,"tombstone":false,"key_b64":"Zm9vNA==","value_b64":"YmFyNA==","create":5,"mod":5,"version":1,"lease":0}
{"main":6,"sub":0,"tombstone":false,"key_b64":"Zm9vNQ==","value_b64":"YmFyNQ==","create":6,"mod":6,"version":1,"lease":0}
{"main":8,"sub":0,"tombstone":false,"key_b64":"Zm9vMQ==","value_b64":"YmFyMS1uZXc=","create":8,"mod":8,"version":1,"lease":0}
{"main":9,"sub":0,"tombstone":false,"key_b64":"Zm9vMQ==","value_b64":"YmFyMS11cGRhdGUx","create":8,"mod":9,"version":2,"lease":0}
{"main":10,"sub":0,"tombstone":false,"key_b64":"Zm9vMQ==","value_b64":"YmFyMS11cGRhdGUy","create":8,"mod":10,"version":3,"lease":0}
{"main":11,"sub":0,"tombstone":true,"key_b64":"Zm9vMQ==","value_b64":"","create":0,"mod":0,"version":0,"lease":0}
"#,
        "",
        0,
    );
}

#[test]
fn fossils_prints_rows_with_their_places() {
    let files = Files::new();
    files.unpack("talk/talk-after-compact.db");
    files.check(
        &["fossils", "talk-after-compact.db"],
        r#"{"main":2,"sub":0,"tombstone":false,"key_b64":"Zm9vMQ==","value_b64":"YmFyMQ==","create":2,"mod":2,"version":1,"lease":0,"page":3,"confidence":"high","why":"not reached","copies":2,"element":0,"bucket_element":5,"pages":[3,4]}
{"main":7,"sub":0,"tombstone":true,"key_b64":"Zm9vMQ==","value_b64":"","create":0,"mod":0,"version":0,"lease":0,"page":3,"confidence":"high","why":"not reached","copies":2,"element":5,"bucket_element":5,"pages":[3,4]}
"#,
        "",
        0,
    );
    // The damage of the file is for `records` to tell; the search is whole without it.
    files.unpack("snapshots/root-is-meta.db");
    let output = files
        .command(&["fossils", "root-is-meta.db"])
        .output()
        .unwrap();
    assert_eq!(output.stdout.split(|byte| *byte == b'\n').count(), 282 + 1);
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    files.unpack("snapshots/zero-length.db");
    files.check(
        &["fossils", "zero-length.db"],
        "",
        "revscope: zero-length.db: the file is empty\n",
        1,
    );
}

#[test]
fn dump_prints_as_etcd_dump_db() {
    let files = Files::new();
    files.unpack("talk/talk-final.db");
    let newest = r#"rev={main:11 sub:0}, value=[key "foo1" | val "" | created 0 | mod 0 | ver 0]
rev={main:10 sub:0}, value=[key "foo1" | val "bar1-update2" | created 8 | mod 10 | ver 3]
"#;
    files.check(
        &["dump", "talk-final.db", "key", "--decode", "--limit", "2"],
        newest,
        "",
        0,
    );
    files.check(
        &["dump", "--limit=2", "--decode", "talk-final.db"],
        newest,
        "",
        0,
    );
    files.check(
        &["dump", "talk-final.db", "--decode", "--etcd=3.6.13", "--limit=1"],
        "rev={Revision:{Main:11 Sub:0} tombstone:true}, value=[key \"foo1\" | val \"\" | created 0 | mod 0 | ver 0]\n",
        "",
        0,
    );
    files.check(
        &["dump", "talk-final.db", "--limit", "1"],
        "key=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\v_\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00t\", value=\"\\n\\x04foo1\"\n",
        "",
        0,
    );
    files.check(
        &["dump", "talk-final.db", "cluster"],
        "key=\"clusterVersion\", value=\"3.5.0\"\n",
        "",
        0,
    );
}

#[test]
fn problems_go_to_standard_error_and_reading_goes_on() {
    let files = Files::new();
    files.unpack("snapshots/record-bad-protobuf.db");
    let output = files
        .command(&["records", "record-bad-protobuf.db"])
        .output()
        .unwrap();
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        762
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "revscope: record-bad-protobuf.db: page 23: element 42: value: field 95 at offset 0 has wire type 7\n"
    );
    assert_eq!(output.status.code(), Some(1));

    // A row that does not decode is dumped as bytes.
    let output = files
        .command(&["dump", "record-bad-protobuf.db", "--decode"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 763);
    let raw = text.lines().filter(|line| line.starts_with("key=")).count();
    assert_eq!(raw, 1);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let files = Files::new();
    let check = |words: &[&str], message: &str| {
        files.check(words, "", &format!("revscope: {message}\n"), 1);
    };
    std::fs::write(files.0.path().join("a.gz"), b"\x1f\x8b\x08\0rest").unwrap();
    check(
        &["records", "a.gz"],
        "a.gz: the gzip file is broken: it ends before anything could be unpacked",
    );
    std::fs::write(files.0.path().join("nothing"), b"").unwrap();
    check(&["records", "nothing"], "nothing: the file is empty");
    check(&["dump", "."], ".: is a directory");
    files.unpack("bolt/overflow.db");
    check(
        &["records", "overflow.db"],
        "overflow.db: a bbolt file without etcd's bucket key: its buckets are keys, values",
    );
    check(
        &["dump", "overflow.db"],
        "overflow.db: no bucket key; the buckets are keys, values",
    );
    let output = files.command(&["records", "missing"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("revscope: missing: "), "{stderr}");
}

#[test]
fn wrong_words_are_exit_2() {
    let files = Files::new();
    let check = |words: &[&str], begins: &str| {
        let output = files.command(words).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with(begins), "{words:?}: {stderr}");
        assert!(output.stdout.is_empty());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    };
    check(&[], "revscope: usage: revscope COMMAND ...");
    check(
        &["nope"],
        "revscope: unknown command \"nope\"; the commands are records, buckets",
    );
    check(
        &["records"],
        "revscope: records wants a FILE\n\nusage: revscope records FILE",
    );
    check(
        &["records", "a", "b"],
        "revscope: \"b\" is one word too many",
    );
    check(
        &["records", "a", "--decode"],
        "revscope: records has no option --decode",
    );
    check(
        &["dump", "a", "--limit"],
        "revscope: option --limit wants a value: N",
    );
    check(
        &["dump", "a", "--limit", "x"],
        "revscope: --limit x is not a number",
    );
    check(
        &["dump", "a", "--decode=1"],
        "revscope: option --decode takes no value",
    );
    check(
        &["dump", "a", "--etcd", "2"],
        "revscope: --etcd 2 is no release such as 3.5 or 3.6.13",
    );
}

#[test]
fn help_comes_from_the_table() {
    let files = Files::new();
    let output = files.command(&["help"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("\n  revscope records FILE [--member NAME]\n      "),
        "{text}"
    );
    assert!(
        text.contains("\n  revscope dump FILE [BUCKET] [--decode] [--limit N] [--etcd RELEASE] [--member NAME]\n"),
        "{text}"
    );
    files.check(
        &["dump", "--help"],
        "usage: revscope dump FILE [BUCKET] [--decode] [--limit N] [--etcd RELEASE] [--member NAME]\n\n\
         Prints a bucket (default key), newest first, as etcd-dump-db iterate-bucket.\n\n  \
         --decode          decode what is in the bucket\n  \
         --limit N         stop after N items; 0 means all\n  \
         --etcd RELEASE    print as that release does, such as 3.5 or 3.6.13 (default 3.5)\n  \
         --member NAME     which file of an archive to read (default: the one that is a db file)\n",
        "",
        0,
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let files = Files::new();
    files.unpack("scenarios/3.5.1/alarm-nospace/db.db");
    let mut child = files
        .command(&["records", "db.db"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert!(first.starts_with("{\"main\":"), "{first}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn find_prints_rows_and_says_where_a_query_is_wrong() {
    let files = Files::new();
    files.unpack("talk/talk-final.db");
    files.check(
        &["find", "talk-final.db", "foo1 rev>9"],
        r#"{"key":"foo1","revision":10,"sub":0,"tombstone":false,"create":8,"version":3,"size":12,"preview":"bar1-update2"}
{"key":"foo1","revision":11,"sub":0,"tombstone":true,"create":0,"version":0,"size":0,"preview":""}
"#,
        "",
        0,
    );
    files.check(
        &[
            "find",
            "talk-final.db",
            "value:update or is:tombstone",
            "--count",
        ],
        "{\"bytes\":24,\"keys\":1,\"rows\":3}\n",
        "",
        0,
    );
    files.check(
        &["find", "talk-final.db", "is:liev"],
        "",
        "revscope: the query, at 3..7: there is no is:liev (did you mean is:live?)\n  is:liev\n     ^^^^\n",
        2,
    );
    files.check(
        &["find", "talk-final.db", "is:live", "--limit", "1"],
        "{\"key\":\"foo2\",\"revision\":3,\"sub\":0,\"tombstone\":false,\"create\":3,\"version\":1,\"size\":4,\"preview\":\"bar2\"}\n",
        "",
        0,
    );
    files.check(
        &["find", "talk-final.db"],
        "",
        "revscope: find wants a FILE and a QUERY\n",
        2,
    );
}

#[test]
fn export_writes_what_was_chosen() {
    let files = Files::new();
    files.unpack("talk/talk-final.db");
    files.check(
        &["export", "talk-final.db", "foo1 -is:create", "--as", "csv"],
        "revision,sub,tombstone,key,key_encoding,value,value_encoding,create,mod,version,lease\r\n\
         9,0,false,foo1,text,bar1-update1,text,8,9,2,\r\n\
         10,0,false,foo1,text,bar1-update2,text,8,10,3,\r\n\
         11,0,true,foo1,text,,text,0,0,0,\r\n",
        "",
        0,
    );
    let run =
        |words: &[&str]| String::from_utf8(files.command(words).output().unwrap().stdout).unwrap();
    let dump = run(&["dump", "talk-final.db", "--decode"]);
    assert_eq!(run(&["export", "talk-final.db", "--as", "dump"]), dump);
    assert_eq!(
        run(&["export", "talk-final.db", "rev>0", "--as", "dump"]),
        dump
    );
    assert_eq!(
        run(&["export", "talk-final.db"]),
        run(&["records", "talk-final.db"])
    );
    files.check(
        &["export", "talk-final.db", "--as", "xml"],
        "",
        "revscope: --as xml is no format; the formats are jsonl, csv, yaml, dump, etcdctl\n",
        2,
    );
}

#[test]
fn lost_sums_fossils_up_and_brings_one_back() {
    let files = Files::new();
    files.unpack("talk/talk-after-compact.db");
    let name = "talk-after-compact.db";
    files.check(
        &["lost", name],
        r#"{"prefix":"","keys":{"lives":1,"deleted":0,"gone":0},"rows":2,"tombstones":1,"bytes":12,"oldest":[2,0],"newest":[7,0],"why":{"not reached":2},"confidence":{"high":2}}
{"prefix":"","key":"foo1","today":"lives","best":[2,0],"rows":2,"tombstones":1,"bytes":12,"oldest":[2,0],"newest":[7,0],"why":{"not reached":2},"confidence":{"high":2}}
"#,
        "",
        0,
    );
    files.check(
        &["lost", name, "--key", "foo1"],
        r#"{"main":2,"sub":0,"tombstone":false,"key":"foo1","create":2,"version":1,"value_bytes":4,"page":3,"confidence":"high","why":"not reached","copies":2}
{"main":7,"sub":0,"tombstone":true,"key":"foo1","create":0,"version":0,"value_bytes":0,"page":3,"confidence":"high","why":"not reached","copies":2}
"#,
        "",
        0,
    );
    files.check(
        &["lost", name, "--key", "foo1", "--as", "etcdctl"],
        "# as of revision 2.0, version 1 since its creation at revision 2\n\
         # found on page 3: a free page, to which no bucket leads\n\
         etcdctl put foo1 bar1\n",
        "",
        0,
    );
    let told = |words: &[&str], stderr: &str, exit| {
        let words = [&["lost", name], words].concat();
        files.check(&words, "", &format!("revscope: {stderr}\n"), exit);
    };
    told(
        &["--key", "foo1", "--as", "yaml"],
        "talk-after-compact.db: foo1: its value is no object of Kubernetes",
        1,
    );
    told(
        &["--key", "foo2"],
        "talk-after-compact.db: foo2: no fossil has this key",
        1,
    );
    told(&["--as", "json"], "--as wants a --key", 2);
    told(
        &["--key", "foo1", "--as", "xml"],
        "--as xml is none of yaml, json and etcdctl",
        2,
    );
    files.unpack("k8s/compacted.db");
    files.check(
        &[
            "lost",
            "compacted.db",
            "--key=configmaps/demo/app-config",
            "--as=yaml",
        ],
        "# as of revision 533.0, version 2 since its creation at revision 531\n\
         # found on page 249: the store as of the transaction before\n\
         # what the server sets is left out: uid, times, status, owners, addresses\n\
         apiVersion: v1\ndata:\n  key1: changed\n  key2: value 2\n  key3: new\n\
         kind: ConfigMap\nmetadata:\n  name: app-config\n  namespace: demo\n",
        "",
        0,
    );
}

#[test]
fn privacy_counts_and_names_only_when_asked() {
    let files = Files::new();
    files.unpack("k8s/compacted.db");
    let counts = r#"{"kind":"secret","place":"live","rows":1,"keys":1}
{"kind":"registry-login-secret","place":"live","rows":1,"keys":1}
"#;
    let names = r#"{"kind":"secret","place":"live","key":"/registry/secrets/demo/db-pass","main":534,"sub":0}
{"kind":"registry-login-secret","place":"live","key":"/registry/secrets/demo/regcred","main":535,"sub":0}
"#;
    files.check(&["privacy", "compacted.db"], counts, "", 0);
    let all = format!("{counts}{names}");
    files.check(&["privacy", "compacted.db", "--names"], &all, "", 0);
    // A row that does not decode is told once, though rows are read twice.
    files.unpack("snapshots/record-bad-protobuf.db");
    files.check(
        &["privacy", "record-bad-protobuf.db"],
        "",
        "revscope: record-bad-protobuf.db: page 23: element 42: value: field 95 at offset 0 has wire type 7\n",
        1,
    );
}
