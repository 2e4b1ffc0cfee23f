//! What tokens and keys look like: a small table, and one pass over a value.
//!
//! A pattern is a text that such a thing begins with and bytes of a class behind it. That misses
//! what has no shape (a password) and may take for a key what only looks like one; so it counts
//! as a hint.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::privacy::Kind;
use crate::kubernetes::mask;

/// What something secret looks like.
#[derive(Debug)]
pub struct Pattern {
    /// What it is taken for.
    pub kind: Kind,
    /// How it begins.
    pub begins: &'static str,
    /// What follows.
    pub then: Then,
}

/// What stands behind the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// So many letters, digits, `-` and `_` at least.
    Word(usize),
    /// So many capitals and digits, no more.
    Capitals(usize),
    /// A line of a PEM block that ends with `PRIVATE KEY-----` or `PRIVATE KEY BLOCK-----`.
    Pem,
    /// The same in base64.
    Base64Pem,
    /// The rest of a JSON Web Token.
    Jwt,
}

/// Every pattern, by the documentation of who issues such keys.
///
/// | kind | looks like |
/// | --- | --- |
/// | JSON Web Token, service account token | `eyJ… . eyJ… . …`; the latter names a service account |
/// | private key | `-----BEGIN … PRIVATE KEY-----`, plain or in base64 |
/// | client key of a kubeconfig | `client-key-data:` |
/// | AWS access key | `AKIA` or `ASIA` and 16 capitals and digits |
/// | Google API key | `AIza` and 35 more |
/// | GitHub, GitLab, Slack, npm, Vault token | their own prefixes |
pub const PATTERNS: &[Pattern] = &[
    row(Kind::WebToken, "eyJ", Then::Jwt),
    row(Kind::PrivateKey, "-----BEGIN ", Then::Pem),
    row(Kind::PrivateKey, "LS0tLS1CRUdJTi", Then::Base64Pem),
    row(Kind::ClientKey, "client-key-data: ", Then::Word(32)),
    row(Kind::ClientKey, "client-key-data\":\"", Then::Word(32)),
    row(Kind::AwsKey, "AKIA", Then::Capitals(16)),
    row(Kind::AwsKey, "ASIA", Then::Capitals(16)),
    row(Kind::GoogleKey, "AIza", Then::Word(35)),
    row(Kind::GithubToken, "ghp_", Then::Word(36)),
    row(Kind::GithubToken, "gho_", Then::Word(36)),
    row(Kind::GithubToken, "ghu_", Then::Word(36)),
    row(Kind::GithubToken, "ghs_", Then::Word(36)),
    row(Kind::GithubToken, "ghr_", Then::Word(36)),
    row(Kind::GithubToken, "github_pat_", Then::Word(36)),
    row(Kind::GitlabToken, "glpat-", Then::Word(20)),
    row(Kind::SlackToken, "xoxb-", Then::Word(20)),
    row(Kind::SlackToken, "xoxp-", Then::Word(20)),
    row(Kind::SlackToken, "xoxa-", Then::Word(20)),
    row(Kind::NpmToken, "npm_", Then::Word(36)),
    row(Kind::VaultToken, "hvs.", Then::Word(24)),
];

const fn row(kind: Kind, begins: &'static str, then: Then) -> Pattern {
    Pattern { kind, begins, then }
}

/// Bytes of a part of a JSON Web Token at least.
const JWT_PART: usize = 16;
/// Characters of a token's claims that are read for whose it is.
const CLAIMS: usize = 4096;
/// Longest name of a kind of key in a PEM line.
const PEM_LABEL: usize = 40;

/// Calls with the kind of everything in a value that looks secret; a time linear in its length.
pub(super) fn each(value: &[u8], found: &mut dyn FnMut(Kind)) {
    let mut is_first = [false; 256];
    for pattern in PATTERNS {
        if let Some(byte) = pattern.begins.as_bytes().first()
            && let Some(flag) = is_first.get_mut(usize::from(*byte))
        {
            *flag = true;
        }
    }
    let begins = |byte: &u8| is_first.get(usize::from(*byte)) == Some(&true);
    // What does not fit here as a token does not fit further on in the same run of characters
    // either; so no run is read twice.
    let mut no_token_before = 0;
    let mut at = 0;
    while let Some(rest) = value.get(at..) {
        let Some(next) = rest.iter().position(begins) else {
            return;
        };
        at += next;
        let rest = rest.get(next..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| value.get(before));
        let is_inside = before.is_some_and(u8::is_ascii_alphanumeric);
        for pattern in PATTERNS {
            let Some(behind) = rest.strip_prefix(pattern.begins.as_bytes()) else {
                continue;
            };
            let kind = match pattern.then {
                Then::Word(least) => (run(behind, least) >= least).then_some(pattern.kind),
                Then::Capitals(count) => {
                    (!is_inside && capitals(behind, count)).then_some(pattern.kind)
                }
                Then::Pem => is_private(behind).then_some(pattern.kind),
                Then::Base64Pem => is_base64_private(rest).then_some(pattern.kind),
                Then::Jwt if at < no_token_before => None,
                Then::Jwt => {
                    let (kind, len) = jwt(rest);
                    no_token_before = at + len;
                    kind
                }
            };
            if let Some(kind) = kind {
                found(kind);
            }
        }
        at += 1;
    }
}

/// How many characters of base64url there are, `most` at most.
fn run(bytes: &[u8], most: usize) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    bytes.iter().take(most).take_while(is_part).count()
}

fn capitals(bytes: &[u8], count: usize) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_run = bytes
        .get(..count)
        .is_some_and(|run| run.iter().all(is_part));
    is_run && !bytes.get(count).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether what follows `-----BEGIN ` names a private key.
fn is_private(behind: &[u8]) -> bool {
    let line = behind.get(..PEM_LABEL).unwrap_or(behind);
    let Some(end) = line.windows(5).position(|part| part == b"-----") else {
        return false;
    };
    let label = line.get(..end).unwrap_or_default();
    label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK")
}

fn is_base64_private(bytes: &[u8]) -> bool {
    /// Characters for the longest line.
    const LEN: usize = 72;
    let head = bytes.get(..LEN).unwrap_or(bytes);
    let whole = head.get(..head.len() / 4 * 4).unwrap_or_default();
    let end = whole
        .iter()
        .position(|byte| matches!(byte, b'=' | b'"' | b'\n'));
    let whole = whole.get(..end.unwrap_or(whole.len()) / 4 * 4);
    let plain = STANDARD_NO_PAD.decode(whole.unwrap_or_default());
    let plain = plain.unwrap_or_default();
    plain.strip_prefix(b"-----BEGIN ").is_some_and(is_private)
}

/// A JSON Web Token at the beginning of some bytes: of which kind, and how far was read.
fn jwt(bytes: &[u8]) -> (Option<Kind>, usize) {
    let header = run(bytes, usize::MAX);
    let rest = bytes.get(header..).unwrap_or_default();
    let Some(rest) = rest
        .strip_prefix(b".")
        .filter(|rest| rest.starts_with(b"eyJ"))
    else {
        return (None, header);
    };
    let claims = run(rest, usize::MAX);
    let signature = rest.get(claims..).and_then(|rest| rest.strip_prefix(b"."));
    let signature = signature.map_or(0, |rest| run(rest, JWT_PART));
    if header < JWT_PART || claims < JWT_PART || signature < JWT_PART {
        return (None, header);
    }
    // A part of it decodes where it ends at a multiple of four characters.
    let read = if claims > CLAIMS { CLAIMS } else { claims };
    let text = rest.get(..read).unwrap_or_default();
    let text = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let is_account = mask::holds(&text, b"system:serviceaccount:");
    let kind = match is_account {
        true => Kind::ServiceAccountToken,
        false => Kind::WebToken,
    };
    (Some(kind), header + 1 + claims)
}
