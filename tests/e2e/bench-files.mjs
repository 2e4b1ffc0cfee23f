// Opening a large file in the built page: `node bench-files.mjs FILE`, printed as one line of JSON.
//
// Times are from the drop on, by the page's own clock: until the first progress is told, and until
// the timeline is there. `engine` is the memory of the worker's program, which never shrinks, so
// that it is the peak too; `process` is what the whole process took more than before, the browser's
// own buffers and garbage included, as the system counts it (Linux; 0 elsewhere).

import { readFileSync, readdirSync } from 'node:fs'
import { open, closeAll } from './harness.mjs'
import { OPENING } from './revscope.mjs'

const [file] = process.argv.slice(2)
const after = []
const page = await open({ after: (end) => after.push(end) })
await page.waitForRows('#timeline-table', OPENING)
await page.settled('#command')

const before = rendererMemory()
let peak = before
const sampler = setInterval(() => (peak = Math.max(peak, rendererMemory())), 20)

await page.raw.evaluate(() => {
  const marks = (window.benchMarks = { longest: 0 })
  new MutationObserver(() => {
    marks.first ??= document.querySelector('progress, [role=progressbar]') ? performance.now() : undefined
    // The first figures come while the rows are read, the parts of the file afterwards.
    if (document.querySelector('nav[aria-label="Parts of the file"]')) marks.ready ??= performance.now()
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
  addEventListener('drop', () => (marks.drop = performance.now()), { capture: true })
  let last = performance.now()
  const frame = (now) => {
    if (marks.drop && !marks.ready) marks.longest = Math.max(marks.longest, now - last)
    last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
})
await page.dropFile(file)
await page.raw.waitForFunction(() => window.benchMarks.ready, null, { timeout: 300_000 })
const marks = await page.raw.evaluate(() => window.benchMarks)
clearInterval(sampler)
// The worker's own loader gives its exports when it is asked again.
const engine = await page.raw.workers()[0].evaluate(async () => {
  const { memory } = await wasm_bindgen()
  return memory.buffer.byteLength
})
const round = (ms) => Math.round(ms)
console.log(
  JSON.stringify({
    first: marks.first ? round(marks.first - marks.drop) : null,
    ready: round(marks.ready - marks.drop),
    longestFrame: round(marks.longest),
    engine,
    process: peak - before,
  }),
)
for (const end of after) await end()
await closeAll()

/** Bytes resident in all renderer processes below this one. */
function rendererMemory() {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    const processes = pids.flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return [{ pid: Number(pid), parent: field('PPid'), anon: field('RssAnon') * 1024, command }]
      } catch {
        return []
      }
    })
    const mine = new Set([process.pid])
    for (let grown = true; grown; ) {
      grown = false
      for (const { pid, parent } of processes) {
        if (mine.has(parent) && !mine.has(pid)) grown = Boolean(mine.add(pid))
      }
    }
    return processes
      .filter(({ pid, command }) => mine.has(pid) && command.includes('--type=renderer'))
      .reduce((sum, { anon }) => sum + anon, 0)
  } catch {
    return 0
  }
}
