// The picture at scale: folding, filter, order, pins, areas, the minimap, what leaves the page.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asOf, becomes, button, data, inspected, openSandbox, visible } from './revscope.mjs'

const title = async (page) => (await inspected(page)).title

/** A store of 30 keys below three prefixes, and one beside them. */
async function openLanes(t, options) {
  const page = await openSandbox(t, { viewport: { width: 1280, height: 1200 }, ...options })
  const keys = '01 02 03 04 05 06 07 08 09 10'
  await page.run(`for k in 0 1 2; do for i in ${keys}; do etcdctl put /app/kind-$k/key-$i v; done; done`)
  await page.waitFor(() => lanes(page), (lanes) => lanes.length > 5, 'folded lanes')
  return page
}

/** Lanes in the order of the table twin: `KEY`, or `PREFIX N keys, folded`. */
function lanes(page) {
  return page.raw.evaluate(() => {
    const rows = [...document.querySelectorAll('#timeline-table tbody tr')]
    const names = rows.map((row) =>
      row.classList.contains('group')
        ? `${row.cells[0].textContent} ${row.cells[2].textContent}`
        : row.cells[0].textContent,
    )
    return names.filter((name, at) => name !== names[at - 1])
  })
}

const FOLDED = [
  '/app/ 30 keys, open', 'kind-0/ 10 keys, folded', 'kind-0/',
  'kind-1/ 10 keys, folded', 'kind-1/', 'kind-2/ 10 keys, folded', 'kind-2/',
  'foo1', 'foo2', 'foo3', 'foo4', 'foo5',
]

const press = async (page, ...keys) => {
  for (const key of keys) await page.raw.keyboard.press(key)
}

test('many keys are folded by prefix; a click on a prefix opens it', async (t) => {
  const page = await openLanes(t)
  await becomes(page, lanes, FOLDED)
  const box = await page.raw.locator('canvas').boundingBox()
  const lane = (box.height - 86) / 9
  await page.raw.mouse.click(box.x + 50, box.y + 56 + Math.min(54, Math.max(28, lane)) * 1.5)
  await page.waitFor(() => lanes(page), (now) => now.includes('kind-0/ 10 keys, open'), 'an open prefix')
  const now = await lanes(page)
  assert.equal(now[now.indexOf('kind-0/ 10 keys, open') + 1], 'key-01')
})

test('lanes are walked, folded and pinned by keys', async (t) => {
  const page = await openLanes(t)
  await page.raw.locator('canvas').focus()
  await press(page, 'ArrowDown', 'ArrowDown', 'o')
  await page.waitFor(() => lanes(page), (now) => now.includes('kind-0/ 10 keys, open'), 'an open prefix')
  await press(page, 'o')
  await becomes(page, lanes, FOLDED)
  // The next change of a folded prefix, not of one key.
  await press(page, 'Escape', 'Escape', '.')
  await becomes(page, title, '/app/kind-0/key-01 at revision 10')
  await press(page, '.')
  await becomes(page, title, '/app/kind-0/key-02 at revision 11')
  await press(page, ',')
  await becomes(page, title, '/app/kind-0/key-01 at revision 10')
  await press(page, 'ArrowDown', 'p')
  await page.waitFor(() => lanes(page), ([first]) => first === '/app/kind-1/ 10 keys, folded', 'a pinned lane')
  await button(page, 'Unpin /app/kind-1/').click()
  await becomes(page, lanes, FOLDED)
})

test('a slash goes to the filter, Escape puts it away', async (t) => {
  const page = await openLanes(t)
  const filter = page.raw.getByRole('searchbox', { name: 'Filter keys' })
  await press(page, 'Tab')
  await page.raw.evaluate(() => document.activeElement?.blur())
  await press(page, '/')
  await page.waitFor(() => filter.evaluate((it) => it === document.activeElement), Boolean, 'the focus')
  await page.raw.keyboard.type('KEY-0 kind-2')
  const nine = Array.from({ length: 9 }, (_, at) => `/app/kind-2/key-0${at + 1}`)
  await becomes(page, lanes, nine)
  await page.raw.getByText('9 of 35 keys').waitFor()
  await press(page, 'Escape')
  await becomes(page, lanes, FOLDED)
})

test('lanes are sorted and put together as chosen', async (t) => {
  const page = await openLanes(t)
  await page.run('etcdctl put foo4 again')
  await page.raw.getByRole('combobox', { name: 'Prefixes' }).selectOption('keys only')
  await page.waitFor(() => lanes(page), ([first]) => first === '/app/kind-0/key-01', 'keys')
  await page.raw.getByRole('combobox', { name: 'Order of the lanes' }).selectOption('latest change first')
  await page.waitFor(() => lanes(page), ([first]) => first === 'foo4', 'the latest')
})

test('shift and drag sum up an area; keys do too', async (t) => {
  const page = await openSandbox(t)
  const line = page.raw.locator('.hint.area')
  const box = await page.raw.locator('canvas').boundingBox()
  await page.raw.keyboard.down('Shift')
  await page.raw.mouse.move(box.x + box.width - 20, box.y + box.height - 36)
  await page.raw.mouse.down()
  await page.raw.mouse.move(box.x + 120, box.y + 90, { steps: 5 })
  await page.raw.mouse.up()
  await page.raw.keyboard.up('Shift')
  await line.filter({ hasText: '8 revisions changed 5 keys: 7 puts, 1 delete' }).waitFor()
  await press(page, 'Escape')
  await line.waitFor({ state: 'detached' })
  await press(page, 'm', 'ArrowLeft', 'ArrowLeft')
  await becomes(page, asOf, null)
  await line.filter({ hasText: 'Revisions 7 to 9, all lanes. 3 revisions changed 2 keys: 2 puts, 1 delete' }).waitFor()
  await page.raw.getByRole('button', { name: 'Zoom to it' }).click()
  await page.waitFor(() => visible(page), ({ from }) => from >= 6, 'a closer view')
})

test('the minimap makes a lens, moves it and resizes it', async (t) => {
  const page = await openLanes(t)
  const { width } = await page.raw.locator('canvas').boundingBox()
  const drag = async (from, to) => {
    const box = await page.raw.locator('canvas').boundingBox()
    const x = (at) => box.x + 160 + (width - 176) * at
    await page.raw.mouse.move(x(from), box.y + 14)
    await page.raw.mouse.down()
    await page.raw.mouse.move(x(to), box.y + 14, { steps: 8 })
    await page.raw.mouse.up()
  }
  const all = await visible(page)
  await drag(0.5, 0.8)
  const made = await page.waitFor(() => visible(page), ({ from }) => from > 10, 'a lens')
  await drag(0.65, 0.4)
  await page.waitFor(() => visible(page), ({ from }) => from < made.from - 3, 'an earlier view')
  await press(page, '0')
  await becomes(page, visible, all)
})

test('the picture leaves as SVG, PNG and text', async (t) => {
  const page = await openSandbox(t)
  await page.raw.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const menu = page.raw.locator('.save-menu')
  await menu.locator('summary').click()
  const save = async (name) => {
    const download = page.raw.waitForEvent('download')
    await menu.getByRole('button', { name, exact: true }).click()
    return readFileSync(await (await download).path())
  }
  const svg = (await save('SVG')).toString()
  assert.match(svg, /^<svg [^>]*width="\d+"/)
  for (const text of ['foo1', 'foo5', 'head 9']) assert.ok(svg.includes(text), text)
  const size = (png) => [png.readUInt32BE(16), png.readUInt32BE(20)]
  const canvas = await page.raw.locator('canvas').boundingBox()
  const screen = await save('PNG')
  assert.equal(screen.subarray(1, 4).toString(), 'PNG')
  assert.deepEqual(size(screen), [Math.round(canvas.width * 2), Math.round(canvas.height * 2)])
  await menu.getByRole('spinbutton', { name: 'Width in pixels' }).fill('3840')
  await menu.getByRole('spinbutton', { name: 'Height in pixels' }).fill('2160')
  await menu.locator('p').first().click()
  assert.deepEqual(size(await save('PNG')), [3840, 2160])
  await menu.getByRole('button', { name: 'Copy as text' }).click()
  await menu.getByText('Copied.').waitFor()
  const text = await page.raw.evaluate(() => navigator.clipboard.readText())
  assert.match(text, /^revision {2}.*\nfoo1 .*\+1=.*x.*\+1=/)
})

test('a real store of many keys opens folded and no frame draws too much', async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('workload/w351/final.db'), { name: 'final.db' })
  await page.raw.getByRole('searchbox', { name: 'Filter keys' }).waitFor()
  const found = await page.waitFor(() => lanes(page), (lanes) => lanes.some((lane) => lane.includes('folded')), 'folded lanes')
  assert.ok(found.length < 80, `${found.length} lanes`)
})
