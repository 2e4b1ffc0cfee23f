// Everything without a mouse: the order of Tab, the keys of the page, and whom a key belongs to.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  OPENING, asOf, becomes, bucket, inspected, openFileScreen, openSandbox, terminal, visible,
} from './revscope.mjs'

/** Presses a key where no text field has the focus. */
async function press(page, ...keys) {
  await page.raw.evaluate(() => document.activeElement?.blur())
  for (const key of keys) await page.raw.keyboard.press(key)
}

/** Names of what Tab reaches, from the top of the page until it leaves or comes round. */
async function tabOrder(page) {
  await page.raw.evaluate(() => document.activeElement?.blur())
  const names = []
  for (let step = 0; step < 80; step++) {
    await page.raw.keyboard.press('Tab')
    const name = await page.raw.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return null
      const box = element.getBoundingClientRect()
      const isSeen = box.width > 0 && box.height > 0
      const name = element.ariaLabel ?? element.textContent.trim()
      return isSeen ? name : `unseen: ${name}`
    })
    if (name === null || name === names[0]) break
    names.push(name)
  }
  return names
}

test('tab reaches everything of the sandbox, from the top to the bottom', async (t) => {
  const page = await openSandbox(t)
  const names = await tabOrder(page)
  const wanted = [
    'Revscope, to the sandbox', 'Sandbox', 'Open a file', 'Undo the last command',
    'Reset to an empty store', 'Zoom out', 'Zoom in', 'Fit', 'Show as a table', 'Key index',
    'revision 2', 'tombstone 7', 'Output', 'Command line', 'etcdctl compact 9',
    'Previous change of this key (,)', 'text', 'hex', 'base64',
  ]
  let at = -1
  for (const name of wanted) {
    const next = names.indexOf(name, at + 1)
    assert.ok(next > at, `"${name}" comes in order; the order is: ${names.join(' > ')}`)
    at = next
  }
  assert.deepEqual(names.filter((name) => name.startsWith('unseen')), [])
})

test('tab reaches the way to choose a file, and Enter on it works', async (t) => {
  const page = await openFileScreen(t)
  // Listened for from the start: the browser has to be told before the key is pressed.
  const chooser = page.raw.waitForEvent('filechooser')
  const names = await tabOrder(page)
  assert.ok(names.includes('Try the sample'), names.join(' > '))
  await page.raw.locator('#file-input').focus()
  await page.raw.keyboard.press('Enter')
  await chooser
})

test('W, S, A, D and 0 zoom and move the view', async (t) => {
  const page = await openSandbox(t)
  const all = await visible(page)
  const span = ({ from, to }) => to - from
  let now = all
  // A key at a time: the caption follows each, and a step in between must not count for two.
  const step = async (key, fits, what) => {
    const was = now
    await press(page, key)
    now = await page.waitFor(() => visible(page), (now) => fits(now, was), what)
  }
  const closer = (now, was) => span(now) < span(was)
  await step('w', closer, 'a closer view')
  await step('w', closer, 'a closer view yet')
  await step('d', (now, was) => now.from > was.from, 'a later view')
  await step('a', (now, was) => now.from < was.from, 'an earlier view')
  await step('s', (now, was) => span(now) > span(was), 'a wider view')
  await press(page, '0')
  await becomes(page, visible, all)
  await page.waitForRows('#timeline-table', OPENING)
})

test('the arrows, Home and End move the playhead, and the bucket shows what is read there', async (t) => {
  const page = await openSandbox(t)
  assert.equal(await asOf(page), null)
  await press(page, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft')
  await becomes(page, asOf, 6)
  const read = () =>
    page.raw.evaluate(() =>
      [...document.querySelectorAll('#bucket-table tr.as-of')].map((row) => row.cells[0].textContent),
    )
  await becomes(page, read, ['2.0', '3.0', '4.0', '5.0', '6.0'])
  await press(page, 'ArrowRight')
  await becomes(page, asOf, 7)
  await becomes(page, read, ['3.0', '4.0', '5.0', '6.0'])
  await press(page, 'Home')
  await becomes(page, asOf, 1)
  await becomes(page, read, [])
  await press(page, 'ArrowLeft')
  await becomes(page, asOf, 1)
  await press(page, 'End')
  await becomes(page, asOf, null)
  await press(page, 'ArrowLeft')
  await becomes(page, asOf, 8)
  const name = await page.raw.getByRole('img', { name: /^Timeline of/ }).getAttribute('aria-label')
  assert.equal(name, 'Timeline of 5 keys up to revision 9, shown as of revision 8')
  await page.raw.getByRole('button', { name: 'Back to the head' }).click()
  await becomes(page, asOf, null)
})

test('comma and full stop step through the changes of a key', async (t) => {
  const page = await openSandbox(t)
  const title = async () => (await inspected(page)).title
  await page.raw.locator('#bucket-table').getByRole('row', { name: /^8\.0/ }).click()
  await becomes(page, title, 'foo1 at revision 8')
  await press(page, ',')
  await becomes(page, title, 'foo1 at revision 7')
  await press(page, ',')
  await becomes(page, title, 'foo1 at revision 2')
  await press(page, ',')
  await press(page, '.')
  await becomes(page, title, 'foo1 at revision 7')
})

test('escape puts the selection away and a full stop begins with the first change', async (t) => {
  const page = await openSandbox(t)
  const title = async () => (await inspected(page)).title
  await becomes(page, title, 'foo3 at revision 9')
  await press(page, 'Escape')
  await becomes(page, title, 'Inspector')
  await press(page, '.')
  await becomes(page, title, 'foo1 at revision 2')
})

test('the arrows walk through the rows of the bucket', async (t) => {
  const page = await openSandbox(t)
  const title = async () => (await inspected(page)).title
  const region = page.raw.getByRole('region', { name: /^Bucket key/ })
  await region.focus()
  await region.press('ArrowUp')
  await becomes(page, title, 'foo1 at revision 8')
  await region.press('ArrowUp')
  await becomes(page, title, 'foo1 at revision 7')
  await region.press('ArrowDown')
  await becomes(page, title, 'foo1 at revision 8')
  assert.equal((await bucket(page)).length, 8)
})

test('T shows the timeline as a table whose revisions are buttons', async (t) => {
  const page = await openSandbox(t)
  const picture = page.raw.locator('canvas')
  await press(page, 't')
  await picture.waitFor({ state: 'hidden' })
  assert.equal(
    await page.raw.getByRole('button', { name: 'Show as a table' }).getAttribute('aria-pressed'),
    'true',
  )
  const change = page.raw.locator('#timeline-table').getByRole('button', { name: '7.0' })
  await change.focus()
  await page.raw.keyboard.press('Enter')
  await becomes(page, async () => (await inspected(page)).title, 'foo1 at revision 7')
  await press(page, 't')
  await picture.waitFor({ state: 'visible' })
})

test('the sheet of keys takes the focus, keeps it, and gives it back', async (t) => {
  const page = await openSandbox(t)
  const opener = page.raw.getByRole('button', { name: 'Keys' })
  const sheet = page.raw.getByRole('dialog', { name: 'Keys' })
  await press(page, '?')
  await sheet.waitFor()
  const inside = () => sheet.evaluate((sheet) => sheet.contains(document.activeElement))
  await page.waitFor(inside, Boolean, 'the focus in the sheet')
  for (const key of ['Tab', 'Tab', 'Shift+Tab']) {
    await page.raw.keyboard.press(key)
    assert.ok(await inside(), `the focus is in the sheet after ${key}`)
  }
  await page.raw.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await opener.focus()
  await page.raw.keyboard.press('Enter')
  await sheet.waitFor()
  await page.raw.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  const back = () => opener.evaluate((button) => button === document.activeElement)
  await page.waitFor(back, Boolean, 'the focus where it was')
})

test('keys typed in the terminal do nothing on the page', async (t) => {
  const page = await openSandbox(t)
  const all = await visible(page)
  const command = page.raw.locator('#command')
  await command.focus()
  await command.pressSequentially('wsad0ft?,.')
  await command.press('Home')
  await command.press('ArrowLeft')
  await command.press('End')
  assert.equal(await command.inputValue(), 'wsad0ft?,.')
  assert.deepEqual(await visible(page), all)
  assert.equal(await asOf(page), null)
  assert.ok(await page.raw.locator('canvas').isVisible())
  assert.equal(await page.raw.getByRole('dialog').count(), 0)
  await becomes(page, async () => (await inspected(page)).title, 'foo3 at revision 9')
  assert.equal((await terminal(page)).length, 9)
})

test('keys with Ctrl, Alt or Meta stay with the browser', async (t) => {
  const page = await openSandbox(t)
  const all = await visible(page)
  await press(page, 'Alt+ArrowUp', 'Control+ArrowLeft', 'Meta+d')
  assert.equal(await asOf(page), null)
  assert.deepEqual(await visible(page), all)
})

test('a rising playhead stays at the head, an empty store at 1', async (t) => {
  const page = await openSandbox(t)
  await press(page, 'ArrowRight')
  await becomes(page, asOf, 9)
  await press(page, 'Escape', 'Escape')
  await page.raw.getByRole('button', { name: 'Reset to an empty store' }).click()
  await page.waitForRows('#timeline-table', (rows) => rows.length === 1)
  await press(page, 'ArrowLeft', 'ArrowRight', 'w', 's', 'a', 'd', '0', 'f', '.', ',', 'Home', 'End', 'Escape')
  await page.waitForRows('#timeline-table', (rows) => rows.length === 1)
})
