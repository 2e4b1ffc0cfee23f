// The built site on loopback, under a sub-path, with a record of every request.

import { createServer } from 'node:http'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Where the site is on the server: a page that asks for `/app.js` is found out. */
export const SUB_PATH = '/some/sub/path/'

/**
 * Serves the folder `dist`.
 *
 * `url` is the page's address; `requests` grows by `{ method, url, status }` with each request,
 * whoever makes it: page, worker or service worker.
 */
export async function serveSite(dist) {
  const root = path.resolve(dist)
  const requests = []
  const server = createServer(async (request, response) => {
    const answer = await answerFor(root, request)
    requests.push({ method: request.method, url: request.url, status: answer.status })
    response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${server.address().port}`
  return {
    origin,
    url: origin + SUB_PATH,
    requests,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answerFor(root, request) {
  const missing = { status: 404, type: 'text/plain', body: 'not found\n' }
  let name
  try {
    name = decodeURIComponent(new URL(request.url, 'http://site').pathname)
  } catch {
    return missing
  }
  if (!name.startsWith(SUB_PATH)) return missing
  let file = path.join(root, name.slice(SUB_PATH.length))
  if (file !== root && !file.startsWith(root + path.sep)) return missing
  try {
    if ((await stat(file)).isDirectory()) file = path.join(file, 'index.html')
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
    return { status: 200, type, body: await readFile(file) }
  } catch {
    return missing
  }
}
