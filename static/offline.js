// The page without a network: keeps the files of one build, and hands them out.
//
// This is a service worker; index.html registers it once the page runs. The build writes the next
// line (`xtask/src/offline.rs`): the build's name, and each file with its digest. Without a list,
// as here, nothing is kept.
const BUILD = { id: "", names: [], files: [] };

// Rules. The page itself comes from the network where there is one, so a new build is seen at
// once; everything else comes from a cache whose URL is the same to the letter. Names of files
// and the worker's `?build` change with their content, so a page of one build never meets a file
// of another. A cache is complete or not there. It goes when no page of its build is open any more.
const OWN = `revscope ${registration.scope} `;
const PAGE = registration.scope;
/** Milliseconds that a network may take to give the page, where a copy of it is at hand. */
const PATIENCE = 3000;

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(PAGE)) return;
  if (request.mode !== "navigate") return event.respondWith(file(request));
  const { origin, pathname } = new URL(request.url);
  // What else lies in the folder, such as slides around a frame, is not ours.
  if ([PAGE, `${PAGE}index.html`].includes(origin + pathname)) event.respondWith(page(request));
});

/** Fetches all files, each as the list says; one that differs ends it, and the next visit tries again. */
async function keep() {
  if (BUILD.files.length === 0) return;
  const answers = await Promise.all(
    BUILD.files.map(async ([url, integrity]) => {
      const answer = await fetch(new URL(url, PAGE), { cache: "no-cache", integrity });
      if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
      return [new URL(url, PAGE), answer];
    }),
  );
  // A server may add something to the page, so it has no digest; it must name this build's files.
  const answer = await fetch(PAGE, { cache: "no-cache" });
  const text = await answer.text();
  if (!answer.ok || !BUILD.names.every((name) => text.includes(name))) {
    throw new Error("the page is of another build");
  }
  const cache = await caches.open(OWN + BUILD.id);
  await Promise.all(answers.map(([url, answer]) => cache.put(url, answer)));
  // Last: a cache with the page in it is complete.
  // And as an answer of its own: one that came by a redirect must not answer a navigation.
  await cache.put(PAGE, new Response(text, { headers: answer.headers }));
}

/** Runs when no page of an earlier build is open: their files go. Open pages are served from now on. */
async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(OWN) && name !== OWN + BUILD.id) await caches.delete(name);
  }
  await clients.claim();
}

/** The page: of the network, or of the newest complete cache. */
async function page(request) {
  const kept = await newest(PAGE);
  if (!kept) return fetch(request);
  let late;
  const patience = new Promise((resolve) => (late = setTimeout(resolve, PATIENCE)));
  const answer = await Promise.race([fetch(request).catch(() => undefined), patience]);
  clearTimeout(late);
  // A server that is out of order has no say; one that says there is no page any more has.
  return answer && answer.status < 500 ? answer : kept;
}

async function file(request) {
  return (await newest(request)) ?? fetch(request);
}

/** What the newest cache has that has it. Names come in the order in which caches were made. */
async function newest(request) {
  for (const name of (await caches.keys()).reverse()) {
    if (!name.startsWith(OWN)) continue;
    const found = await (await caches.open(name)).match(request, { ignoreVary: true });
    if (found) return found;
  }
}
