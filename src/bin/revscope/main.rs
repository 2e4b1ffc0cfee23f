//! The native command line over the same engine as the page.
//!
//! Exit codes: 0 fine, 1 the file or command has problems (it still prints what it could),
//! 2 usage. Start from [`COMMANDS`]: parser and help come from its rows.

mod args;
mod buckets;
mod check;
mod columns;
mod compare;
mod export;
mod files;
mod find;
mod fossils;
mod hashkv;
mod info;
mod lost;
mod object;
mod objects;
mod pages;
mod privacy;
mod render;
mod scripts;
mod source;
mod status;
mod what_if;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use args::{Args, Command, Opt};

/// Every command, in the order of the help.
const COMMANDS: &[Command] = &[
    Command {
        name: "records",
        params: &["FILE"],
        optional: &[],
        options: &[source::MEMBER],
        about: "the rows of etcd's bucket key in order, as JSON Lines",
        run: files::records,
    },
    Command {
        name: "buckets",
        params: &["FILE"],
        optional: &[],
        options: &[source::MEMBER],
        about: "every bucket and item, nested ones with their path, as JSON Lines",
        run: buckets::buckets,
    },
    Command {
        name: "pages",
        params: &["FILE"],
        optional: &[],
        options: &[SALVAGE, source::MEMBER],
        about: "what every page is, as bbolt pages",
        run: pages::pages,
    },
    Command {
        name: "check",
        params: &["FILE"],
        optional: &[],
        options: &[SALVAGE, source::MEMBER],
        about: "what is wrong with the pages, as bbolt check; each finding explained on standard error",
        run: check::check,
    },
    Command {
        name: "dump",
        params: &["FILE"],
        optional: &["BUCKET"],
        options: &[
            Opt {
                name: "--decode",
                value: None,
                about: "decode what is in the bucket",
            },
            Opt {
                name: "--limit",
                value: Some("N"),
                about: "stop after N items; 0 means all",
            },
            Opt {
                name: "--etcd",
                value: Some("RELEASE"),
                about: "print as that release does, such as 3.5 or 3.6.13 (default 3.5)",
            },
            source::MEMBER,
        ],
        about: "a bucket (default key), newest first, as etcd-dump-db iterate-bucket",
        run: files::dump,
    },
    Command {
        name: "info",
        params: &["FILE"],
        optional: &[],
        options: &[source::MEMBER],
        about: "what the file is, which etcd wrote it, and what its small buckets hold",
        run: info::info,
    },
    Command {
        name: "status",
        params: &["FILE"],
        optional: &[],
        options: &[FORMAT, ETCD_TOOL, source::MEMBER],
        about: "hash, revision, keys and size, as etcdutl snapshot status",
        run: status::status,
    },
    Command {
        name: "hashkv",
        params: &["FILE"],
        optional: &[],
        options: &[
            Opt {
                name: "--rev",
                value: Some("N"),
                about: "hash the history up to that revision; 0 means all",
            },
            FORMAT,
            ETCD_TOOL,
            source::MEMBER,
        ],
        about: "the hash that members must agree on, as etcdutl hashkv",
        run: hashkv::hashkv,
    },
    Command {
        name: "fossils",
        params: &["FILE"],
        optional: &[],
        options: &[source::MEMBER],
        about: "rows that were compacted or deleted and still lie in the file, as records does, with page, why and confidence",
        run: fossils::fossils,
    },
    Command {
        name: "lost",
        params: &["FILE"],
        optional: &[],
        options: &[
            Opt {
                name: "--key",
                value: Some("KEY"),
                about: "the fossils of that key, with or without /registry/ in front",
            },
            Opt {
                name: "--as",
                value: Some("FORM"),
                about: "that key's best fossil as yaml or json for kubectl apply, or as an etcdctl line",
            },
            Opt {
                name: "--secrets",
                value: None,
                about: "with the values of a Secret, which are left out otherwise",
            },
            source::MEMBER,
        ],
        about: "fossils by resource or prefix and by key, as JSON Lines; whether the key lives; a key's last value brought back",
        run: lost::lost,
    },
    Command {
        name: "privacy",
        params: &["FILE"],
        optional: &[],
        options: &[
            Opt {
                name: "--names",
                value: None,
                about: "name every key and revision; values are never printed",
            },
            source::MEMBER,
        ],
        about: "how many Secrets, tokens and keys the file still carries, live, old, deleted and as fossils, as JSON Lines",
        run: privacy::privacy,
    },
    Command {
        name: "object",
        params: &["FILE", "KEY"],
        optional: &[],
        options: &[
            Opt {
                name: "--rev",
                value: Some("N"),
                about: "as of that revision (default the last one)",
            },
            Opt {
                name: "-o",
                value: Some("FORMAT"),
                about: "yaml (default) or json",
            },
            Opt {
                name: "--show-managed-fields",
                value: None,
                about: "with metadata.managedFields, which kubectl leaves out",
            },
            MASK,
            source::MEMBER,
        ],
        about: "the Kubernetes object at a key, with or without /registry/ in front, as kubectl get",
        run: object::object,
    },
    Command {
        name: "objects",
        params: &["FILE"],
        optional: &[],
        options: &[
            Opt {
                name: "--history",
                value: None,
                about: "every retained revision, deletions too, in the order of revisions",
            },
            MASK,
            source::MEMBER,
        ],
        about: "every Kubernetes object of the file as it was last written, as JSON Lines",
        run: objects::objects,
    },
    Command {
        name: "find",
        params: &[],
        optional: &["FILE", "QUERY"],
        options: &[
            Opt {
                name: "--terms",
                value: None,
                about: "print how a query is written, and read no file",
            },
            Opt {
                name: "--count",
                value: None,
                about: "print how many rows, keys and bytes of values there are instead",
            },
            Opt {
                name: "--limit",
                value: Some("N"),
                about: "stop after N rows; 0 means all",
            },
            source::MEMBER,
        ],
        about: "the rows that a query finds, as JSON Lines: find FILE 'ns:default is:live size>10Ki'",
        run: find::find,
    },
    Command {
        name: "export",
        params: &["FILE"],
        optional: &["QUERY"],
        options: &[
            Opt {
                name: "--as",
                value: Some("FORMAT"),
                about: "jsonl (default), csv, yaml, dump, or etcdctl: a script that writes the rows again",
            },
            Opt {
                name: "--secrets",
                value: None,
                about: "with the values of Secrets, which are left out otherwise",
            },
            source::MEMBER,
        ],
        about: "all rows, or those that a query finds, to be read by other programs",
        run: export::export,
    },
    Command {
        name: "what-if",
        params: &["FILE"],
        optional: &[],
        options: &[
            Opt {
                name: "--compact",
                value: Some("REV"),
                about: "try etcdctl compact REV before the defrag",
            },
            JSON,
            source::MEMBER,
        ],
        about: "what a compaction and a defrag would take and give back, and what would break; the file stays as it is",
        run: what_if::what_if,
    },
    Command {
        name: "compare",
        params: &["A", "B"],
        optional: &["C..."],
        options: &[
            Opt {
                name: "--values",
                value: None,
                about: "of two files, how the values of changed keys differ",
            },
            Opt {
                name: "--secrets",
                value: None,
                about: "with the values of Secrets, which are left out otherwise",
            },
            JSON,
            source::MEMBER,
        ],
        about: "what differs between two files, key by key, or between more members, row by row; exits 1 where something does",
        run: compare::compare,
    },
    Command {
        name: "run",
        params: &[],
        optional: &["SCRIPT"],
        options: &[scripts::FILE, source::MEMBER, ETCD],
        about: "shell lines on a fresh store or a copy of FILE, from a file or standard input; their output as JSON Lines",
        run: scripts::run,
    },
    Command {
        name: "replay",
        params: &["TRANSCRIPT"],
        optional: &[],
        options: &[
            ETCD,
            Opt {
                name: "--diff",
                value: None,
                about: "print only the commands that answer otherwise than recorded, and their count",
            },
        ],
        about: "the commands of a recorded transcript on a fresh store, with their own output",
        run: scripts::replay,
    },
    Command {
        name: "render",
        params: &[],
        optional: &["FILE"],
        options: &[
            Opt {
                name: "--script",
                value: Some("SCRIPT"),
                about: "draw the store that these lines leave behind; - reads them from stdin",
            },
            Opt {
                name: "--keys",
                value: Some("PREFIX"),
                about: "only keys that begin so",
            },
            Opt {
                name: "--from",
                value: Some("N"),
                about: "first revision to show",
            },
            Opt {
                name: "--to",
                value: Some("N"),
                about: "last revision to show",
            },
            Opt {
                name: "-o",
                value: Some("OUT"),
                about: "where to write, a name that ends in .svg or .png",
            },
            source::MEMBER,
            Opt {
                name: "--text",
                value: None,
                about: "print it as aligned text instead",
            },
        ],
        about: "the timeline as the page draws it",
        run: render::render,
    },
];

/// Whether to go on where bbolt refuses the file.
const SALVAGE: Opt = Opt {
    name: "--salvage",
    value: None,
    about: "where both metas are unusable, go on with what can be found by page headers",
};

/// Which release to behave as.
const ETCD: Opt = Opt {
    name: "--etcd",
    value: Some("RELEASE"),
    about: "behave as that release, such as 3.4.23, 3.5 or 3.6.13 (default 3.5.1, or the recorded one)",
};

/// Whether a program reads it.
const JSON: Opt = Opt {
    name: "--json",
    value: None,
    about: "print it as JSON Lines",
};

/// How a tool's answer is written.
const FORMAT: Opt = Opt {
    name: "-w",
    value: Some("FORMAT"),
    about: "simple (default), json, table or fields",
};

/// Which release's tool to print as.
const ETCD_TOOL: Opt = Opt {
    name: "--etcd",
    value: Some("RELEASE"),
    about: "print as that release does, such as 3.5 or 3.6.13 (default: status 3.5, hashkv 3.6)",
};

/// Whether Secrets are shown.
const MASK: Opt = Opt {
    name: "--mask",
    value: None,
    about: "*** in place of the values of Secrets, which are printed as the file has them otherwise",
};

/// How a command ended.
pub enum Outcome {
    /// Everything was read and printed.
    Fine,
    /// Something was wrong; it has been told on standard error.
    Problems,
}

/// Why a command could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The words of the command line are not as the command wants them.
    #[error("{0}")]
    Usage(String),
    /// Nothing of the file can be read.
    #[error("{0}")]
    File(String),
    /// Standard output or standard error failed.
    #[error("writing failed: {0}")]
    Output(#[from] io::Error),
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let words = words.into_iter().map(|word| word.into_string());
    let result = match words.collect::<Result<Vec<_>, _>>() {
        Ok(words) => run(&words),
        Err(word) => Err(Failure::Usage(format!("{word:?} is not UTF-8"))),
    };
    match result {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::from(1),
        // Whoever read the output has had enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "revscope: {error}");
            ExitCode::from(match error {
                Failure::Usage(_) => 2,
                _ => 1,
            })
        }
    }
}

fn run(words: &[String]) -> Result<Outcome, Failure> {
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let outcome = match words.split_first() {
        Some((name, _)) if matches!(name.as_str(), "help" | "-h" | "--help") => {
            out.write_all(args::help(COMMANDS).as_bytes())?;
            Outcome::Fine
        }
        None => return Err(Failure::Usage(args::help(COMMANDS))),
        Some((name, rest)) => {
            let Some(command) = COMMANDS.iter().find(|command| command.name == *name) else {
                let known: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
                return Err(Failure::Usage(format!(
                    "unknown command {name:?}; the commands are {}",
                    known.join(", ")
                )));
            };
            if rest.iter().any(|word| word == "-h" || word == "--help") {
                out.write_all(command.help().as_bytes())?;
                Outcome::Fine
            } else {
                (command.run)(&Args::parse(command, rest)?, &mut out)?
            }
        }
    };
    out.flush()?;
    Ok(outcome)
}
