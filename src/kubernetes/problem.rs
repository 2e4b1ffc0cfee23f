//! What is wrong with a stored object. Each problem costs what it names; the rest is shown.

/// Damage or a surprise found while a stored value was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end inside a number.
    #[error("{path}: the value ends inside a number at offset {offset}")]
    Ends {
        /// Path of the message, empty for the object itself.
        path: String,
        /// Offset in the stored value.
        offset: u64,
    },
    /// A number has more than 64 bits.
    #[error("{path}: a number of more than 64 bits at offset {offset}")]
    Varint {
        /// Path of the message.
        path: String,
        /// Offset in the stored value.
        offset: u64,
    },
    /// A field says that it is longer than what is left.
    #[error("{path}: {wanted} bytes wanted at offset {offset}, {left} left")]
    Length {
        /// Path of the field.
        path: String,
        /// Offset of its first byte in the stored value.
        offset: u64,
        /// How many bytes it says it has.
        wanted: u64,
        /// How many there are.
        left: u64,
    },
    /// A tag that no field can have.
    #[error("{path}: no field has tag {tag:#x} at offset {offset}")]
    Tag {
        /// Path of the message.
        path: String,
        /// Offset in the stored value.
        offset: u64,
        /// The tag.
        tag: u64,
    },
    /// A field is there in another form than its kind has.
    #[error("{path}: wire type {found} at offset {offset} where the field has {wanted}")]
    WireType {
        /// Path of the field.
        path: String,
        /// Offset of its tag in the stored value.
        offset: u64,
        /// The wire type that was found.
        found: u8,
        /// The one that its kind has.
        wanted: u8,
    },
    /// A text is no UTF-8; what is none of it is shown as U+FFFD.
    #[error("{path}: no UTF-8 text at offset {offset}")]
    NoText {
        /// Path of the field.
        path: String,
        /// Offset of its first byte in the stored value.
        offset: u64,
    },
    /// A time that cannot be written.
    #[error("{path}: {seconds} seconds at offset {offset} are no time of a year with four digits")]
    Time {
        /// Path of the field.
        path: String,
        /// Offset of its message in the stored value.
        offset: u64,
        /// Seconds since 1970.
        seconds: i64,
    },
    /// Messages stand inside each other deeper than any kind needs.
    #[error("{path}: more than {limit} messages inside each other at offset {offset}")]
    Depth {
        /// Path of the message that was left out.
        path: String,
        /// Its offset in the stored value.
        offset: u64,
        /// How many are read.
        limit: u32,
    },
    /// JSON that cannot be read to its end.
    #[error("{path}: {message} at offset {offset}")]
    Json {
        /// Path of the field that holds the JSON, empty for the object itself.
        path: String,
        /// Offset in the stored value.
        offset: u64,
        /// What the parser says.
        message: String,
    },
    /// More problems than are listed.
    #[error("more than {limit} problems; the others are not listed")]
    More {
        /// How many are listed.
        limit: u32,
    },
}
