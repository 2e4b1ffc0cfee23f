// The picture under a mouse: marks, axis, wheel, drag, minimap.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  OPENING, asOf, becomes, blobs, inspected, openSandbox, visible, waitForBlobs,
} from './revscope.mjs'

const title = async (page) => (await inspected(page)).title

/** Moves the mouse to a point of the canvas. */
async function moveTo(page, { x, y }, options) {
  const box = await page.raw.locator('canvas').boundingBox()
  await page.raw.mouse.move(box.x + x, box.y + y, options)
}

async function click(page, point) {
  await moveTo(page, point)
  await page.raw.mouse.down()
  await page.raw.mouse.up()
}

async function drag(page, from, to) {
  await moveTo(page, from)
  await page.raw.mouse.down()
  await moveTo(page, to, { steps: 8 })
  await page.raw.mouse.up()
}

/** Creates of foo1, foo2, foo3, foo4, foo5, foo1 again: at revisions 2 to 6 and 8. */
async function creates(page) {
  const marks = await waitForBlobs(page, 'create', 6)
  const perRevision = (marks[4].x - marks[0].x) / 4
  return { marks, perRevision }
}

test('a click on a mark selects its change', async (t) => {
  const page = await openSandbox(t)
  const { marks } = await creates(page)
  await click(page, marks[2])
  await becomes(page, title, 'foo3 at revision 4')
  await click(page, marks[5])
  await becomes(page, title, 'foo1 at revision 8')
  const selected = page.raw.locator('#bucket-table tr[aria-selected=true] td').first()
  assert.equal(await selected.textContent(), '8.0')
})

test('a click on a tombstone selects it, a click beside it does not', async (t) => {
  const page = await openSandbox(t)
  const { marks, perRevision } = await creates(page)
  const tombstone = { x: marks[5].x - perRevision, y: marks[0].y }
  await click(page, { x: tombstone.x - perRevision / 2, y: tombstone.y })
  await click(page, tombstone)
  await becomes(page, title, 'foo1 at revision 7')
})

test('the hand turns over a mark and while dragging', async (t) => {
  const page = await openSandbox(t)
  const { marks, perRevision } = await creates(page)
  const cursor = () => page.raw.locator('canvas').evaluate((canvas) => getComputedStyle(canvas).cursor)
  const beside = { x: marks[0].x + perRevision / 2, y: marks[0].y }
  await moveTo(page, beside)
  await becomes(page, cursor, 'grab')
  await moveTo(page, marks[0])
  await becomes(page, cursor, 'pointer')
  await moveTo(page, beside)
  await becomes(page, cursor, 'grab')
  await page.raw.mouse.down()
  await becomes(page, cursor, 'grabbing')
  await page.raw.mouse.up()
  await becomes(page, cursor, 'grab')
})

test('a drag along the axis moves the playhead', async (t) => {
  const page = await openSandbox(t)
  const { marks } = await creates(page)
  // Between the minimap and the first lane.
  const axis = 40
  await moveTo(page, { x: marks[1].x, y: axis })
  await page.raw.mouse.down()
  await becomes(page, asOf, 3)
  await moveTo(page, { x: marks[4].x + 2, y: axis }, { steps: 8 })
  await becomes(page, asOf, 6)
  await page.raw.mouse.up()
  await moveTo(page, { x: marks[0].x, y: axis })
  await becomes(page, asOf, 6)
})

test('the wheel with Ctrl zooms at the pointer', async (t) => {
  const page = await openSandbox(t)
  const { marks, perRevision } = await creates(page)
  const [from] = [marks[3]]
  await moveTo(page, from)
  await page.raw.keyboard.down('Control')
  await page.raw.mouse.wheel(0, -240)
  await page.raw.keyboard.up('Control')
  await page.waitFor(() => visible(page), ({ from, to }) => to - from < 9, 'a closer view')
  // What was under the pointer is there still, once the picture has come to rest.
  const near = (found) => found.some(({ x, y }) => Math.hypot(x - from.x, y - from.y) < 3)
  const apart = (found) => found.some(({ x }) => x > from.x && x - from.x > 1.2 * perRevision)
  await page.waitFor(() => blobs(page, 'create'), (found) => near(found) && apart(found), 'foo4 in its place')
  await page.raw.keyboard.down('Control')
  await page.raw.mouse.wheel(0, 1000)
  await page.raw.keyboard.up('Control')
  await page.waitForRows('#timeline-table', OPENING)
})

test('a drag moves the view, a double click shows everything', async (t) => {
  const page = await openSandbox(t)
  const all = await visible(page)
  await page.raw.getByRole('button', { name: 'Zoom in' }).click()
  await page.raw.getByRole('button', { name: 'Zoom in' }).click()
  await page.waitFor(() => visible(page), ({ from, to }) => to - from < all.to - all.from, 'a closer view')
  const before = await visible(page)
  // On the last lane's label side, where no mark is.
  const y = (await page.raw.locator('canvas').boundingBox()).height / 2
  const { width } = await page.raw.locator('canvas').boundingBox()
  await drag(page, { x: width * 0.35, y: y + 3 }, { x: width * 0.85, y: y + 3 })
  await page.waitFor(() => visible(page), ({ from }) => from < before.from, 'an earlier view')
  const box = await page.raw.locator('canvas').boundingBox()
  await page.raw.mouse.dblclick(box.x + 20, box.y + 75)
  await becomes(page, visible, all)
})

test('the lens of the minimap moves the view', async (t) => {
  const page = await openSandbox(t)
  const { marks } = await creates(page)
  await page.raw.locator('canvas').focus()
  for (const key of ['w', 'w', 'w']) await page.raw.keyboard.press(key)
  const before = await page.waitFor(() => visible(page), ({ from, to }) => to - from < 5, 'a closer view')
  // A click beside the lens brings it there; then it can be dragged.
  await click(page, { x: marks[0].x, y: 14 })
  await page.waitFor(() => visible(page), ({ to }) => to < before.to, 'the beginning')
  await drag(page, { x: marks[0].x, y: 14 }, { x: marks[5].x, y: 14 })
  await page.waitFor(() => visible(page), ({ from }) => from > before.from, 'the end')
})

test('the plain wheel scrolls the page when every lane is in sight', async (t) => {
  const page = await openSandbox(t, { viewport: { width: 700, height: 500 } })
  const { marks } = await creates(page)
  const all = await visible(page)
  await moveTo(page, marks[0])
  await page.raw.mouse.wheel(0, 200)
  await page.waitFor(() => page.raw.evaluate(() => scrollY), (y) => y > 0, 'a scrolled page')
  assert.deepEqual(await visible(page), all)
})
