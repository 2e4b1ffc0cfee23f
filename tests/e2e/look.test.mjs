// How the page looks and whom it keeps out: shots of each state for eyes, rules for the rest.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { open } from './harness.mjs'
import { makeDb } from './make-db.mjs'
import {
  IN_SAMPLE, OPENING, SAMPLE, data, openFileScreen, openSandbox, run, waitForBlobs,
} from './revscope.mjs'

let large
before(() => {
  large = makeDb({ records: 60_000 })
})
after(() => large.remove())

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
]

/** Each state of the page: how to come there. */
const STATES = {
  sandbox: (t, options) => openSandbox(t, options),
  'sandbox-compacted': async (t, options) => {
    const page = await openSandbox(t, options)
    await run(page, 'etcdctl compact 8')
    await waitForBlobs(page, 'create', 5)
    return page
  },
  'sandbox-table': async (t, options) => {
    const page = await openSandbox(t, options)
    await page.raw.getByRole('button', { name: 'Show as a table' }).click()
    return page
  },
  'sandbox-empty': async (t, options) => {
    const page = await openSandbox(t, options)
    await page.raw.getByRole('button', { name: 'Reset to an empty store' }).click()
    await page.waitForRows('#timeline-table', (rows) => rows.length === 1)
    return page
  },
  keys: async (t, options) => {
    const page = await openSandbox(t, options)
    await page.raw.getByRole('button', { name: 'Keys' }).click()
    return page
  },
  'file-none': (t, options) => openFileScreen(t, options),
  file: async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(SAMPLE)
    await page.waitForRows('#timeline-table', IN_SAMPLE)
    return page
  },
  'file-many': async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(data('workload/w351/final.db'), { name: 'workload-final.db' })
    await page.waitForText('#overview-title', 'no problem found')
    await page.waitForRows('#timeline-table', (rows) => rows.length > 2)
    return page
  },
  'file-damaged': async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(data('snapshots/leaf-flags-zero.db'), { name: 'damaged.db' })
    await page.waitForText('#overview-title', '3 problems')
    await page.waitForRows('#timeline-table', (rows) => rows.length > 2)
    return page
  },
  refused: async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(Buffer.from('put foo bar\n'), { name: 'notes.txt' })
    await page.raw.getByRole('alert').waitFor()
    return page
  },
  'refused-over-file': async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(SAMPLE)
    await page.waitForRows('#timeline-table', IN_SAMPLE)
    await page.dropFile(Buffer.from('put foo bar\n'), { name: 'notes.txt' })
    await page.raw.getByRole('alert').waitFor()
    return page
  },
  loading: async (t, options) => {
    const page = await openSandbox(t, options)
    await page.dropFile(large.path)
    const bar = page.raw.getByRole('progressbar')
    const percent = async () => Number(await bar.getAttribute('aria-valuenow'))
    await page.waitFor(percent, (percent) => percent > 0, 'progress')
    return page
  },
}

/** States with little of their own are looked at in one size. */
const IN_ALL_SIZES = ['sandbox', 'sandbox-compacted', 'file-none', 'file', 'file-many', 'refused', 'loading']

for (const [name, reach] of Object.entries(STATES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${name}, ${colorScheme}: accessible, and nothing is wider than the page`, async (t) => {
      const page = await reach(t, { colorScheme, viewport: SIZES[0], reducedMotion: 'reduce' })
      const sizes = IN_ALL_SIZES.includes(name) ? SIZES : SIZES.slice(0, 1)
      for (const size of [...sizes.slice(1), sizes[0]]) {
        await page.raw.setViewportSize(size)
        await drawn(page)
        await page.shot(`${name}-${size.width}-${colorScheme}`)
        assert.deepEqual(await tooWide(page), [], `at ${size.width} px`)
      }
      if (name === 'loading') {
        // Rules are checked while it is loading: the sheet is quick, the file is not.
        assert.equal(await page.raw.getByRole('progressbar').count(), 1, 'still loading')
      }
      await page.assertAccessible()
    })
  }
}

test('nothing is wider than a phone of 360 px', async (t) => {
  for (const name of ['sandbox-compacted', 'file-many', 'file-damaged', 'refused', 'keys']) {
    const page = await STATES[name](t, { viewport: { width: 1280, height: 800 } })
    await page.raw.setViewportSize({ width: 360, height: 740 })
    await drawn(page)
    await page.shot(`${name}-360-light`)
    assert.deepEqual(await tooWide(page), [], name)
  }
})

test('the page has its shape before the program has come', async (t) => {
  const page = await open(t, { hold: '**/*.wasm*' })
  await page.raw.getByText('Revscope', { exact: true }).waitFor()
  for (const title of ['Timeline', 'Store', 'Terminal', 'Inspector']) {
    const card = page.raw.locator('section').filter({ has: page.raw.getByRole('heading', { name: title }) })
    const { width, height } = await card.boundingBox()
    assert.ok(width > 200 && height > 100, `${title} is ${width} × ${height}`)
  }
  await page.shot('shell-1280-light')
  const cards = await boxes(page)
  await page.release()
  await page.waitForRows('#timeline-table', OPENING)
  assert.deepEqual(await boxes(page), cards, 'the cards stay where they were')
})

test('with less motion nothing is animated', async (t) => {
  const page = await openSandbox(t, { reducedMotion: 'reduce' })
  await countFrames(page)
  await run(page, 'etcdctl put foo1 x')
  await page.waitForRows('#timeline-table', (rows) => rows.length === OPENING.length + 1)
  await run(page, 'etcdctl compact 8')
  await page.waitForText('#compacted', '8')
  assert.deepEqual(await page.raw.evaluate(() => document.getAnimations().length), 0)
  // The page draws changes of its own accord in a frame; what it may not do is ask on and on.
  assert.equal(await framesAtRest(page), 0)
})

test('a motion ends: no frame is asked for at rest', async (t) => {
  const page = await openSandbox(t, { reducedMotion: 'no-preference' })
  await countFrames(page)
  await run(page, 'etcdctl compact 8')
  await waitForBlobs(page, 'create', 5)
  const frames = await page.raw.evaluate(() => globalThis.framesAsked)
  assert.ok(frames > 3, `${frames} frames of motion`)
  await page.atRest()
  // Those that the player sets by hand stand at their last picture.
  const parts = () =>
    page.raw.evaluate(() => document.getAnimations().map((a) => a.effect.getComputedTiming().progress ?? 1))
  assert.deepEqual([...new Set(await parts())], [1])
  await page.waitFor(() => framesAtRest(page), (frames) => frames === 0, 'no more frames')
})

test('the choice of light or dark is kept', async (t) => {
  const page = await openSandbox(t, { colorScheme: 'light' })
  const ground = () => page.raw.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  await page.raw.getByRole('button', { name: 'Switch to dark' }).click()
  await page.waitFor(ground, (now) => now !== light, 'a dark page')
  const dark = await ground()
  // The picture is painted in the dark's colours: a mark in that green is found.
  await waitForBlobs(page, 'create', 6)
  await page.raw.reload()
  await page.waitForRows('#timeline-table', OPENING)
  assert.equal(await ground(), dark)
  await page.raw.getByRole('button', { name: 'Switch to light' }).click()
  await page.waitFor(ground, (now) => now === light, 'a light page')
})

/** Waits until the picture fills its frame, drawn in its size. */
async function drawn(page) {
  const fits = () =>
    page.raw.evaluate(() => {
      const canvas = document.querySelector('canvas')
      if (!canvas?.offsetParent) return true
      return Math.abs(canvas.clientWidth - canvas.parentElement.clientWidth) <= 1
    })
  await page.waitFor(fits, Boolean, 'the picture in its size')
}

/** What reaches beyond the page's width, unless its own box scrolls or clips it. */
function tooWide(page) {
  return page.raw.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > width + 1,
    )
    return wide.map((element) => `${element.tagName}.${element.className}`).slice(0, 5)
  })
}

/** Where the cards are. */
function boxes(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll('main section')].map((card) => {
      const { x, y, width, height } = card.getBoundingClientRect()
      return [x, y, width, height].map(Math.round)
    }),
  )
}

/** Counts what the page asks for from here on; the tests' own frames do not count. */
function countFrames(page) {
  return page.raw.evaluate(() => {
    globalThis.framesAsked = 0
    const plain = globalThis.requestAnimationFrame.bind(globalThis)
    globalThis.plainFrame = plain
    globalThis.requestAnimationFrame = (callback) => {
      if (new Error().stack.includes('wasm')) globalThis.framesAsked += 1
      return plain(callback)
    }
  })
}

/** How many frames the page asks for while ten go by. */
function framesAtRest(page) {
  return page.raw.evaluate(async () => {
    const before = globalThis.framesAsked
    for (let frame = 0; frame < 10; frame++) await new Promise((next) => globalThis.plainFrame(next))
    return globalThis.framesAsked - before
  })
}
