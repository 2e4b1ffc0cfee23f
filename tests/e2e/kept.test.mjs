// The index of a file is kept in the browser's private storage when asked, used the next time, and
// forgotten when asked.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data, openSandbox } from './revscope.mjs'

const part = (page, name) =>
  page.raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const list = (page) => page.raw.getByRole('list', { name: 'Indexes that are kept' })

/** Names in the origin's private storage. */
const stored = (page) =>
  page.raw.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    const names = []
    for await (const [folder, handle] of root.entries()) {
      for await (const name of handle.keys()) names.push(`${folder}/${name}`)
    }
    return names
  })

async function drop(page, name) {
  await page.dropFile(data(name), { name: name.split('/').pop() })
  await page.waitForText('#overview-title', 'problem found')
  await page.raw.locator('#stop').waitFor({ state: 'detached' })
  await part(page, 'The file').click()
  await page.raw.locator('#kept-title').waitFor()
}

test('an index is kept when asked, opens the file again, and is forgotten', async (t) => {
  const page = await openSandbox(t)
  await drop(page, 'k8s/final.db')
  assert.deepEqual(await stored(page), [])
  const title = await page.raw.locator('#overview-title').textContent()
  await page.raw.locator('#keep-index').click()
  await list(page).getByText('this file').waitFor()
  const [name] = await stored(page)
  assert.match(name, /^indexes\/[0-9a-f]{64}$/)
  await page.assertAccessible()

  // The next visit.
  await page.raw.reload()
  await page.settled('#command')
  await drop(page, 'k8s/final.db')
  await page.waitForText('#kept-use', 'they are the same')
  assert.equal(await page.raw.locator('#overview-title').textContent(), title)
  await part(page, 'Find').click()
  await page.waitForText('#found', 'all 705 revisions')

  // Another file is read; the index of the first one can be forgotten from there.
  await drop(page, 'k8s/compacted.db')
  assert.equal(await page.raw.locator('#kept-use').count(), 0)
  await list(page).getByRole('button', { name: 'Forget the index of final.db' }).click()
  await list(page).waitFor({ state: 'detached' })
  await page.waitFor(() => stored(page), (names) => names.length === 0, 'an empty storage')
  page.assertNoNetwork()
})

test('what was cut in the storage is thrown away, and the file is read', async (t) => {
  const page = await openSandbox(t)
  await drop(page, 'k8s/final.db')
  await page.raw.locator('#keep-index').click()
  await list(page).getByText('this file').waitFor()
  await page.raw.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    const folder = await root.getDirectoryHandle('indexes')
    for await (const handle of folder.values()) {
      const bytes = await (await handle.getFile()).arrayBuffer()
      const writable = await handle.createWritable()
      await writable.write(bytes.slice(0, bytes.byteLength / 2))
      await writable.close()
    }
  })
  await page.raw.reload()
  await page.settled('#command')
  await page.waitFor(() => stored(page), (names) => names.length === 0, 'the cut one to be gone')
  await drop(page, 'k8s/final.db')
  assert.equal(await page.raw.locator('#kept-use').count(), 0)
  await page.raw.locator('#keep-index').waitFor()
  page.assertNoNetwork()
})
