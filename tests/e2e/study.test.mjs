// What is in a snapshot: what fills it, search, trials, comparison, what was lost, what leaves.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { data, openSandbox } from './revscope.mjs'

const part = (page, name) =>
  page.raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const rows = (page) => page.rows('#data-table')

/** Opens a file, and waits until everything about it is known. */
async function opened(t, name = 'k8s/final.db', options = {}) {
  const page = await openSandbox(t, options)
  await page.dropFile(data(name), { name: name.split('/').pop() })
  await page.waitForText('#overview-title', 'problem found')
  await page.raw.locator('#stop').waitFor({ state: 'detached' })
  return page
}

async function saved(page, act) {
  const [download] = await Promise.all([page.raw.waitForEvent('download'), act()])
  return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')]
}

test('the landing view says what fills the file, and each figure leads to its rows', async (t) => {
  const page = await opened(t)
  const bar = page.raw.getByRole('list', { name: 'What fills the file' })
  await bar.getByRole('button', { name: /^live / }).waitFor()
  const told = await bar.getByRole('button').allTextContents()
  assert.deepEqual(told.map((text) => text.replace(/ [\d.]+ \w+$/, '')), ['live', 'old revisions', 'structure and slack', 'free pages'])
  for (const figure of await bar.getByRole('button').all()) {
    assert.ok((await figure.getAttribute('title')).length > 20, 'says how it is known')
  }
  const whole = page.raw.getByRole('list', { name: 'Whether it is whole, and what else to know' })
  await whole.getByText('✓ both metas').waitFor()
  await whole.getByText('✓ every page checked').waitFor()
  await whole.getByText(/^written near /).waitFor()
  const prefixes = await page.rows('#fill-table')
  assert.match(prefixes[1][0], /^…\/\w+/)
  await page.assertAccessible()
  await bar.getByRole('button', { name: /^live / }).click()
  await page.waitForText('#found', '305 of 705 revisions')
  assert.equal(await page.raw.locator('#find').inputValue(), 'is:live')
  page.assertNoNetwork()
})

test('a filter finds, counts, completes, says what is wrong, and marks the timeline', async (t) => {
  const page = await opened(t)
  await part(page, 'Find').click()
  const field = page.raw.locator('#find')
  await page.waitForText('#found', 'all 705 revisions')
  await field.pressSequentially('kind:Depl')
  const offers = page.raw.getByRole('listbox', { name: 'How the filter may go on' })
  await offers.getByRole('option', { name: /kind:Deployment/ }).waitFor()
  await field.press('ArrowDown')
  await field.press('Enter')
  await page.waitFor(() => field.inputValue(), (value) => value.trim() === 'kind:Deployment', 'the completion')
  await page.waitFor(() => rows(page), (all) => all.length > 50 && all.slice(1).every((row) => row[2].includes('/deployments/')), 'deployments only')
  await field.fill('size>xx')
  await page.waitForText('#find-wrong', 'xx')
  await field.fill('prefix:/registry/secrets/ not is:tombstone')
  await page.waitFor(() => rows(page), (all) => all.length > 1 && all.slice(1).every((row) => row[7] === '*** a Secret, masked'), 'masked values')
  await field.fill('rev:100..110')
  await page.waitForText('#found', '11 of 705 revisions')
  await page.raw.locator('#mark-found').check()
  await part(page, 'Timeline').click()
  await page.raw.locator('#timeline-table').waitFor({ state: 'attached' })
  page.assertNoNetwork()
})

test('tables sort, their rows are walked, selected and copied by keyboard', async (t) => {
  const page = await opened(t)
  await page.raw.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await part(page, 'Find').click()
  await page.raw.getByRole('button', { name: 'keys', exact: true }).click()
  await page.waitForText('#found', 'all 328 keys')
  await page.raw.getByRole('button', { name: 'all bytes' }).click()
  await page.raw.getByRole('button', { name: 'all bytes ↑' }).click()
  const sorted = await page.waitFor(() => rows(page), (all) => all[0][7] === 'all bytes ↓', 'the order')
  const sizes = sorted.slice(1).map((row) => Number(row[7]))
  assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a))
  const table = page.raw.getByRole('region', { name: 'Keys, arrow keys walk' })
  await table.focus()
  for (const key of ['ArrowDown', 'ArrowDown', 'Shift+ArrowDown']) await page.raw.keyboard.press(key)
  await page.raw.locator('#data-table tr[aria-selected=true]').nth(1).waitFor()
  await page.raw.keyboard.press('Control+c')
  const copied = await page.waitFor(() => page.raw.evaluate(() => navigator.clipboard.readText()), (text) => text.split('\n').length === 3, 'two rows and a head')
  assert.ok(copied.split('\n')[1].startsWith(sorted[2][0]))
})

test('the tree of keys opens level by level and leads to a filter', async (t) => {
  const page = await opened(t)
  await part(page, 'Find').click()
  const tree = page.raw.getByRole('region', { name: 'Keys by prefix' })
  await tree.getByRole('button', { name: 'Keys below /registry/' }).click()
  await tree.getByRole('button', { name: 'pods/', exact: true }).click()
  await page.waitFor(() => page.raw.locator('#find').inputValue(), (value) => value === 'prefix:/registry/pods/', 'the filter')
  await page.waitForText('#found', '110 of 705 revisions')
})

test('what etcd keeps beside the keys is tables', async (t) => {
  const page = await opened(t)
  await part(page, 'Tables').click()
  await page.waitFor(() => rows(page), (all) => all.some((row) => row[0] === 'consistent index'), 'meta')
  await page.raw.getByRole('button', { name: 'members', exact: true }).click()
  await page.waitFor(() => rows(page), (all) => all[1]?.[1] === 'default', 'the member')
  await page.raw.getByRole('button', { name: 'leases', exact: true }).click()
  await page.waitFor(() => rows(page), (all) => all.length === 6, 'the leases')
})

test('rows leave in a form of choice, the report without values, a session in the simulator', async (t) => {
  const page = await opened(t)
  await part(page, 'Find').click()
  await page.raw.locator('#find').fill('kind:Secret')
  await page.waitForText('#found', 'of 705 revisions')
  const form = page.raw.locator('#leave-form')
  const leave = page.raw.locator('#leave')
  const [name, text] = await saved(page, () => leave.click())
  assert.equal(name, 'final.db.jsonl')
  assert.ok(text.split('\n').length > 2)
  await page.waitForText('#leave-note', 'values of Secrets are left out')
  await form.selectOption('report')
  const [report, html] = await saved(page, () => leave.click())
  assert.equal(report, 'final.db.html')
  assert.match(html, /^<!DOCTYPE html>/)
  assert.ok(!html.includes('/registry/secrets/demo/'))
  await page.raw.locator('#find').fill('rev:2..4')
  await page.waitForText('#found', '3 of 705 revisions')
  await form.selectOption('session')
  await leave.click()
  await page.raw.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Sandbox' }).and(page.raw.locator('[aria-current]')).waitFor()
  await page.waitFor(() => page.rows('#timeline-table'), (all) => all.length === 4, 'three changes in the simulator')
  page.assertNoNetwork()
})

test('what was deleted is found, named only when asked, and brought back', async (t) => {
  const page = await opened(t, 'k8s/compacted.db')
  await part(page, /^Lost and found/).click()
  await page.waitForText('#lost-words', 'rows were found outside of the store')
  await page.waitFor(() => rows(page), (all) => all.length > 3, 'groups')
  await page.raw.getByRole('button', { name: 'secrets and tokens' }).click()
  await page.waitFor(() => rows(page), (all) => all[0]?.[0] === 'what' && all.length > 1, 'counts')
  assert.ok(!JSON.stringify(await rows(page)).includes('/registry/'))
  await page.raw.locator('#name-secrets').click()
  await page.waitFor(() => rows(page), (all) => JSON.stringify(all).includes('/registry/secrets/'), 'names')
})

test('a compaction is tried by typing and by dragging its line', async (t) => {
  const page = await opened(t)
  await part(page, 'What if').click()
  const numbers = () => page.raw.locator('#trial-numbers dd').allTextContents()
  await page.raw.locator('#try-at').fill('706')
  await page.raw.locator('#try-at').press('Enter')
  await page.waitFor(numbers, (all) => all[3] === '305', 'only the living rows stay')
  await page.raw.locator('#size-compacted').waitFor()
  const size = async (id) => Number(await page.raw.locator(id).getAttribute('data-bytes'))
  assert.ok((await size('#size-compacted')) < (await size('#size-defragged')))
  await page.raw.locator('#try-line').focus()
  await page.raw.keyboard.press('Home')
  await page.waitFor(numbers, (all) => all[0] === '0', 'nothing would go at the first revision')
  await page.raw.locator('#try-at').fill('9999')
  await page.raw.locator('#try-at').press('Enter')
  await page.raw.getByRole('note').filter({ hasText: 'mvcc: required revision is a future revision' }).waitFor()
  await page.assertAccessible()
})

test('another file is compared, a third makes them members, and they can be put away', async (t) => {
  const page = await opened(t)
  await part(page, 'Compare').click()
  const selector = '.compare input[type=file]'
  await page.chooseFile(data('k8s/compacted.db'), { name: 'later.db', selector })
  await page.waitForText('#compared-words', 'From final.db to later.db: 6 keys added, 2 removed, 0 changed')
  await page.waitFor(() => rows(page), (all) => all.length === 9, 'eight keys that differ')
  await page.raw.locator('#data-table').getByRole('button', { name: /events/ }).first().click()
  await page.waitForText('.restored', 'has it.')
  await page.raw.locator('#unlike pre', { hasText: 'kind: Event' }).waitFor()
  await page.assertAccessible()
  await page.raw.getByRole('button', { name: 'Close', exact: true }).last().click()
  await page.raw.locator('#unlike').waitFor({ state: 'detached' })
  await page.raw.getByRole('button', { name: 'growth by prefix' }).click()
  await page.waitFor(() => rows(page), (all) => all[0]?.[0] === 'prefix' && all.length > 2, 'growth')
  await page.assertAccessible()
  await page.chooseFile(data('k8s/final.db'), { name: 'member-c.db', selector })
  await page.waitForText('#compared-files', 'member-c.db')
  await page.waitForText('#compared-words', 'no revision in common that none has compacted')
  await page.raw.getByRole('button', { name: 'Put away' }).click()
  await page.raw.getByRole('button', { name: 'Choose a file to compare with' }).or(page.raw.getByText('Choose a file to compare with')).first().waitFor()
  page.assertNoNetwork()
})
