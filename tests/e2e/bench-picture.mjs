// A gesture on the timeline of a large file in the built page: `node bench-picture.mjs FILE`,
// printed as one line of JSON.
//
// The gesture is a recorded one, always the same: zoom in at a point, drag to and fro, turn the
// wheel back, take the lens along the minimap, walk by keys. A frame is the time from one
// animation frame to the next, as the page's own clock tells it; without a GPU a picture that is
// ready in time still waits for the next one, 16.7 ms after the last. `work` is the processor's
// time that the page's thread took, per frame, as the browser counts it.

import { open, closeAll } from './harness.mjs'
import { OPENING } from './revscope.mjs'

const [file] = process.argv.slice(2)
const after = []
const page = await open({ after: (end) => after.push(end) })
await page.waitForRows('#timeline-table', OPENING)
await page.dropFile(file)
await page.raw.waitForFunction(
  () => document.querySelector('#overview-title')?.textContent.includes('etcd'),
  null,
  { timeout: 300_000 },
)
// What follows opening is over: the gesture is alone.
await page.raw.waitForFunction(
  () => !document.querySelector('#overview-title').textContent.includes('being checked'),
  null,
  { timeout: 300_000 },
)
const canvas = page.raw.locator('canvas')
await canvas.waitFor()
const box = await canvas.boundingBox()
const cdp = await page.raw.context().newCDPSession(page.raw)
// The processor's time, so that other programs on the machine don't count.
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
const busy = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000
}

// The tables of the new file are drawn after it is open: thirty frames in time, and it is quiet.
await page.raw.evaluate(
  () =>
    new Promise((done) => {
      let [last, quiet] = [performance.now(), 0]
      const frame = (now) => {
        quiet = now - last < 20 ? quiet + 1 : 0
        last = now
        quiet < 30 ? requestAnimationFrame(frame) : done()
      }
      requestAnimationFrame(frame)
    }),
)
await page.raw.evaluate(() => {
  const frames = (window.benchFrames = [])
  let last = performance.now()
  const frame = (now) => {
    frames.push([now - last, window.benchPart])
    last = now
    window.benchOn && requestAnimationFrame(frame)
  }
  window.benchOn = true
  requestAnimationFrame(frame)
})
/** Names what follows, for the frames that take long. */
const part = (name) => page.raw.evaluate((name) => void (window.benchPart = name), name)
const before = await busy()
const { mouse, keyboard } = page.raw
const frame = () => page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(done)))
const at = (x, y) => [box.x + box.width * x, box.y + box.height * y]

await part('zoom in')
await mouse.move(...at(0.6, 0.5))
await keyboard.down('Control')
for (let step = 0; step < 40; step++) {
  await mouse.wheel(0, -90)
  await frame()
}
await keyboard.up('Control')
await part('drag')
await mouse.down()
for (let step = 0; step < 60; step++) {
  await mouse.move(...at(0.6 + 0.3 * Math.sin(step / 6), 0.5))
  await frame()
}
await mouse.up()
await part('zoom out')
await keyboard.down('Control')
for (let step = 0; step < 40; step++) {
  await mouse.wheel(0, 70)
  await frame()
}
await keyboard.up('Control')
await part('minimap')
await mouse.move(...at(0.5, 0.03))
await mouse.down()
for (let step = 0; step < 40; step++) {
  await mouse.move(...at(0.5 + step / 120, 0.03))
  await frame()
}
await mouse.up()
await canvas.focus()
for (const key of ['0', 'w', 'w', 'w', 'd', 'd', 'a', 's', 's']) {
  await part(`key ${key}`)
  await keyboard.press(key)
  for (let step = 0; step < 6; step++) await frame()
}

const after_ = await busy()
const seen = await page.raw.evaluate(() => {
  window.benchOn = false
  return window.benchFrames.slice(2)
})
const frames = seen.map(([ms]) => ms)
frames.sort((a, b) => a - b)
const round = (ms) => Math.round(ms * 10) / 10
console.log(
  JSON.stringify({
    frames: frames.length,
    median: round(frames[Math.floor(frames.length / 2)]),
    p95: round(frames[Math.floor(frames.length * 0.95)]),
    longest: round(frames.at(-1)),
    over50: seen.filter(([ms]) => ms > 50).map(([ms, part]) => `${part}: ${round(ms)}`),
    work: round((after_ - before) / frames.length),
  }),
)
for (const end of after) await end()
await closeAll()
