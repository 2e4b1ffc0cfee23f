// Any bbolt file: packed, not of etcd, without a usable meta, with fossils; looked into by keyboard.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, statfsSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeDb } from './make-db.mjs'
import { IN_SAMPLE, button, data, openSandbox, sampleBytes } from './revscope.mjs'

const TESTS = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const packed = (name) => readFileSync(path.join(TESTS, 'data/packed', name))
const part = (page, name) =>
  page.raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const region = (page, name) => page.raw.getByRole('region', { name })

/** Waits until nothing is done behind the page any more. */
const quiet = (page) => page.raw.locator('#stop').waitFor({ state: 'detached' })

for (const [name, bytes, format] of [
  ['sample.db.gz', () => gzipSync(sampleBytes()), 'gzip'],
  ['deflate.zip', () => packed('deflate.zip'), 'zip'],
  ['data-dir.tar.gz', () => packed('data-dir.tar.gz'), 'tar'],
]) {
  test(`${name} is unpacked on the way`, async (t) => {
    const page = await openSandbox(t)
    await page.dropFile(bytes(), { name })
    await page.waitForText('#overview-title', 'etcd')
    await part(page, 'The file').click()
    const card = page.raw.locator('section', { has: page.raw.locator('#layers-title') })
    await card.waitFor()
    assert.ok((await card.textContent()).includes(format))
    if (format === 'gzip') {
      await part(page, 'Timeline').click()
      await page.waitForRows('#timeline-table', IN_SAMPLE)
    }
    page.assertNoNetwork()
  })
}

test('what has to be unpacked by a tool is named with its command', async (t) => {
  const page = await openSandbox(t)
  for (const [name, command] of [['talk-final.db.zstd', 'zstd -d'], ['talk-final.db.xz', 'xz -d']]) {
    await page.dropFile(packed(name), { name })
    const alert = page.raw.getByRole('alert').filter({ hasText: name })
    await alert.waitFor()
    assert.ok((await alert.textContent()).includes(command))
  }
  await page.assertAccessible()
})

test('a file that is not of etcd: buckets and pages by keyboard', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('bolt/nested-1024.db'), { name: 'nested.db' })
  await page.waitForText('#overview-title', 'bbolt file')
  await page.waitForText('#overview-title', 'no problem found')
  assert.equal(await part(page, 'Timeline').count(), 0)
  await part(page, 'Buckets').press('Enter')
  const tree = page.raw.getByRole('list', { name: 'Buckets', exact: true })
  await tree.getByRole('button').first().waitFor()
  assert.ok((await tree.getByRole('button').count()) > 1)
  await page.raw.locator('#item-table tbody tr').first().waitFor()
  await region(page, /^Items/).focus()
  await page.raw.keyboard.press('ArrowDown')
  const selected = page.raw.locator('#item-table tr[aria-selected=true] td').first()
  const first = await selected.textContent()
  await page.raw.keyboard.press('ArrowDown')
  await page.waitFor(() => selected.textContent(), (name) => name !== first, 'the next item')
  await part(page, 'Pages').press('Enter')
  const map = page.raw.getByRole('listbox', { name: 'Map of pages' })
  await map.focus()
  for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowUp']) await map.press(key)
  await page.waitForText('#page-title', 'Page 2')
  assert.equal(await map.getByRole('option', { selected: true }).getAttribute('id'), 'page-2')
  await map.press('Home')
  await page.waitForText('.page-card', 'meta: where everything starts')
  page.assertNoNetwork()
})

test('without a usable meta a file is salvaged, and says so', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('snapshots/both-metas-checksum.db'), { name: 'lost.db' })
  await page.raw.getByRole('note').filter({ hasText: 'Salvaged' }).waitFor()
  await page.raw.getByRole('button', { name: /^⚠/ }).click()
  const list = page.raw.getByRole('list', { name: 'Problems' })
  await list.getByText('page 4 is taken as the root').waitFor()
  await page.assertAccessible()
  await part(page, 'Timeline').click()
  await page.raw.getByRole('img', { name: /^Timeline of/ }).waitFor()
})

test('the other meta shows the store before, and leads back', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('talk/talk-after-compact.db'), { name: 'after.db' })
  await page.waitForText('#overview-title', 'no problem found')
  await part(page, 'The file').click()
  await button(page, 'Open the store as of the transaction before').click()
  const note = page.raw.getByRole('note').filter({ hasText: 'Transaction before' })
  await note.waitFor()
  await page.waitForText('.mark-line', 'was used again')
  await button(page, 'Back to the newest').click()
  await note.waitFor({ state: 'detached' })
})

test('fossils are ghosts on the timeline and fossils in its table', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('talk/talk-after-compact.db'), { name: 'after.db' })
  await quiet(page)
  const fossil = (rows) => rows.filter((row) => row[2]?.endsWith(', fossil'))
  assert.equal(fossil(await page.rows('#timeline-table')).length, 0)
  const shown = page.raw.getByRole('button', { name: /^Show \d+ fossils?$/ })
  const count = Number(/\d+/.exec(await shown.textContent())[0])
  await shown.click()
  await page.waitForRows('#timeline-table', (rows) => fossil(rows).length === count)
  await page.waitForText('.legend', 'fossil')
  const lane = (await page.rows('#timeline-table')).find((row) => row[2]?.endsWith(', fossil'))
  await part(page, /^Lost and found/).click()
  await button(page, lane[1]).click()
  await page.waitForText('.fossil-note', 'no part of the store')
})

test('every snapshot opens or is refused with its diagnosis', async (t) => {
  const lines = readFileSync(path.join(TESTS, 'golden/snapshots.tsv'), 'utf8').trim().split('\n')
  const page = await openSandbox(t)
  for (const line of lines.filter((line) => !line.startsWith('#'))) {
    const [name, kind, , problems, first] = line.split('\t')
    await page.dropFile(data(`snapshots/${name}`), { name })
    if (kind === 'refused') {
      const alert = page.raw.getByRole('alert').filter({ hasText: name })
      await alert.waitFor()
      assert.ok((await alert.textContent()).includes(first), `${name}: ${first}`)
      await button(page, 'Dismiss').click()
      continue
    }
    await page.raw.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name, exact: true }).waitFor()
    await quiet(page)
    const [plain, salvaged] = kind.split(', salvaged')
    const told = Number(problems)
    const state = told === 0 ? 'no problem found' : `⚠ ${told} problem`
    await page.waitForText('#overview-title', plain)
    await page.waitForText('#overview-title', state)
    assert.equal(await page.raw.getByText('Salvaged', { exact: true }).count(), salvaged === undefined ? 0 : 1, name)
    if (told > 0) {
      await part(page, /^Problems/).click()
      const said = await page.raw.getByRole('list', { name: 'Problems' }).getByRole('listitem').first().textContent()
      assert.ok(first.includes(': ') && said.includes(first.slice(first.indexOf(': ') + 2).slice(-20)), `${name}: ${said}`)
    }
    page.assertQuiet()
  }
})

test('work behind the page is stopped, and what was found stays', async (t) => {
  const large = makeDb({ records: 60_000 })
  t.after(() => large.remove())
  const page = await openSandbox(t)
  await page.dropFile(large.path)
  const stop = page.raw.locator('#stop')
  await stop.waitFor()
  await stop.click()
  await stop.waitFor({ state: 'detached' })
  await page.waitForText('#overview-title', 'not all was checked')
  await page.raw.getByRole('img', { name: /^Timeline of/ }).waitFor()
  page.assertNoNetwork()
})

test('a file of 2 GiB opens, most of it room', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'revscope-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const large = makeDb({ records: 3000 })
  t.after(() => large.remove())
  truncateSync(large.path, 2 * 1024 ** 3)
  const { blocks, size } = statSync(large.path)
  const disk = statfsSync(folder)
  if (blocks * 512 > size / 2 && disk.bavail * disk.bsize < size) return t.skip('no sparse files here')
  const page = await openSandbox(t)
  await page.dropFile(large.path)
  await page.waitForText('footer', '3,000 records')
  await page.waitForText('.overview', '2 GiB')
  await part(page, 'Pages').click()
  await page.raw.locator('#stop, .map').first().waitFor()
  page.assertNoNetwork()
})

for (const colorScheme of ['light', 'dark']) {
  test(`every part keeps the accessibility rules, ${colorScheme}`, async (t) => {
    const page = await openSandbox(t, { colorScheme })
    await page.dropFile(data('talk/talk-after-compact.db'), { name: 'after.db' })
    await quiet(page)
    await page.raw.getByRole('button', { name: /^Show \d+ fossils?$/ }).click()
    await page.assertAccessible()
    for (const name of ['The file', 'Buckets', 'Pages', /^Lost and found/, /^Problems/]) {
      await part(page, name).click()
      await page.raw.locator('.card').nth(1).waitFor()
      await page.assertAccessible()
    }
    await page.dropFile(data('snapshots/leaf-elem-pos-out.db'), { name: 'broken.db' })
    await page.waitForText('#overview-title', '⚠')
    await part(page, /^Problems/).click()
    await page.assertAccessible()
    await page.raw.getByRole('list', { name: 'Problems' }).getByRole('button').first().click()
    await page.raw.locator('#page-title').waitFor()
    await page.assertAccessible()
  })
}
