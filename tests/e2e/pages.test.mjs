// The pages of the simulated member's file, and playing what the last command did.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, bucket, button, openSandbox, run } from './revscope.mjs'

/** Opens the page with its pages shown. */
async function openPages(t, options) {
  const page = await openSandbox(t, { reducedMotion: 'no-preference', ...options })
  await button(page, 'Pages').click()
  await page.waitFor(() => tiles(page), (found) => found.length > 4, 'pages')
  return page
}

/** Tiles as `NUMBER KIND BUCKET`, starred when the last commit wrote them. */
function tiles(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll('#tiles [role=option]')].map((tile) => {
      const words = [...tile.querySelectorAll('b, small')].map((part) => part.textContent)
      const mark = tile.classList.contains('written') ? '*' : ''
      return words.filter(Boolean).join(' ') + mark
    }),
  )
}

/** Runs a line that is too long to be typed key by key. */
async function runLong(page, line) {
  await page.raw.locator('#command').fill(line)
  await page.raw.locator('#command').press('Enter')
  await page.waitFor(() => headline(page), (text) => text.startsWith('Commit '), 'a commit')
  await becomes(page, async () => (await bucket(page)).at(-1).startsWith('17.0 big'), true)
  await ended(page)
}

/** What the last commit did, in one sentence. */
function headline(page) {
  return page.raw.locator('.headline').textContent()
}

/** How far the animation is, 0 to 1. */
function at(page) {
  return page.raw.evaluate(() =>
    Number(document.querySelector('main').style.getPropertyValue('--op')),
  )
}

function ended(page) {
  return page.waitFor(() => at(page), (op) => op === 1, 'the end of the animation')
}

/** Whether the newest row of the bucket can be seen. */
function newest(page) {
  return page.raw.evaluate(() => {
    const row = [...document.querySelectorAll('#bucket-table tbody tr')].at(-1)
    return Number(getComputedStyle(row).opacity)
  })
}

test('a put copies pages, and the metas take turns', async (t) => {
  const page = await openPages(t)
  const before = await tiles(page)
  await run(page, 'etcdctl put foo2 x')
  const first = await page.waitFor(() => headline(page), (text) => text.startsWith('Commit'), 'a commit')
  const [, txid, meta] = /^Commit (\d+) wrote .*; freed .*; meta ([01]); the file stays/.exec(first)
  assert.equal(Number(txid) % 2, Number(meta))
  await ended(page)
  const after = await tiles(page)
  assert.equal(after.length, before.length)
  assert.notDeepEqual(after, before)
  assert.ok(after.some((tile) => tile.includes('leaf') && tile.endsWith('*')), after.join())
  assert.ok(after.some((tile) => tile.includes('freed')), after.join())
  const steps = await page.raw.locator('.page-steps li').allTextContents()
  assert.match(steps.join(' '), /is copied to page \d+, a free page/)
  await run(page, 'etcdctl put foo2 y')
  await page.waitFor(() => headline(page), (text) => text.startsWith(`Commit ${Number(txid) + 1} `), 'the next commit')
  await button(page, 'Undo the last command').click()
  await becomes(page, headline, first)
  await becomes(page, tiles, after)
  await page.assertAccessible()
  page.assertNoNetwork()
})

test('a selected row shows the page that holds it', async (t) => {
  const page = await openPages(t, { viewport: { width: 1920, height: 1080 } })
  await runLong(page, `for i in 1 2 3 4 5 6 7 8; do etcdctl put big$i ${'x'.repeat(900)}; done`)
  const place = () => page.raw.locator('.paper .note').textContent()
  await page.raw.locator('#bucket-table tbody tr').first().click()
  const said = await page.waitFor(place, (text) => text.includes('2.0 lies on page'), 'the page of 2.0')
  const [, leaf] = /2\.0 lies on page (\d+), reached from the root of bucket key through/.exec(said)
  const chosen = page.raw.locator('#tiles [aria-selected=true]')
  assert.match(await chosen.getAttribute('title'), new RegExp(`^page ${leaf}, leaf of key`))
  // By keyboard to the page before it.
  await page.raw.locator('#tiles').focus()
  await page.raw.keyboard.press('ArrowLeft')
  await becomes(page, () => chosen.getAttribute('id'), `tile-${Number(leaf) - 1}`)
  await page.assertAccessible()
})

test('compaction frees pages, defrag makes the file shorter', async (t) => {
  const page = await openPages(t)
  await runLong(page, `for i in 1 2 3 4 5 6 7 8; do etcdctl put big ${'x'.repeat(3000)}; done`)
  const long = (await tiles(page)).length
  await run(page, 'etcdctl compact 17')
  const text = await page.waitFor(() => headline(page), (text) => text.startsWith('Commits'), 'the compaction')
  assert.match(text, /the file stays at \d+ KiB: a compaction gives nothing back/)
  await ended(page)
  const swept = await tiles(page)
  assert.equal(swept.length, long)
  assert.ok(swept.filter((tile) => / fre+d?$/.test(tile)).length > 3, swept.join())
  await run(page, 'etcdctl defrag')
  const [, old, now] = /: (\d+) pages became (\d+),/.exec(
    await page.waitFor(() => headline(page), (text) => text.startsWith('Defrag'), 'the defrag'),
  )
  assert.equal(Number(old), long)
  assert.ok(Number(now) < long)
  await ended(page)
  await page.assertAccessible('.store')
})

test('an animation pauses, steps, and begins again', async (t) => {
  const page = await openPages(t, { viewport: { width: 1920, height: 1080 } })
  await page.raw.getByLabel('Speed').selectOption('0.25')
  await run(page, 'etcdctl put foo2 x')
  await button(page, 'Pause').click()
  const paused = await at(page)
  assert.ok(paused < 1, `${paused}`)
  assert.ok((await bucket(page)).at(-1).startsWith('10.0 foo2 x'), 'the row is there all the while')
  await button(page, 'Replay').click()
  await button(page, 'Pause').click()
  while ((await at(page)) > 0) {
    await button(page, 'Step back').click()
    await page.settled()
  }
  await becomes(page, () => newest(page), 0)
  const told = () => page.raw.locator('.beat').textContent()
  const seen = []
  for (let step = 0; (await at(page)) < 1 && step < 40; step++) {
    const from = await at(page)
    await button(page, 'Step').click()
    await page.waitFor(() => at(page), (op) => op > from, 'a step')
    seen.push((await told()).split(':')[0])
  }
  const order = [...new Set(seen)]
  assert.deepEqual(order.slice(0, 5), ['terminal', 'bucket', 'index', 'timeline', 'pages'])
  await becomes(page, () => newest(page), 1)
  // Space plays where nothing else wants it; the next command takes over at once.
  await page.raw.evaluate(() => document.activeElement.blur())
  await page.raw.keyboard.press('Space')
  await page.waitFor(() => at(page), (op) => op < 1, 'the start')
  await page.raw.getByLabel('Speed').selectOption('4')
  await run(page, 'etcdctl del foo2')
  await ended(page)
  await becomes(page, async () => (await bucket(page)).at(-1), '11.0 t foo2')
})

test('less motion cuts, and can be stepped through', async (t) => {
  const page = await openPages(t, { reducedMotion: 'reduce' })
  await run(page, 'etcdctl compact 8')
  assert.equal(await at(page), 1)
  await button(page, 'Replay').click()
  assert.equal(await at(page), 1)
  await button(page, 'Step back').click()
  await page.waitFor(() => at(page), (op) => op < 1, 'a step back')
})

test('pages on a small screen, in the dark', async (t) => {
  const page = await openPages(t, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  await run(page, 'etcdctl put foo2 x')
  await ended(page)
  await page.assertAccessible()
  const fits = await page.raw.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
  assert.ok(fits, 'nothing is wider than the screen')
})
