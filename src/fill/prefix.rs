//! Which prefix a key is counted under.

use crate::kubernetes::RegistryKey;

/// Bytes of a key that are looked at for its prefix.
const MAX_PREFIX: usize = 256;

/// The prefix that says what a key is for: of Kubernetes up to its resource, else up to the second
/// `/` that is not the first byte. Empty for a key without one.
pub fn prefix_of(key: &[u8]) -> &[u8] {
    let len = registry_len(key).unwrap_or_else(|| plain_len(key));
    key.get(..len).unwrap_or_default()
}

fn registry_len(key: &[u8]) -> Option<usize> {
    let parsed = RegistryKey::parse(key)?;
    let resource = match parsed.known {
        Some(known) => known.path.len(),
        None => parsed.group.len() + 1 + parsed.resource.len(),
    };
    let len = parsed.prefix.len() + 1 + resource + 1;
    // A custom resource's key has its group in front; a key that does not is cut as any other.
    (key.get(len - 1) == Some(&b'/')).then_some(len)
}

fn plain_len(key: &[u8]) -> usize {
    let head = key.get(..MAX_PREFIX).unwrap_or(key);
    let slashes = head.iter().enumerate().skip(1);
    let mut slashes = slashes.filter(|(_, byte)| **byte == b'/');
    let first = slashes.next().map(|(at, _)| at + 1);
    let second = slashes.next().map(|(at, _)| at + 1);
    second.or(first).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_counted_under_what_it_is_for() {
        let check = |key: &str, expected: &str| {
            let prefix = prefix_of(key.as_bytes());
            assert_eq!(prefix, expected.as_bytes(), "{key}");
        };
        check("/registry/pods/default/web-1", "/registry/pods/");
        check(
            "/registry/services/specs/default/web",
            "/registry/services/specs/",
        );
        check(
            "/registry/stable.example.com/crontabs/demo/my",
            "/registry/stable.example.com/crontabs/",
        );
        check("/app/users/1", "/app/users/");
        check("/app/one", "/app/");
        check("app/one/two/three", "app/one/");
        check("foo1", "");
        check("", "");
        check("/", "");
    }
}
