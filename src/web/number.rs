//! Numbers as people read them.

use crate::timeline::grouped as signed;

/// With thousands apart: `14,841`.
pub fn grouped(number: u64) -> String {
    signed(number.try_into().unwrap_or(i64::MAX))
}

/// A revision with thousands apart; never negative on the screen.
pub fn revision(rev: i64) -> String {
    signed(rev.max(0))
}

/// A length in bytes, in binary units: `20 KiB`.
pub fn bytes(len: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = len as f64;
    let mut unit = "B";
    for next in UNITS {
        unit = next;
        if value < 1024.0 {
            break;
        }
        if next != "TiB" {
            value /= 1024.0;
        }
    }
    if unit == "B" || value >= 100.0 || value.fract() < 0.05 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `1 key`, `2 keys`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(20480), "20 KiB");
        assert_eq!(bytes(1_208_320), "1.2 MiB");
        assert_eq!(bytes(8 << 30), "8 GiB");
        assert_eq!(counted(1, "key", "keys"), "1 key");
    }
}
