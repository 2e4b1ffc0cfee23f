// Loads the worker beside this file, whatever folder of whatever server the page stands in.
// Worker files have no digest in their names, so the page's build id after `?` is handed on:
// a cached worker of another build is never met.
importScripts("./worker.js" + self.location.search);
wasm_bindgen({ module_or_path: "./worker_bg.wasm" + self.location.search }).catch((error) => {
  postMessage(`the engine could not be loaded: ${error}`);
});
