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
await page.raw.waitForFunction(() => !document.querySelector('progress'), null, { timeout: 300_000 })
const canvas = page.raw.locator('canvas')
await canvas.waitFor()
const box = await canvas.boundingBox()
const cdp = await page.raw.context().newCDPSession(page.raw)
// The processor's time, so that other programs on the machine don't count.
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval',{interval:500}); await cdp.send('Profiler.start')
const busy = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000
}

await page.raw.evaluate(() => {
  const frames = (window.benchFrames = [])
  let last = performance.now()
  const frame = (now) => {
    frames.push(now - last)
    last = now
    window.benchOn && requestAnimationFrame(frame)
  }
  window.benchOn = true
  requestAnimationFrame(frame)
})
const before = await busy()
const { mouse, keyboard } = page.raw
const frame = () => page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(done)))
const at = (x, y) => [box.x + box.width * x, box.y + box.height * y]

await mouse.move(...at(0.6, 0.5))
await keyboard.down('Control')
for (let step = 0; step < 40; step++) {
  await mouse.wheel(0, -90)
  await frame()
}
await keyboard.up('Control')
await mouse.down()
for (let step = 0; step < 60; step++) {
  await mouse.move(...at(0.6 + 0.3 * Math.sin(step / 6), 0.5))
  await frame()
}
await mouse.up()
await keyboard.down('Control')
for (let step = 0; step < 40; step++) {
  await mouse.wheel(0, 70)
  await frame()
}
await keyboard.up('Control')
await mouse.move(...at(0.5, 0.03))
await mouse.down()
for (let step = 0; step < 40; step++) {
  await mouse.move(...at(0.5 + step / 120, 0.03))
  await frame()
}
await mouse.up()
await canvas.focus()
for (const key of ['0', 'w', 'w', 'w', 'd', 'd', 'a', 's', 's']) {
  await keyboard.press(key)
  for (let step = 0; step < 6; step++) await frame()
}

const { profile } = await cdp.send('Profiler.stop'); (await import('node:fs')).writeFileSync('/tmp/prof.json', JSON.stringify(profile))
const after_ = await busy()
const frames = await page.raw.evaluate(() => {
  window.benchOn = false
  return window.benchFrames.slice(2)
})
frames.sort((a, b) => a - b)
const round = (ms) => Math.round(ms * 10) / 10
console.log(
  JSON.stringify({
    frames: frames.length,
    median: round(frames[Math.floor(frames.length / 2)]),
    p95: round(frames[Math.floor(frames.length * 0.95)]),
    longest: round(frames.at(-1)),
    over50: frames.filter((ms) => ms > 50).length,
    work: round((after_ - before) / frames.length),
  }),
)
for (const end of after) await end()
await closeAll()
