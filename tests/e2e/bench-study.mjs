// What is in a large file, in the built page: `node bench-study.mjs FILE`, printed as one line of JSON.
//
// Times are milliseconds by the page's own clock. From the drop on: `first` figures, `opened` with
// its timeline and sums, `landing` with every page checked, `all` with what is searched behind the
// page. `search` is from a typed filter over all keys to its count, `valueSearch` over all values.
// `searchFrame` and `scrollFrame` are the longest frames of searching and of scrolling a table of
// all revisions. `engine` is the memory of the worker's program, which never shrinks. `kept` is how
// long keeping the index takes, `reopened` from the next drop of the same file to its timeline.

import { open, closeAll } from './harness.mjs'
import { OPENING } from './revscope.mjs'

const [file] = process.argv.slice(2)
const LONG = { timeout: 600_000 }
const after = []
const page = await open({ after: (end) => after.push(end) })
const raw = page.raw
const part = (name) => raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const settle = async () => {
  await page.waitForRows('#timeline-table', OPENING)
  await page.settled('#command')
}

/** Notes when what stands on the page is there for the first time, and the longest frame. */
const watch = () =>
  raw.evaluate(() => {
    const marks = (window.benchMarks = { frame: 0 })
    const text = (selector) => document.querySelector(selector)?.textContent ?? ''
    new MutationObserver(() => {
      const now = performance.now()
      if (text('#overview-title').includes('etcd')) marks.first ??= now
      if (!document.querySelector('nav[aria-label="Parts of the file"]')) return
      marks.opened ??= now
      if (text('.overview').includes('✓ every page checked')) marks.landing ??= now
      if (!document.querySelector('#stop')) marks.all ??= now
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    addEventListener('drop', () => (marks.drop = performance.now()), { capture: true })
    let last = performance.now()
    const frame = (now) => {
      marks.frame = Math.max(marks.frame, now - last)
      last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
const mark = (name) => raw.evaluate((name) => (window.benchMarks[name] = performance.now()), name)
const marks = () => raw.evaluate(() => window.benchMarks)
const since = (marks, name) => Math.round(marks[name] - marks.drop)

/** From a typed filter to its count; the longest frame meanwhile. */
async function search(filter) {
  return raw.evaluate(async (filter) => {
    const field = document.querySelector('#find')
    const count = () => document.querySelector('#found')?.textContent ?? ''
    const before = count()
    window.benchMarks.frame = 0
    const start = performance.now()
    field.value = filter
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    const busy = () => document.querySelector('.find .along') !== null
    while (count() === before || busy()) await new Promise((turn) => requestAnimationFrame(turn))
    return { ms: performance.now() - start, frame: window.benchMarks.frame, found: count() }
  }, filter)
}

await settle()
await watch()
await page.dropFile(file)
await raw.waitForFunction(() => window.benchMarks.all, null, LONG)
const opened = await marks()

await part('Find').click()
await raw.locator('#data-table tbody tr').nth(20).waitFor()
const keys = await search('key:00042')
await search('')
const values = await search('value:zzzzzzzz')
await search('')
const scrollFrame = await raw.evaluate(async () => {
  const list = document.querySelector('#data-table').closest('.scroll')
  window.benchMarks.frame = 0
  const frames = 240
  for (let at = 0; at < frames; at += 1) {
    // Slowly first, as by a wheel, then as by dragging the bar.
    list.scrollTop = at < frames / 2 ? list.scrollTop + 60 : (list.scrollHeight * (at - frames / 2)) / (frames / 2)
    await new Promise((turn) => requestAnimationFrame(turn))
  }
  return window.benchMarks.frame
})

await part('The file').click()
await mark('keep')
await raw.locator('#keep-index').click()
await raw.getByRole('list', { name: 'Indexes that are kept' }).getByText('this file').waitFor(LONG)
await mark('isKept')
const kept = await marks()
const engine = await memory()

await raw.reload()
await settle()
await watch()
await page.dropFile(file)
await raw.waitForFunction(() => window.benchMarks.opened, null, LONG)
const again = await marks()
await part('The file').click()
await raw.locator('#kept-use').waitFor(LONG)

const round = Math.round
console.log(
  JSON.stringify({
    first: since(opened, 'first'),
    opened: since(opened, 'opened'),
    landing: since(opened, 'landing'),
    all: since(opened, 'all'),
    search: round(keys.ms),
    searchFrame: round(keys.frame),
    valueSearch: round(values.ms),
    valueFrame: round(values.frame),
    scrollFrame: round(scrollFrame),
    engine,
    kept: round(kept.isKept - kept.keep),
    reopened: since(again, 'opened'),
  }),
)
console.error(keys.found, values.found)
for (const end of after) await end()
await closeAll()

/** Bytes of the worker's program: its own loader gives its exports when it is asked again. */
function memory() {
  return raw.workers()[0].evaluate(async () => {
    const { memory } = await wasm_bindgen()
    return memory.buffer.byteLength
  })
}
