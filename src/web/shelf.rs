//! The browser's private storage for indexes of files: the origin's own file system, which no other
//! site sees and which a visitor clears with the site's data. Used by the worker alone.
//!
//! Nothing is written before somebody asks for it. A browser that refuses the storage, as in a
//! private window, is one that keeps nothing, and says why when it is asked to.

use std::rc::Rc;

use js_sys::{AsyncIterator, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemSyncAccessHandle,
};

use super::source::{FileSource, message};
use crate::engine::kept::{Place, Stored};

/// The folder in it.
const FOLDER: &str = "indexes";

/// An index that is being written.
struct Written(FileSystemSyncAccessHandle);

impl Place for Written {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self.0.write_with_u8_array(bytes) {
            Ok(count) if count == bytes.len() as f64 => Ok(()),
            Ok(_) => Err("the browser has no room for it".to_owned()),
            Err(error) => Err(message(&error)),
        }
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        self.0.flush().map_err(|error| message(&error))
    }
}

impl Drop for Written {
    /// Until it is closed nobody can read it or throw it away.
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What is kept; nothing where there is no storage.
pub async fn list() -> Vec<Stored> {
    // A browser without the storage has nothing in it.
    all().await.unwrap_or_default()
}

/// Makes room for an index.
///
/// # Errors
/// Why the browser does not.
pub async fn place(name: String) -> Result<Box<dyn Place>, String> {
    let opened = async {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let handle = folder(true)
            .await?
            .get_file_handle_with_options(&name, &options);
        let handle: FileSystemFileHandle = resolve(handle).await?;
        let access: FileSystemSyncAccessHandle =
            resolve(handle.create_sync_access_handle()).await?;
        let place = Written(access);
        place.0.truncate_with_u32(0)?;
        Ok(place)
    };
    let place = opened.await.map_err(|error: JsValue| message(&error))?;
    Ok(Box::new(place))
}

/// Throws indexes away.
pub async fn forget(names: &[String]) {
    let Ok(folder) = folder(false).await else {
        return;
    };
    for name in names {
        // What another tab has thrown away meanwhile is gone as well.
        drop(JsFuture::from(folder.remove_entry(name)).await);
    }
}

async fn folder(is_made: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let scope = js_sys::global().unchecked_into::<DedicatedWorkerGlobalScope>();
    let storage = scope.navigator().storage();
    // Older browsers, and pages that were not loaded safely, have no such thing.
    if storage.is_undefined() || !Reflect::has(&storage, &"getDirectory".into())? {
        return Err("this browser has no private storage".into());
    }
    let root: FileSystemDirectoryHandle = resolve(storage.get_directory()).await?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(is_made);
    resolve(root.get_directory_handle_with_options(FOLDER, &options)).await
}

async fn all() -> Result<Vec<Stored>, JsValue> {
    let folder = folder(false).await?;
    let mut stored = Vec::new();
    let values: AsyncIterator = folder.values();
    loop {
        let next: JsValue = JsFuture::from(values.next()?).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            return Ok(stored);
        }
        let Ok(handle) = Reflect::get(&next, &"value".into())?.dyn_into::<FileSystemFileHandle>()
        else {
            continue;
        };
        let file: File = resolve(handle.get_file()).await?;
        stored.push(Stored {
            name: handle.name(),
            kept_ms: file.last_modified() as u64,
            source: Rc::new(FileSource::new(file)?),
        });
    }
}

async fn resolve<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await?.dyn_into()
}
