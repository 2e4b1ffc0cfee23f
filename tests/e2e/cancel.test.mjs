// A large file on its way in: seen coming, stopped, or replaced by another one.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeDb } from './make-db.mjs'
import { IN_SAMPLE, SAMPLE, SAMPLE_NAME, becomes, button, facts, openSandbox } from './revscope.mjs'

let large
before(() => {
  large = makeDb({ records: 60_000 })
})
after(() => large.remove())

const tab = (page, name) => page.raw.getByRole('navigation').getByRole('button', { name, exact: true })
const progress = (page) => page.raw.getByRole('progressbar')

/** Drops the large file and waits until some of it has been read. */
async function startLoading(page) {
  await page.dropFile(large.path)
  const read = async () => Number(await progress(page).getAttribute('aria-valuenow'))
  return page.waitFor(read, (percent) => percent > 0, 'progress')
}

test('a large file tells how far it is and opens in the end', async (t) => {
  const page = await openSandbox(t)
  const percent = await startLoading(page)
  assert.ok(percent < 100, `${percent} %`)
  await page.waitForText('#loading-title', large.name)
  await page.waitForText('section:has(> #loading-title)', 'of 2')
  await tab(page, large.name).waitFor()
  await becomes(page, facts, 'revision 60,001, 1,000 live keys, 60,000 records')
  await page.waitForText('#overview-title', 'no problem found')
  assert.equal(await progress(page).count(), 0)
  page.assertNoNetwork()
})

test('cancel leaves a page that works', async (t) => {
  const page = await openSandbox(t)
  await startLoading(page)
  await page.raw.locator('#cancel').click()
  await page.raw.getByText('Drop a file anywhere').waitFor()
  assert.equal(await progress(page).count(), 0)
  assert.equal(await page.raw.getByRole('alert').count(), 0)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  assert.equal(await tab(page, large.name).count(), 0)
})

test('cancel keeps the file that was open before', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await startLoading(page)
  await page.raw.locator('#cancel').click()
  await progress(page).waitFor({ state: 'detached' })
  assert.deepEqual(await page.rows('#timeline-table'), IN_SAMPLE)
  await page.raw.locator('#bucket-table').getByRole('row', { name: /^3\.0/ }).click()
  await page.waitForText('.value pre', 'bar2')
})

test('another file dropped while one is loading takes its place', async (t) => {
  const page = await openSandbox(t)
  await startLoading(page)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  assert.ok(await tab(page, SAMPLE_NAME).isVisible())
  assert.equal(await progress(page).count(), 0)
})

test('a file dropped at once after cancel is opened', async (t) => {
  const page = await openSandbox(t)
  await startLoading(page)
  // Both before the engine can have answered the first.
  await page.raw.evaluate(() => {
    document.querySelector('#cancel').click()
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(['no db'], 'note.txt'))
    document.body.dispatchEvent(
      new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }),
    )
  })
  await page.raw.getByRole('alert').filter({ hasText: 'note.txt could not be opened' }).waitFor()
  assert.equal(await progress(page).count(), 0)
})

test('the sandbox answers while a file is loading', async (t) => {
  const page = await openSandbox(t)
  await startLoading(page)
  await tab(page, 'Sandbox').click()
  await button(page, 'etcdctl compact 9').click()
  await page.waitForText('#compacted', '9')
  assert.equal(await tab(page, large.name).count(), 0, 'still loading')
  await tab(page, large.name).waitFor()
})
