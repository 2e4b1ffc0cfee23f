// A real db file: what is in it is read in the tab, shown exactly, and sent nowhere.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  IN_SAMPLE, OPENING, SAMPLE, SAMPLE_NAME, becomes, bucket, button, data, facts, index, inspected,
  openFileScreen, openSandbox, run, terminal, waitForBlobs,
} from './revscope.mjs'

const tab = (page, name) => page.raw.getByRole('navigation').getByRole('button', { name })

/** The numbers of the overview, by name. */
function overview(page) {
  return page.raw.evaluate(() => {
    const card = document.querySelector('#overview-title').closest('section')
    const out = { title: card.querySelector('h2').textContent }
    for (const name of card.querySelectorAll('dt')) {
      out[name.textContent] = name.nextElementSibling.textContent
    }
    return out
  })
}

test('a dropped file is drawn, listed and told, and nothing is sent', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForText('#overview-title', 'etcd')
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await becomes(page, overview, {
    title: 'etcd 3.5 db file ✓ no problem found',
    revision: '8',
    'compacted at': 'never',
    'live keys': '5',
    records: '7',
    'file size': '20 KiB',
    pages: '5 × 4 KiB',
  })
  await becomes(page, bucket, [
    '2.0 foo1 bar1 2 2 1',
    '3.0 foo2 bar2 3 3 1',
    '4.0 foo3 bar3 4 4 1',
    '5.0 foo4 bar4 5 5 1',
    '6.0 foo5 bar5 6 6 1',
    '7.0 t foo1',
    '8.0 foo1 bar1-new 8 8 1',
  ])
  await becomes(page, async () => (await index(page))[0], 'foo1: revision 2, tombstone 7 | revision 8')
  await waitForBlobs(page, 'create', 6)
  assert.ok(await tab(page, SAMPLE_NAME).isVisible())
  await page.waitForText('footer', 'The file never leaves this tab')
  page.assertNoNetwork()
})

test('a compacted file shows what is left', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('talk/talk-after-compact.db'), { name: 'after.db' })
  await page.waitForText('#overview-title', 'etcd')
  const { revision, 'compacted at': compacted, records } = await overview(page)
  assert.deepEqual({ revision, compacted, records }, { revision: '8', compacted: '8', records: '5' })
  await becomes(page, facts, 'revision 8, compacted at 8, 5 live keys, 5 records')
  await page.waitForRows('#timeline-table', (rows) => rows.length === 6)
})

test('the sample needs no file', async (t) => {
  const page = await openFileScreen(t)
  await button(page, 'Try the sample').click()
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  assert.ok(await tab(page, SAMPLE_NAME).isVisible())
  page.assertNoNetwork()
})

test('a file is chosen by the button, the same one twice', async (t) => {
  const page = await openFileScreen(t)
  await page.chooseFile(SAMPLE, { selector: '#file-input' })
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await button(page, 'Close the file').click()
  await page.raw.locator('#file-input').waitFor({ state: 'attached' })
  await page.chooseFile(SAMPLE, { selector: '#file-input' })
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  page.assertNoNetwork()
})

test('a selected row shows its value and the bytes of its bucket key', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await page.raw.locator('#bucket-table').getByRole('row', { name: /^8\.0/ }).click()
  await becomes(page, inspected, {
    title: 'foo1 at revision 8',
    create_revision: '8',
    mod_revision: '8',
    version: '1',
    lease: 'none',
    value: 'bar1-new',
    bytes: '00 00 00 00 00 00 00 08 5f 00 00 00 00 00 00 00 00',
  })
  await button(page, 'hex').click()
  await becomes(
    page,
    async () => (await inspected(page)).value,
    '0000  62 61 72 31 2d 6e 65 77  bar1-new',
  )
  await button(page, 'base64').click()
  await becomes(page, async () => (await inspected(page)).value, 'YmFyMS1uZXc=')
  await button(page, 'Previous change of this key (,)').click()
  await becomes(page, inspected, {
    title: 'foo1 at revision 7',
    bytes: '00 00 00 00 00 00 00 07 5f 00 00 00 00 00 00 00 00 74',
  })
})

test('another file takes the place of the first', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await page.dropFile(data('scenarios/3.5.1/leases/db.db'), { name: 'leases.db' })
  await tab(page, 'leases.db').waitFor()
  await page.waitForRows('#timeline-table', (rows) => !rows.flat().includes('foo5'))
  await becomes(page, async () => (await overview(page))['file size'], '24 KiB')
  assert.equal(await tab(page, SAMPLE_NAME).count(), 0)
})

test('closing a file leads back to the place to open one', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await button(page, 'Close the file').click()
  await page.raw.getByText('Drop a file anywhere').waitFor()
  await becomes(page, facts, '')
  assert.ok(await tab(page, 'Open a file').isVisible())
})

test('the sandbox keeps its state while a file is open, and the file while it is not', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl put mine 1')
  await page.waitForRows('#timeline-table', [...OPENING, ['mine', '10.0', 'create', '1']])
  const said = await terminal(page)
  await page.dropFile(SAMPLE)
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await tab(page, 'Sandbox').click()
  await page.waitForRows('#timeline-table', [...OPENING, ['mine', '10.0', 'create', '1']])
  assert.deepEqual(await terminal(page), said)
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await tab(page, SAMPLE_NAME).click()
  await page.waitForRows('#timeline-table', IN_SAMPLE)
  await waitForBlobs(page, 'create', 6)
})

test('a long bucket is scrolled through without being on the page', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('workload/w351/final.db'), { name: 'final.db' })
  await page.waitForText('#overview-title', 'no problem found')
  const first = async () => Number((await bucket(page))[0]?.split('.')[0])
  await page.waitFor(first, Number.isFinite, 'rows')
  const before = await bucket(page)
  assert.ok(before.length < 200, `${before.length} rows on the page`)
  const scroller = page.raw.getByRole('region', { name: 'Bucket key', exact: false }).last()
  await scroller.evaluate((region) => region.scrollTo(0, region.scrollHeight))
  const { records, revision } = await overview(page)
  const end = Number(records.replaceAll(',', ''))
  await page.waitForText('.bucket', `to ${records} of ${records} rows`)
  assert.ok(end > 1000, `${end} rows`)
  const last = (await bucket(page)).at(-1)
  assert.ok(last.startsWith(`${revision.replaceAll(',', '')}.`), last)
})
