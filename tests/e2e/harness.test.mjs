// The harness itself: what it promises to notice is noticed, what it drops arrives.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from './harness.mjs'

/** The built page forbids much of what is provoked here. */
const bare = { folder: fileURLToPath(new URL('./bare', import.meta.url)) }

/** Script run in the page, and what of it must be reported. */
const PROVOKED = [
  ["console.warn('careful')", /console warning: careful/],
  ["void Promise.reject(new Error('nobody caught it'))", /uncaught: Error: nobody caught it/],
  ["setTimeout(() => { throw new Error('thrown') })", /uncaught: Error: thrown/],
  ["new Image().src = './none.png'", /status 404: .*none\.png \(seen by the server\)/],
  ["new Image().src = 'http://elsewhere.example/x.png'", /another origin: .*elsewhere/],
  ["new Worker('./none.js')", /worker error: its script did not load/],
  ["worker('throw new Error(7)')", /worker error: .*Error: 7/],
  ["worker('fetch(\"http://elsewhere.example/w\").catch(() => 0)')", /another origin: .*\/w$/],
]

test('every kind of problem is noticed', async (t) => {
  // What trails behind a provoked problem must not fail the test after it was seen.
  const page = await open(t, { ...bare, allow: [/Failed to load resource|ERR_|status 404.*none\.js|uncaught: Error: 7/] })
  await page.settled()
  await page.raw.evaluate(() => {
    globalThis.worker = (code) => new Worker(URL.createObjectURL(new Blob([code])))
  })
  for (const [script, pattern] of PROVOKED) {
    page.assertQuiet()
    await page.raw.evaluate((script) => void (0, eval)(script), script)
    await page.expectProblem(pattern)
  }
})

test('a request after the page has settled is noticed', async (t) => {
  const page = await open(t, bare)
  await page.settled()
  page.assertNoNetwork()
  await page.raw.evaluate(() => fetch('./index.html').then((response) => response.text()))
  const named = (error) => error.actual.some((line) => line.includes('index.html'))
  assert.throws(() => page.assertNoNetwork(), named)
})

test('a dropped file arrives with its name and bytes, from memory and from disk', async (t) => {
  const page = await open(t, bare)
  await page.settled()
  await page.raw.evaluate(() => {
    globalThis.dropped = []
    addEventListener('drop', (event) => {
      const file = event.dataTransfer.files[0]
      file.text().then((text) => dropped.push([file.name, text.slice(0, 4)]))
    })
  })
  const dropped = () => page.raw.evaluate(() => dropped)
  await page.dropFile(new TextEncoder().encode('abcdef'), { name: 'member.db' })
  await page.waitFor(dropped, (files) => files.length === 1, 'the first file')
  await page.dropFile('package.json')
  const files = await page.waitFor(dropped, (files) => files.length === 2, 'the second file')
  assert.deepEqual(files, [['member.db', 'abcd'], ['package.json', '{\n  ']])
})

test('accessibility is judged at rest, and a lasting fault is still seen', async (t) => {
  const page = await open(t, bare)
  await page.settled()
  await page.raw.evaluate(() => {
    document.body.innerHTML = '<main><h1>Fading in</h1><p>Some text</p></main>'
    document.querySelector('p').animate({ opacity: [0.1, 0.1, 1] }, 600)
  })
  await page.assertAccessible()
  await page.raw.evaluate(() => {
    document.querySelector('p').style.opacity = 0.1
  })
  const named = (error) => error.actual.some((line) => line.startsWith('color-contrast'))
  await assert.rejects(() => page.assertAccessible(), named)
})
