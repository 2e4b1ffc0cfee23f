//! What a sequence is made of, and running one on both sides.

use proptest::prelude::*;
use revscope::shell::transcript::Answer;
use revscope::shell::{Config, Shell};

use super::real::Server;

/// One command.
#[derive(Clone, Debug)]
pub enum Step {
    /// `etcdctl` with these words; a revision among them is told relative to the current one.
    Ctl(Vec<Word>, String),
    /// A lease with a chosen id, through the gateway.
    Grant(i64),
    /// A watch from a revision on, and a put that it sees.
    Watch(Vec<Word>, &'static str),
}

/// A word of a command line.
#[derive(Clone)]
pub enum Word {
    Text(Vec<u8>),
    /// The current revision and so many more.
    Rev(i64),
    /// An option with a revision as its value.
    OptionRev(&'static str, i64),
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.escape_ascii()),
            Self::Rev(by) => write!(f, "R{by:+}"),
            Self::OptionRev(name, by) => write!(f, "{name}=R{by:+}"),
        }
    }
}

/// The simulator beside a real server.
pub struct Pair<'a> {
    shell: Shell,
    real: &'a Server,
}

impl<'a> Pair<'a> {
    pub fn new(real: &'a Server) -> Self {
        let mut shell = Shell::new(Config::default());
        shell.run(&format!("export ETCDCTL_ENDPOINTS={}", real.address));
        Self { shell, real }
    }

    /// Runs a sequence on both; the first difference is the error.
    pub fn run(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Ctl(words, stdin) => {
                    let args = self.args(words);
                    let ours = self.ours(&args, stdin.as_bytes());
                    let real = self.real.etcdctl(&args, stdin.as_bytes());
                    same(step, &ours, &real)?;
                }
                Step::Grant(id) => {
                    let ours = self.shell.grant_lease(1_000_000, *id).stdout;
                    let body = format!("{{\"TTL\":1000000,\"ID\":{id}}}");
                    let real = self.real.post("/v3/lease/grant", &body).unwrap();
                    let ours = String::from_utf8(ours).unwrap();
                    if ours.trim_end() != real.trim_end() {
                        return Err(format!("{step:?}\n--- ours\n{ours}\n--- real\n{real}"));
                    }
                }
                Step::Watch(words, key) => self.watch(step, words, key)?,
            }
        }
        Ok(())
    }

    fn watch(&mut self, step: &Step, words: &[Word], key: &str) -> Result<(), String> {
        let now = self.shell.store().revision();
        // A watch from 0 or -1 on sees what comes after it was opened, whenever that is. From
        // further below, a real server on which nothing was compacted may never answer.
        let words: Vec<_> = words
            .iter()
            .map(|word| match word {
                Word::OptionRev(name, by) if now + by <= 0 => Word::OptionRev(name, 1 - now),
                word => word.clone(),
            })
            .collect();
        let args = self.args(&words);
        let argv = [vec![b"etcdctl".to_vec()], args.clone()].concat();
        let ran = self.shell.run_argv(&argv, b"");
        let Some(job) = ran.started else {
            let ours = Answer {
                stdout: ran.stdout,
                stderr: ran.stderr,
                exit: ran.exit,
            };
            return same(step, &ours, &self.real.etcdctl(&args, b""));
        };
        let mut real = self.real.watch(&args);
        let mut expected = ran.stdout;
        let differs = |expected: &[u8], real: &[u8]| {
            let (ours, real) = (
                String::from_utf8_lossy(expected),
                String::from_utf8_lossy(real),
            );
            Err(format!("{step:?}\n--- ours\n{ours}\n--- real\n{real}"))
        };
        let told = real.read(expected.len());
        if told != expected {
            return differs(&expected, told);
        }
        let put: Vec<_> = ["put", key, "seen"]
            .map(|word| word.as_bytes().to_vec())
            .into();
        let ran = self
            .shell
            .run_argv(&[vec![b"etcdctl".to_vec()], put.clone()].concat(), b"");
        self.real.etcdctl(&put, b"");
        let notices = ran.notices.into_iter().filter(|notice| notice.job == job);
        notices.for_each(|notice| expected.extend(notice.stdout));
        self.shell.stop(job);
        let told = real.read(expected.len());
        match told == expected {
            true => Ok(()),
            false => differs(&expected, told),
        }
    }

    fn ours(&mut self, args: &[Vec<u8>], stdin: &[u8]) -> Answer {
        let argv = [vec![b"etcdctl".to_vec()], args.to_vec()].concat();
        let ran = self.shell.run_argv(&argv, stdin);
        Answer {
            stdout: ran.stdout,
            stderr: ran.stderr,
            exit: ran.exit,
        }
    }

    fn args(&self, words: &[Word]) -> Vec<Vec<u8>> {
        let now = self.shell.store().revision();
        let at = |by: &i64| now + by;
        let words = words.iter().map(|word| match word {
            Word::Text(text) => text.clone(),
            Word::Rev(by) => at(by).to_string().into_bytes(),
            Word::OptionRev(name, by) => format!("{name}={}", at(by)).into_bytes(),
        });
        words.collect()
    }
}

fn same(step: &Step, ours: &Answer, real: &Answer) -> Result<(), String> {
    if ours == real {
        return Ok(());
    }
    let show = |answer: &Answer| {
        format!(
            "exit {}\n{}\n{}",
            answer.exit,
            String::from_utf8_lossy(&answer.stdout),
            String::from_utf8_lossy(&answer.stderr)
        )
    };
    Err(format!(
        "{step:?}\n--- ours\n{}\n--- real\n{}",
        show(ours),
        show(real)
    ))
}

fn text(word: &str) -> Word {
    Word::Text(word.as_bytes().to_vec())
}

fn key() -> impl Strategy<Value = Word> {
    let keys: [&[u8]; 9] = [
        b"a",
        b"ab",
        b"abc",
        b"b",
        b"c/1",
        b"c/2",
        b"k \"q\"",
        b"\xc3\xa4",
        b"\xff\x01",
    ];
    let some = prop::sample::select(keys.to_vec());
    prop_oneof![30 => some, 1 => Just(&b""[..])].prop_map(|key| Word::Text(key.to_vec()))
}

fn value() -> impl Strategy<Value = Word> {
    let values: [&[u8]; 6] = [
        b"",
        b"1",
        b"two words",
        b"line\nline",
        b"\x00\xfe",
        b"{\"a\":1}",
    ];
    prop::sample::select(values.to_vec()).prop_map(|value| {
        // A word of a command line ends at a zero byte.
        Word::Text(value.iter().copied().filter(|byte| *byte != 0).collect())
    })
}

fn format() -> impl Strategy<Value = Vec<Word>> {
    let formats = [
        "",
        "--write-out=json",
        "--write-out=fields",
        "--hex",
        "--write-out=protobuf",
    ];
    let weighted = prop::sample::select(vec![0, 0, 0, 1, 1, 1, 2, 3, 4]);
    weighted.prop_map(move |at| match formats[at] {
        "" => Vec::new(),
        format => vec![text(format)],
    })
}

/// Some of these options, each as often as not left away.
fn some(options: &'static [&'static str]) -> impl Strategy<Value = Vec<Word>> {
    prop::sample::subsequence(options, 0..=options.len().min(2))
        .prop_map(|options| options.into_iter().map(text).collect())
}

fn lease() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![1i64, 2, 77, 0x1234_5678_9abc, i64::MAX])
}

fn back() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -9..=0i64, 1 => 1..3i64, 1 => Just(-60i64), 1 => Just(-1_000_000i64)]
}

fn ctl(parts: Vec<Vec<Word>>) -> Step {
    Step::Ctl(parts.concat(), String::new())
}

fn put() -> impl Strategy<Value = Step> {
    let lease = prop_oneof![4 => Just(None), 1 => lease().prop_map(Some)];
    let options = some(&["--prev-kv", "--ignore-value", "--ignore-lease"]);
    let options = prop_oneof![2 => Just(Vec::new()), 1 => options];
    (key(), value(), lease, options, format()).prop_map(|(key, value, lease, options, format)| {
        let lease = lease.map(|id| text(&format!("--lease={id:x}")));
        ctl(vec![
            vec![text("put"), key, value],
            lease.into_iter().collect(),
            options,
            format,
        ])
    })
}

/// A range as words: a key, a key and an end, a prefix, or all from a key on.
fn range() -> impl Strategy<Value = Vec<Word>> {
    prop_oneof![
        3 => key().prop_map(|key| vec![key]),
        1 => (key(), key()).prop_map(|(key, end)| vec![key, end]),
        2 => key().prop_map(|key| vec![key, text("--prefix")]),
        2 => key().prop_map(|key| vec![key, text("--from-key")]),
    ]
}

fn get() -> impl Strategy<Value = Step> {
    const OPTIONS: &[&str] = &[
        "--limit=1",
        "--limit=3",
        "--order=DESCEND",
        "--order=ASCEND",
        "--sort-by=VERSION",
        "--sort-by=MODIFY",
        "--sort-by=CREATE",
        "--sort-by=VALUE",
        "--sort-by=KEY",
        "--keys-only",
        "--count-only",
        "--print-value-only",
        "--consistency=s",
        "--order=down",
        "--limit=x",
    ];
    let rev = prop_oneof![1 => Just(None), 1 => back().prop_map(Some)];
    (range(), rev, some(OPTIONS), format()).prop_map(|(range, rev, options, format)| {
        let rev = rev.map(|by| Word::OptionRev("--rev", by));
        ctl(vec![
            vec![text("get")],
            range,
            rev.into_iter().collect(),
            options,
            format,
        ])
    })
}

fn del() -> impl Strategy<Value = Step> {
    (range(), some(&["--prev-kv"]), format())
        .prop_map(|(range, options, format)| ctl(vec![vec![text("del")], range, options, format]))
}

fn txn() -> impl Strategy<Value = Step> {
    let name = || prop::sample::select(vec!["a", "ab", "b", "c/1", "nothing"]);
    let compare = (
        name(),
        prop::sample::select(vec!["=", "!=", ">", "<"]),
        prop::sample::select(vec!["mod", "create", "version", "val", "lease"]),
        prop::sample::select(vec!["0", "1", "2", "9", "two"]),
    );
    let compare = compare
        .prop_map(|(name, how, what, with)| format!("{what}(\"{name}\") {how} \"{with}\"\n"));
    let op = prop_oneof![
        3 => (name(), 0..3u8).prop_map(|(key, value)| format!("put {key} {value}\n")),
        2 => name().prop_map(|key| format!("get {key}\n")),
        1 => name().prop_map(|key| format!("get {key} --prefix --rev=2\n")),
        1 => name().prop_map(|key| format!("del {key} --prefix\n")),
        1 => name().prop_map(|key| format!("del {key}\n")),
        1 => Just("frobnicate\n".to_owned()),
    ];
    let ops = || prop::collection::vec(op.clone(), 0..4).prop_map(|ops| ops.concat());
    let compares = prop::collection::vec(compare, 0..3).prop_map(|all| all.concat());
    (compares, ops(), ops(), format()).prop_map(|(compares, success, failure, format)| {
        let stdin = format!("{compares}\n{success}\n{failure}\n");
        Step::Ctl([vec![text("txn")], format].concat(), stdin)
    })
}

fn watch() -> impl Strategy<Value = Step> {
    let keys = prop_oneof![
        Just((vec![text("a")], "a")),
        Just((vec![text("a"), text("--prefix")], "ab")),
        Just((vec![text(""), text("--prefix")], "b")),
        Just((vec![text("a"), text("c")], "b")),
    ];
    let form = prop_oneof![Just(Vec::new()), Just(vec![text("--write-out=json")])];
    (keys, back(), some(&["--prev-kv"]), form).prop_map(|((range, seen), by, options, form)| {
        let rev = vec![Word::OptionRev("--rev", by.min(0))];
        Step::Watch(
            [vec![text("watch")], range, rev, options, form].concat(),
            seen,
        )
    })
}

fn leases() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => lease().prop_map(Step::Grant),
        1 => (lease(), format()).prop_map(|(id, format)| {
            ctl(vec![vec![text("lease"), text("revoke"), text(&format!("{id:x}"))], format])
        }),
        1 => (lease(), format()).prop_map(|(id, format)| {
            let words = ["lease", "keep-alive", "--once"].map(text).to_vec();
            ctl(vec![words, vec![text(&format!("{id:x}"))], format])
        }),
        1 => format().prop_map(|format| ctl(vec![vec![text("lease"), text("list")], format])),
    ]
}

fn whole() -> impl Strategy<Value = Step> {
    let physical = some(&["--physical"]);
    prop_oneof![
        2 => (back(), physical).prop_map(|(by, physical)| {
            ctl(vec![vec![text("compact"), Word::Rev(by)], physical])
        }),
        1 => (back(), format()).prop_map(|(by, format)| {
            let words = vec![text("endpoint"), text("hashkv"), Word::OptionRev("--rev", by)];
            ctl(vec![words, format])
        }),
        1 => format().prop_map(|format| ctl(vec![vec![text("endpoint"), text("hashkv")], format])),
        1 => format().prop_map(|format| ctl(vec![vec![text("alarm"), text("list")], format])),
        1 => format().prop_map(|format| ctl(vec![vec![text("role"), text("list")], format])),
        1 => prop::sample::select(vec!["r", "s"]).prop_map(|role| {
            ctl(vec![["role", "add", role].map(text).to_vec()])
        }),
        1 => (prop::sample::select(vec!["r", "s"]), range()).prop_map(|(role, range)| {
            let words = ["role", "grant-permission", role, "readwrite"].map(text).to_vec();
            ctl(vec![words, range])
        }),
        1 => (prop::sample::select(vec!["r", "s"]), format()).prop_map(|(role, format)| {
            ctl(vec![["role", "get", role].map(text).to_vec(), format])
        }),
        1 => prop::sample::select(vec!["r", "s"]).prop_map(|role| {
            ctl(vec![["role", "delete", role].map(text).to_vec()])
        }),
        1 => prop::sample::select(vec!["get", "put", "del", "nothing", "compaction", "lease", "txn"])
            .prop_map(|word| ctl(vec![vec![text(word)]])),
        1 => Just(ctl(vec![["get", "a", "--no-such-flag"].map(text).to_vec()])),
    ]
}

/// Sequences of 5 to 15 commands.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => put(),
        8 => get(),
        3 => del(),
        4 => txn(),
        2 => watch(),
        3 => leases(),
        3 => whole(),
    ];
    prop::collection::vec(step, 5..=15)
}
