// Without a network: a page that was there once opens, runs and plays without any server; a new
// build takes the place of an old one, file by file of one build; the archive is the whole site.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { DIST, open } from './harness.mjs'
import { EMPTY, IN_SAMPLE, OPENING, becomes, button, facts, run } from './revscope.mjs'

/** What the browser says of requests that nobody answers; the page works all the same. */
const GONE = [/ERR_CONNECTION_REFUSED|Failed to fetch/]

/** A copy of the site that goes when `t` ends, in a folder `name` of its own. */
async function copyOfSite(t, name = 'site') {
  const folder = await mkdtemp(path.join(tmpdir(), 'revscope-'))
  t.after(() => rm(folder, { recursive: true }))
  await cp(DIST, path.join(folder, name), { recursive: true })
  return path.join(folder, name)
}

/** Waits until the service worker has everything and serves the page. */
function ready(page) {
  return page.raw.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller) return
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
  })
}

/** Waits until a new build's worker is installed, while the old one still serves. */
function installed(page) {
  return page.raw.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update()
    const coming = registration.installing
    if (!coming) return
    await new Promise((resolve) => {
      coming.addEventListener('statechange', () => coming.state !== 'installing' && resolve())
      if (coming.state !== 'installing') resolve()
    })
  })
}

/** Runs a long line and stops it, which ends the page's worker and starts another one. */
async function stopALine(page) {
  const long = 'for i in $(seq 1 9000); do etcdctl put k$i v$i; etcdctl get --prefix k; done'
  await page.raw.locator('#command').fill(long)
  await page.raw.locator('#command').press('Enter')
  await page.raw.locator('.terminal-lines > .typed').waitFor()
  await page.raw.locator('#command').press('Control+c')
  await page.waitForText('.notice', 'Stopped: “for i in')
}

test('after one load everything works without a server', async (t) => {
  const page = await open(t, { folder: await copyOfSite(t), worker: true, allow: GONE })
  await page.waitForRows('#timeline-table', OPENING)
  await ready(page)
  await page.settled('#command')
  await page.site.close()

  // A worker that is started anew, since a line was stopped, comes from what is kept.
  await stopALine(page)
  await run(page, 'etcdctl put mine 1')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await run(page, 'etcdctl del mine')

  await page.raw.reload()
  await becomes(page, facts, 'revision 11, 5 live keys, 10 records')
  await run(page, 'etcdctl put offline 1')
  await becomes(page, facts, 'revision 12, 6 live keys, 11 records')
  await button(page, 'Open a file').click()
  await button(page, 'Try the sample').click()
  await page.waitForRows('#timeline-table', IN_SAMPLE)

  // A link, in a new tab, in each of its forms.
  for (const address of ['#l=1.01-revision/1', 'index.html?stage=1#l=1.01-revision/1']) {
    const tab = await page.raw.context().newPage()
    await tab.goto(page.site.url + address)
    await tab.locator(address.includes('stage') ? '.stage h1' : 'section.lesson').waitFor()
    await tab.close()
  }
  await page.raw.goto('about:blank')
  await page.raw.goto(page.site.url + '#l=1.01-revision/1')
  const card = page.raw.locator('section.lesson')
  await card.waitFor()
  await page.waitForRows('#timeline-table', EMPTY)
  await button(page, 'Show the command').click()
  await button(page, 'Type it for me').click()
  await card.locator('.goals .reached').first().waitFor()
})

/** The list in a site's service worker. */
function listed(source) {
  const [, id, names, files] = source.match(/const BUILD = \{ id: "([^"]*)", names: (\[.*?\]), files: (\[[^;]*),\n\] \};/)
  return { id, names: JSON.parse(names), files: JSON.parse(`${files}\n]`) }
}

/**
 * Makes another build of the site in `folder`, as if its sources had changed: other names, another
 * id in the programs of page and worker (which say so when they do not fit), another list.
 */
async function rebuild(folder) {
  const file = (name) => path.join(folder, name)
  const worker = await readFile(file('offline.js'), 'utf8')
  const { id, names, files } = listed(worker)
  const build = id.match(/^[\d.]+-([0-9a-f]{16}) /)[1]
  const other = 'fedcba9876543210'
  const renamed = (name) => name.replace(/^(app|style)-[0-9a-f]{16}/, `$1-${other}`)
  const change = async (name, edit) => {
    const bytes = await readFile(file(name), 'latin1')
    await rm(file(name))
    await writeFile(file(renamed(name)), edit(bytes), 'latin1')
  }
  const renameAll = (text) => names.reduce((text, name) => text.replaceAll(name, renamed(name)), text)
  for (const name of await readdir(folder)) {
    if (name.endsWith('.wasm')) {
      await change(name, (text) => {
        // The page's later part is code alone: its data, and so the id, are in the first part.
        assert.equal(text.includes(build), !name.endsWith('_later.wasm'), `${name} has the id of its build`)
        return text.replaceAll(build, other)
      })
    } else if (/^(app|style)-/.test(name)) await change(name, renameAll)
  }
  await change('index.html', (page) => renameAll(page).replace('<title>', '<title>New '))
  const list = await Promise.all(
    files.map(async ([url]) => {
      const [name, query] = renamed(url).split('?')
      const digest = createHash('sha256').update(await readFile(file(name))).digest('base64')
      return [query ? `${name}?${query.replace(build, other)}` : name, `sha256-${digest}`]
    }),
  )
  const next = { id: id.replace(build, other), names: names.map(renamed), files: list }
  const line = `const BUILD = ${JSON.stringify(next)};`
  await writeFile(file('offline.js'), worker.replace(/const BUILD = [^;]*;/, line))
}

/** What the browser keeps of this site's builds. */
const kept = (page) => page.raw.evaluate(() => caches.keys())

test('a new build takes the place of the old one, and never meets its files', async (t) => {
  const folder = await copyOfSite(t)
  const page = await open(t, { folder, worker: true, allow: GONE })
  await page.waitForRows('#timeline-table', OPENING)
  await ready(page)
  assert.equal((await kept(page)).length, 1)
  await rebuild(folder)
  await installed(page)
  assert.equal((await kept(page)).length, 2)

  // The page that is open stays what it is, its worker too, though the server has another one.
  await stopALine(page)
  await run(page, 'etcdctl put old 1')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  assert.equal(await page.raw.title(), 'Revscope')

  // What is opened from now on is new.
  await page.raw.reload()
  assert.equal(await page.raw.title(), 'New Revscope')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await stopALine(page)
  await run(page, 'etcdctl put new 1')
  await becomes(page, facts, 'revision 11, 7 live keys, 10 records')

  // Once no old page is open, what it needed goes.
  const visit = async () => {
    await page.raw.goto('about:blank')
    await page.raw.goto(page.site.url)
    return kept(page)
  }
  const [name] = await page.waitFor(visit, (names) => names.length === 1, 'one build')
  assert.match(name, /fedcba9876543210/)
  await page.site.close()
  await page.raw.reload()
  assert.equal(await page.raw.title(), 'New Revscope')
  await becomes(page, facts, 'revision 11, 7 live keys, 10 records')
})

test('a build that is only half on the server is not kept', async (t) => {
  const folder = await copyOfSite(t)
  const page = await open(t, { folder, worker: true, allow: [...GONE, /integrity/] })
  await page.waitForRows('#timeline-table', OPENING)
  await ready(page)
  const before = await kept(page)
  const old = path.join(folder, 'worker_loader.js')
  const bytes = await readFile(old)
  await rebuild(folder)
  await writeFile(old, Buffer.concat([bytes, Buffer.from('// not yet copied')]))
  await installed(page)
  assert.deepEqual(await kept(page), before)
  await page.site.close()
  await page.raw.reload()
  assert.equal(await page.raw.title(), 'Revscope')
  await page.waitForRows('#timeline-table', OPENING)
})

/** Name and bytes of each file of a zip, by its directory. */
function unzip(zip) {
  const end = zip.lastIndexOf('PK\x05\x06')
  const files = []
  for (let at = zip.readUInt32LE(end + 16), left = zip.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(zip.toString('latin1', at, at + 4), 'PK\x01\x02')
    const [size, nameLength, start] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)]
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    assert.equal(zip.readUInt32LE(at + 12), 0x210000, 'no date')
    const data = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28)
    const packed = zip.subarray(data, data + size)
    const bytes = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : Buffer.from(packed)
    assert.equal(bytes.length, zip.readUInt32LE(at + 24), name)
    files.push({ name, bytes })
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}

test('the archive is the whole site, and runs from a folder of any server', async (t) => {
  const page = await open(t)
  await button(page, 'Lessons').click()
  const coming = page.raw.waitForEvent('download')
  await page.raw.getByRole('link', { name: 'Download Revscope for offline use' }).click()
  const download = await coming
  assert.equal(download.suggestedFilename(), 'revscope.zip')
  const files = unzip(await readFile(await download.path()))

  const names = files.map(({ name }) => name)
  assert.deepEqual(names, [...names].sort())
  const inSite = (await readdir(DIST, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(DIST, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((name) => name !== 'revscope.zip')
    .map((name) => `revscope/${name.split(path.sep).join('/')}`)
  assert.deepEqual(names, [...inSite, 'revscope/README.txt'].sort())

  const folder = await mkdtemp(path.join(tmpdir(), 'revscope-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const { name, bytes } of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), bytes)
  }
  const copy = await open(t, { folder, address: 'revscope/', worker: true, allow: GONE })
  await copy.waitForRows('#timeline-table', OPENING)
  await ready(copy)
  await copy.settled('#command')
  await run(copy, 'etcdctl put copy 1')
  await becomes(copy, facts, 'revision 10, 6 live keys, 9 records')
  copy.assertNoNetwork()
  await button(copy, 'Lessons').click()
  await copy.raw.getByRole('heading', { name: 'Revision' }).first().waitFor()
  const link = copy.raw.getByRole('link', { name: 'Download Revscope for offline use' })
  assert.equal(await link.count(), 0, 'a copy does not hold itself')
  await copy.site.close()
  await copy.raw.reload()
  await copy.raw.getByRole('heading', { name: 'Revision' }).first().waitFor()
})
