// What the tests know of the page beyond roles and names, in one place.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { open } from './harness.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** The sample as a path that `dropFile` takes. */
export const SAMPLE = '../../static/samples/talk-before-compact.db'
export const SAMPLE_NAME = 'talk-before-compact.db'

const HEAD = ['key', 'revision', 'change', 'version']

/** The table twin of the scene that a visitor finds. */
export const OPENING = [
  HEAD,
  ['foo1', '2.0', 'create', '1'],
  ['foo1', '7.0', 'tombstone', ''],
  ['foo1', '8.0', 'create', '1'],
  ['foo2', '3.0', 'create', '1'],
  ['foo3', '4.0', 'create', '1'],
  ['foo3', '9.0', 'modify', '2'],
  ['foo4', '5.0', 'create', '1'],
  ['foo5', '6.0', 'create', '1'],
]

/** The table twin of the sample file: the same session without its last put. */
export const IN_SAMPLE = OPENING.filter(([, revision]) => revision !== '9.0')

/** The table twin of an empty store. */
export const EMPTY = [HEAD]

/** Bytes of a file of tests/data, unpacked. */
export function data(name) {
  return gunzipSync(readFileSync(path.join(ROOT, 'tests/data', `${name}.gz`)))
}

/** Bytes of the sample. */
export function sampleBytes() {
  return readFileSync(path.join(ROOT, 'static/samples', SAMPLE_NAME))
}

/** Opens the page and waits for the opening scene. */
export async function openSandbox(t, options) {
  const page = await open(t, options)
  await page.waitForRows('#timeline-table', OPENING)
  await page.settled('#command')
  return page
}

/** Opens the page on its file screen. */
export async function openFileScreen(t, options) {
  const page = await openSandbox(t, options)
  await button(page, 'Open a file').click()
  await page.raw.getByText('Drop a file anywhere').waitFor()
  return page
}

/** A button by its accessible name. */
export function button(page, name) {
  return page.raw.getByRole('button', { name, exact: true })
}

/** What the terminal shows: the lines that ran and what each printed. */
export function terminal(page) {
  return page.raw.evaluate(() => {
    const text = (entry, selector) => entry.querySelector(selector)?.textContent ?? ''
    return [...document.querySelectorAll('[role=log] .entry')].map((entry) => ({
      line: text(entry, '.typed').replace(/^# /, ''),
      stdout: text(entry, ':scope > pre:not(.stderr)'),
      stderr: text(entry, ':scope > pre.stderr'),
      watched: text(entry, '.watched pre'),
    }))
  })
}

/** Types a line, waits until it has run, and gives what it printed. */
export async function run(page, line) {
  const before = (await terminal(page)).length
  await page.run(line)
  const fits = (entries) => entries.length > before
  const entries = await page.waitFor(() => terminal(page), fits, `the end of "${line}"`)
  assert.equal(entries.at(-1).line, line)
  return entries.at(-1)
}

/** Rows of the bucket as `REVISION KEY VALUE CREATE MOD VERSION`, marked when compacted. */
export function bucket(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll('#bucket-table tbody tr')].map((row) => {
      const told = [...row.cells].filter((cell) => !cell.classList.contains('why'))
      const cells = told.map((cell) => cell.textContent.trim()).filter(Boolean)
      const isGone =
        row.classList.contains('gone') &&
        getComputedStyle(row).textDecorationLine.includes('line-through')
      return (isGone ? 'gone: ' : '') + cells.join(' ')
    }),
  )
}

/** Why the compaction kept each row of the bucket, or took it. */
export function fates(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll('#bucket-table tbody tr')].map((row) => {
      const why = row.querySelector('.why')
      return `${row.cells[0].textContent.trim()} ${why ? why.textContent : ''}`.trim()
    }),
  )
}

/** Keys of the index as `KEY: generation | generation`, each a list of its revisions. */
export function index(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll('[role=region][aria-label="Key index"] li')].map((key) => {
      const name = key.querySelector('.mono').textContent
      const generations = [...key.querySelectorAll('.generation')].map((generation) => {
        const names = [...generation.querySelectorAll('button')].map((chip) => chip.ariaLabel)
        return names.join(', ') || generation.textContent.trim()
      })
      return `${name}: ${generations.join(' | ')}`
    }),
  )
}

/** Waits until `read(page)` gives exactly `wanted`; the difference is shown when it never does. */
export async function becomes(page, read, wanted) {
  const fits = (found) => JSON.stringify(found) === JSON.stringify(wanted)
  try {
    await page.waitFor(() => read(page), fits, 'what was expected')
  } catch {
    assert.deepEqual(await read(page), wanted)
  }
}

/** What the line at the bottom tells of the store. */
export async function facts(page) {
  const spans = await page.raw.locator('footer span').allTextContents()
  return spans.join(', ')
}

/** The caption of the table twin: the visible revisions. */
export function caption(page) {
  return page.raw.locator('#timeline-table caption').textContent()
}

/** Visible revisions as numbers. */
export async function visible(page) {
  const numbers = /revisions ([\d,]+) to ([\d,]+), head ([\d,]+)/.exec(await caption(page))
  const [from, to, head] = numbers.slice(1).map((text) => Number(text.replaceAll(',', '')))
  return { from, to, head }
}

/** What the line below the timeline says while the playhead is set; none otherwise. */
export async function asOf(page) {
  const line = page.raw.getByRole('status').filter({ hasText: 'The store as of revision' })
  if ((await line.count()) === 0) return null
  return Number(/revision ([\d,]+)/.exec(await line.textContent())[1].replaceAll(',', ''))
}

/** Title and fields of the inspector, or what it says while nothing is selected. */
export async function inspected(page) {
  return page.raw.evaluate(() => {
    const card = document.querySelector('#inspector-title').closest('section')
    const out = { title: card.querySelector('h2').textContent }
    for (const name of card.querySelectorAll('dt')) {
      out[name.textContent] = name.nextElementSibling.textContent
    }
    const value = card.querySelector('.value > pre')
    if (value) out.value = value.textContent
    const parts = [...card.querySelectorAll('[aria-label="Bucket key"] code')]
    if (parts.length > 0) out.bytes = parts.map((part) => part.textContent).join(' ')
    return out
  })
}

/** The colours of the picture as the style sheet has them. */
export async function colour(page, name) {
  return page.raw.evaluate((name) => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
  }, name)
}

/**
 * Connected areas of one colour on the canvas, left to right, as `{ x, y, width, height }` of their
 * middle and size in CSS pixels from the canvas's corner. Smaller ones than `least` are left out.
 */
export async function blobs(page, name, least = 8) {
  const rgb = await colour(page, name)
  return page.raw.evaluate(
    ([rgb, least]) => {
      const canvas = document.querySelector('canvas')
      const { width, height } = canvas
      // Read from a copy: reading slows the page's own canvas down, and Chromium says so.
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
      copy.drawImage(canvas, 0, 0)
      const { data } = copy.getImageData(0, 0, width, height)
      const scale = width / canvas.getBoundingClientRect().width
      const fits = (at) => rgb.every((part, i) => Math.abs(data[4 * at + i] - part) <= 2)
      const seen = new Uint8Array(width * height)
      const found = []
      for (let start = 0; start < seen.length; start++) {
        if (seen[start] || !fits(start)) continue
        const stack = [start]
        seen[start] = 1
        let [x0, x1, y0, y1] = [Infinity, 0, Infinity, 0]
        while (stack.length > 0) {
          const at = stack.pop()
          const [x, y] = [at % width, Math.floor(at / width)]
          ;[x0, x1] = [Math.min(x0, x), Math.max(x1, x)]
          ;[y0, y1] = [Math.min(y0, y), Math.max(y1, y)]
          for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]]) {
            const [u, v] = [x + dx, y + dy]
            const next = v * width + u
            if (u < 0 || v < 0 || u >= width || v >= height || seen[next] || !fits(next)) continue
            seen[next] = 1
            stack.push(next)
          }
        }
        const area = { width: (x1 - x0 + 1) / scale, height: (y1 - y0 + 1) / scale }
        if (Math.min(area.width, area.height) < least) continue
        found.push({ x: (x0 + x1) / 2 / scale, y: (y0 + y1) / 2 / scale, ...area })
      }
      return found.sort((a, b) => a.x - b.x)
    },
    [rgb, least],
  )
}

/** Waits until the picture shows so many marks of a colour, its motion over; gives them. */
export function waitForBlobs(page, name, count) {
  const fits = (found) => found.length === count
  return page.waitFor(() => blobs(page, name), fits, `${count} marks of colour ${name}`)
}

/** Pastes text into the command line. */
export async function paste(page, text) {
  await page.raw.locator('#command').evaluate((input, text) => {
    input.focus()
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    input.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    )
  }, text)
}
