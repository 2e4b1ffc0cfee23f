// Files that are damaged or something else: said plainly, and the page goes on.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  IN_SAMPLE, SAMPLE, SAMPLE_NAME, becomes, bucket, button, data, facts, openSandbox, run, sampleBytes,
} from './revscope.mjs'

/** The message about a refused file: its title and what it says. */
async function refused(page) {
  const card = page.raw.getByRole('alert').filter({ hasText: 'could not be opened' })
  await card.waitFor()
  return card.evaluate((card) => {
    const out = { title: card.querySelector('h2').textContent }
    for (const name of card.querySelectorAll('dt')) {
      out[name.textContent] = name.nextElementSibling.textContent
    }
    return out
  })
}

const random = (length) => {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 16
  })
}

function poke(db, at, ...bytes) {
  const copy = Buffer.from(db)
  copy.set(bytes, at)
  return copy
}

const snapshot = () => data('snapshots/good-snapshot.db')

/** Where the sample has its buckets' page; the few rows of `key` lie inside of it. */
const ROWS = 3 * 4096

/** Bytes that are no db, and what has to be said of them. */
const NOT_A_DB = [
  ['an empty file', new Uint8Array(0), /empty/],
  ['text', Buffer.from('put foo bar\n'.repeat(900)), /text/],
  ['random bytes', random(20480), /not a bbolt|no bbolt|meta|magic/],
  ['zeros', new Uint8Array(16384), /zero/],
  ['json', Buffer.from('{"header":{}}'), /JSON/],
  ['the first bytes of a db', sampleBytes().subarray(0, 100), /short|cut|ends|100/],
  ['a db without its second page', sampleBytes().subarray(0, 4096), /short|cut|ends|4096/],
]

for (const [name, bytes, what, hint = /./] of NOT_A_DB) {
  test(`${name} is refused in plain words, and the page goes on`, async (t) => {
    const page = await openSandbox(t)
    await page.dropFile(bytes, { name: 'wrong.db' })
    const said = await refused(page)
    assert.equal(said.title, 'wrong.db could not be opened')
    assert.match(said['what it is'], what)
    assert.match(said['what now'], hint)
    page.assertNoNetwork()
    await page.dropFile(SAMPLE)
    await page.waitForRows('#timeline-table', IN_SAMPLE)
    assert.equal(await page.raw.getByRole('alert').count(), 0, 'the old message is gone')
  })
}

/** Files with some damage, and the problem that has to be told beside what is left. */
const DAMAGED = [
  ['cut inside a page', sampleBytes().subarray(0, 4 * 4096 + 700), /cut short/],
  ['a page that claims too many elements', poke(sampleBytes(), ROWS + 10, 0xff, 0xff), /claims 65535 elements/],
  ['one broken meta', poke(sampleBytes(), 64, 0xff), /unusable, the other meta is used/],
  ['cut in its second half', snapshot().subarray(0, 100_000), /cut short/],
  ['a page of no kind', data('snapshots/leaf-flags-zero.db'), /flags 0x0000 are no kind of page/],
  ['a record that is no record', data('snapshots/record-bad-protobuf.db'), /page \d+: element \d+/],
]

for (const [name, bytes, problem] of DAMAGED) {
  test(`${name}: what is left is shown beside the problem`, async (t) => {
    const page = await openSandbox(t)
    await page.dropFile(bytes, { name: 'damaged.db' })
    await page.waitForText('#overview-title', 'problem')
    await page.raw.getByRole('button', { name: /^⚠/ }).click()
    const list = page.raw.getByRole('list', { name: 'Problems' })
    const told = await list.getByRole('listitem').allTextContents()
    assert.ok(told.some((line) => problem.test(line)), told.join('; '))
    await button(page, 'Timeline').click()
    await page.raw.getByRole('img', { name: /^Timeline of/ }).waitFor()
    page.assertNoNetwork()
    await page.dropFile(SAMPLE)
    await page.waitForRows('#timeline-table', IN_SAMPLE)
    await page.waitForText('#overview-title', 'no problem found')
  })
}

test('an opened file stays open when a later one is refused', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  const rows = await bucket(page)
  await page.dropFile(Buffer.from('no db'), { name: 'note.txt' })
  assert.equal((await refused(page)).title, 'note.txt could not be opened')
  assert.deepEqual(await bucket(page), rows)
  assert.ok(await page.raw.getByRole('navigation').getByRole('button', { name: SAMPLE_NAME }).isVisible())
  await button(page, 'Dismiss').click()
  await page.raw.getByRole('alert').waitFor({ state: 'detached' })
  // What is open is still read from: a value comes from the file when it is asked for.
  await page.raw.locator('#bucket-table').getByRole('row', { name: /^3\.0/ }).click()
  await page.waitForText('.value pre', 'bar2')
})

test('the sandbox works after a refusal', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(Buffer.from('no db'), { name: 'note.txt' })
  await refused(page)
  await page.raw.getByRole('navigation').getByRole('button', { name: 'Sandbox' }).click()
  assert.equal((await run(page, 'etcdctl put a 1')).stdout, 'OK\n')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
})
