//! A dropped file as a source of bytes, read by slices with the worker's synchronous reader.
//!
//! The file itself never moves: the browser reads the wanted slice from disk.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{File, FileReaderSync};

use crate::bytes::{ReadAt, ReadError};

/// A file that was dropped on the page or chosen there.
pub struct FileSource {
    file: File,
    reader: FileReaderSync,
    len: u64,
}

impl FileSource {
    /// Wraps the handle; works in a worker only.
    pub fn new(file: File) -> Result<Self, JsValue> {
        let len = file.size() as u64;
        Ok(Self {
            file,
            reader: FileReaderSync::new()?,
            len,
        })
    }
}

impl ReadAt for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = buf.len() as u64;
        let end = offset
            .checked_add(len)
            .filter(|end| *end <= self.len)
            .ok_or(ReadError::PastEnd {
                offset,
                len,
                size: self.len,
            })?;
        let host = |error: JsValue| ReadError::Host {
            offset,
            len,
            message: message(&error),
        };
        // File sizes stay far below 2^53, where a JavaScript number is exact.
        let slice = self
            .file
            .slice_with_f64_and_f64(offset as f64, end as f64)
            .map_err(host)?;
        let buffer = self.reader.read_as_array_buffer(&slice).map_err(host)?;
        let bytes = Uint8Array::new(&buffer);
        if u64::from(bytes.length()) != len {
            return Err(host(JsValue::from_str("the file has changed")));
        }
        bytes.copy_to(buf);
        Ok(())
    }
}

/// What a thrown value says.
pub fn message(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|text| text.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "the browser gave no reason".to_string())
}
