//! The words of a `kubectl` command: flags and arguments.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
}

use Takes::{Nothing, Value};

/// Long name, letter, what it takes.
const FLAGS: &[(&str, char, Takes)] = &[
    ("all", ' ', Nothing),
    ("all-namespaces", 'A', Nothing),
    ("cascade", ' ', Value),
    ("context", ' ', Value),
    ("current-replicas", ' ', Value),
    ("dry-run", ' ', Value),
    ("field-manager", ' ', Value),
    ("field-selector", ' ', Value),
    ("filename", 'f', Value),
    ("force", ' ', Nothing),
    ("for", ' ', Value),
    ("from-literal", ' ', Value),
    ("from-file", ' ', Value),
    ("grace-period", ' ', Value),
    ("help", 'h', Nothing),
    ("ignore-not-found", ' ', Nothing),
    ("image", ' ', Value),
    ("kubeconfig", ' ', Value),
    ("label-columns", 'L', Value),
    ("namespace", 'n', Value),
    ("namespaced", ' ', Value),
    ("no-headers", ' ', Nothing),
    ("now", ' ', Nothing),
    ("output", 'o', Value),
    ("output-watch-events", ' ', Nothing),
    ("overwrite", ' ', Nothing),
    ("patch", 'p', Value),
    ("port", ' ', Value),
    ("replicas", ' ', Value),
    ("request-timeout", ' ', Value),
    ("resource-version", ' ', Value),
    ("reveal", ' ', Nothing),
    ("selector", 'l', Value),
    ("show-kind", ' ', Nothing),
    ("show-labels", ' ', Nothing),
    ("show-managed-fields", ' ', Nothing),
    ("sort-by", ' ', Value),
    ("timeout", ' ', Value),
    ("to-revision", ' ', Value),
    ("type", ' ', Value),
    ("types", ' ', Value),
    ("v", 'v', Value),
    ("wait", ' ', Nothing),
    ("watch", 'w', Nothing),
    ("watch-only", ' ', Nothing),
];

/// What was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags {
    given: Vec<(&'static str, String)>,
    /// Everything that is no flag.
    pub(super) words: Vec<String>,
}

impl Flags {
    /// Reads the words behind `kubectl`.
    pub(super) fn read(args: &[Vec<u8>]) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut args = args
            .iter()
            .map(|arg| String::from_utf8_lossy(arg).into_owned());
        while let Some(arg) = args.next() {
            if arg == "--" {
                flags.words.extend(args.by_ref());
            } else if let Some(long) = arg.strip_prefix("--") {
                let (name, given) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let known = FLAGS.iter().find(|(known, ..)| *known == name);
                let Some((known, _, takes)) = known else {
                    return Err(format!("unknown flag: --{name}"));
                };
                let value = match (given, takes) {
                    (Some(value), _) => value,
                    (None, Nothing) => "true".to_owned(),
                    (None, Value) => args
                        .next()
                        .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                flags.given.push((known, value));
            } else if let Some(letters) = arg.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                flags.letters(letters, &mut args)?;
            } else {
                flags.words.push(arg);
            }
        }
        Ok(flags)
    }

    fn letters(
        &mut self,
        letters: &str,
        args: &mut impl Iterator<Item = String>,
    ) -> Result<(), String> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let known = FLAGS.iter().find(|(_, known, _)| *known == letter);
            let Some((name, _, takes)) = known.filter(|_| letter != ' ') else {
                return Err(format!("unknown shorthand flag: {letter:?} in -{letters}"));
            };
            if *takes == Nothing {
                self.given.push((name, "true".to_owned()));
                continue;
            }
            let value = match rest.as_str() {
                "" => args
                    .next()
                    .ok_or_else(|| format!("flag needs an argument: {letter:?} in -{letters}"))?,
                value => value.strip_prefix('=').unwrap_or(value).to_owned(),
            };
            self.given.push((name, value));
            break;
        }
        Ok(())
    }

    /// Whether a flag that takes nothing is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value == "true")
    }

    /// The last value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().rev().find(|(given, _)| *given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a flag.
    pub(super) fn values<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let found = self.given.iter().filter(move |(given, _)| *given == name);
        found.map(|(_, value)| value.as_str())
    }
}
