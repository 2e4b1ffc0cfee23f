// Lessons in the browser: played by typing, on stage by a clicker's keys, in a frame, by links in a
// fresh browser, and written.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { open } from './harness.mjs'
import { OPENING, becomes, button, facts, openSandbox, run, terminal } from './revscope.mjs'

const card = (page) => page.raw.locator('section.lesson')
const where = (page) => card(page).locator('.lesson-where > span').textContent()
const goals = (page) => card(page).locator('.goals li').allInnerTexts()
const stageTitle = (page) => page.raw.locator('.stage h1').textContent()
const kept = (page) => page.raw.evaluate(() => localStorage.getItem('revscope.lessons'))

/** What an audience sees: words, commands, rows and output. */
async function seen(page) {
  const text = await page.raw.locator('.stage').innerText()
  return { text, keys: await page.rows('#timeline-table') }
}

test('a lesson is played by typing, and the visitor finds the own session again', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl put mine 1')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await button(page, 'Lessons').click()
  await page.raw.getByRole('heading', { name: 'A delete is a write' }).waitFor()
  assert.equal(await page.raw.locator('.lesson-list > li').count() >= 12, true)
  await page.assertAccessible()
  await page.shot('lessons')
  await button(page, 'Start: A delete is a write').click()
  await becomes(page, where, 'A delete is a write, step 1 of 5')
  await becomes(page, facts, 'revision 1, 0 live keys, 0 records')
  await run(page, 'for i in {1..5}; do etcdctl put foo${i} bar${i}; done')
  await card(page).locator('.goals .reached').waitFor()
  await page.assertAccessible()
  await button(page, 'Next step').click()
  await becomes(page, where, 'A delete is a write, step 2 of 5')
  assert.deepEqual((await goals(page)).length, 2)
  await run(page, 'etcdctl get foo1')
  await becomes(page, async () => (await terminal(page)).at(-1).line, 'etcdctl get foo1')
  assert.equal(await card(page).locator('.goals .reached').count(), 0, 'a read reaches nothing')
  await button(page, 'Hint').click()
  await card(page).getByText('etcdctl del foo1').waitFor()
  await button(page, 'Show the command').click()
  await card(page).locator('.command').waitFor()
  await page.shot('lesson-step')
  await button(page, 'Type it for me').click()
  await button(page, 'Next step').click()
  await becomes(page, where, 'A delete is a write, step 3 of 5')
  assert.equal(await kept(page), '1 04-delete-is-a-write=2')
  assert.match(page.raw.url(), /#l=1\.04-delete-is-a-write\/3$/)
  await button(page, 'Leave').click()
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  assert.doesNotMatch(page.raw.url(), /#/)
  await page.raw.reload()
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await button(page, 'Lessons').click()
  await button(page, 'Go on: A delete is a write').click()
  await becomes(page, where, 'A delete is a write, step 3 of 5')
  assert.equal((await terminal(page)).length, 2, 'the steps before have run')
})

test('on stage a clicker goes through a lesson and back to the very same state', async (t) => {
  const address = '?stage=1#l=1.07-compaction/1'
  const viewport = { width: 1920, height: 1080 }
  const page = await open(t, { address, viewport, reducedMotion: 'reduce' })
  await becomes(page, stageTitle, 'Seven rows')
  await page.settled('.stage')
  const places = []
  const note = async () => places.push(await seen(page))
  const keys = ['PageDown', ' ', 'ArrowRight', 'PageDown', 'PageDown', 'PageDown']
  const titles = ['Seven rows', 'Compact at 8', 'Compact at 8', 'What is left', 'What is left']
  titles.push('A compaction is no write')
  await note()
  for (const [number, key] of keys.entries()) {
    const before = JSON.stringify(places.at(-1))
    await page.raw.keyboard.press(key)
    await page.waitFor(() => seen(page), (now) => JSON.stringify(now) !== before, `after ${key}`)
    await becomes(page, stageTitle, titles[number])
    await page.waitForText('.stage-foot', 'of 5')
    await settle(page)
    if (number === 2) await page.shot('stage-compaction')
    await note()
  }
  await page.assertAccessible()
  for (const wanted of places.slice(0, -1).reverse()) {
    await page.raw.keyboard.press('PageUp')
    await becomes(page, () => seen(page), wanted)
  }
  await page.raw.keyboard.press('b')
  await page.raw.locator('.stage-black').waitFor()
  await page.raw.keyboard.press('b')
  await page.raw.locator('.stage-black').waitFor({ state: 'detached' })
  // Live: somebody types, then goes on with the clicker from inside the line.
  await run(page, 'etcdctl put live 1')
  await page.waitForText('.terminal', 'etcdctl put live 1')
  await page.raw.locator('#command').press('PageDown')
  await becomes(page, async () => (await terminal(page)).map((one) => one.line).includes('etcdctl put live 1'), false)
  await page.raw.locator('#command').press('Escape')
  await page.raw.keyboard.press('Escape')
  await becomes(page, where, 'Compaction, step 1 of 5')
  page.assertNoNetwork()
})

/** Waits until what is seen stays the same for some frames. */
async function settle(page) {
  let last = ''
  await page.waitFor(
    async () => JSON.stringify(await seen(page)),
    (now) => now === last || ((last = now), false),
    'a picture that stands still',
  )
}

test("the presenter's window and the audience's go together", async (t) => {
  const page = await open(t, { address: '#l=1.07-compaction/1', reducedMotion: 'reduce' })
  await becomes(page, where, 'Compaction, step 1 of 5')
  await button(page, 'Stage').click()
  await becomes(page, stageTitle, 'Seven rows')
  const opened = page.raw.context().waitForEvent('page')
  await button(page, 'Presenter window').click()
  const presenter = await opened
  const title = presenter.locator('.presenter h1')
  await title.waitFor()
  assert.equal(await title.textContent(), 'Seven rows')
  assert.match(await presenter.locator('.then').innerText(), /Compact at 8/)
  assert.match(await presenter.locator('.clock').innerText(), /^\d\d:\d\d\s+0:\d\d$/)
  await presenter.getByRole('button', { name: 'Next' }).click()
  await presenter.getByRole('button', { name: 'Next' }).click()
  await becomes(page, stageTitle, 'Compact at 8')
  await page.raw.keyboard.press('PageUp')
  await page.raw.keyboard.press('PageUp')
  await page.waitFor(() => title.textContent(), (text) => text === 'Seven rows', 'the speaker follows')
  await presenter.getByRole('button', { name: 'Dark' }).click()
  await page.raw.locator('.stage-black').waitFor()
})

test('a page around a frame steps it and hears where it is', async (t) => {
  // Settled, so that leaving it for the slides breaks no request off.
  const page = await openSandbox(t)
  const host = `<!doctype html><title>Slides</title><script>heard = []
    onmessage = (event) => heard.push(event.data)</script>
    <iframe title="Revscope" width="1100" height="700" src="./?embed=1#l=1.05-generations/2"></iframe>`
  await page.raw.route('**/slides.html', (route) =>
    route.fulfill({ contentType: 'text/html', body: host }),
  )
  await page.raw.goto(page.site.url + 'slides.html')
  const frame = page.raw.frameLocator('iframe')
  await frame.locator('.stage h1').waitFor()
  const heard = () => page.raw.evaluate(() => heard.map(({ revscope, lesson, step, done }) => `${revscope} ${lesson} ${step} ${done}`).at(-1))
  const say = (message) =>
    page.raw.evaluate((message) => document.querySelector('iframe').contentWindow.postMessage(message, '*'), message)
  await becomes(page, heard, 'step 05-generations 2 false')
  await say({ revscope: 'next' })
  await becomes(page, heard, 'step 05-generations 2 true')
  await say({ revscope: 'next' })
  await becomes(page, heard, 'step 05-generations 3 false')
  assert.equal(await frame.locator('.stage h1').textContent(), 'Second life')
  await say({ revscope: 'previous' })
  await becomes(page, heard, 'step 05-generations 2 true')
  for (const nonsense of ['next', 7, null, { revscope: 'goto' }, { revscope: 'goto', step: '3' }, { revscope: 'goto', step: 1.5 }, { revscope: 'goto', step: 0 }, { revscope: 'run', line: 'x' }, { next: 1 }]) {
    await say(nonsense)
  }
  await say({ revscope: 'goto', step: 4 })
  await becomes(page, heard, 'step 05-generations 4 false')
  await say({ revscope: 'goto', lesson: '01-revision', step: 2 })
  await becomes(page, heard, 'step 01-revision 2 false')
  assert.equal(await frame.getByRole('button', { name: 'Leave the stage' }).count(), 0)
  assert.equal(await page.raw.evaluate(() => localStorage.length), 0, 'a frame keeps nothing')
})

test('links open a step in a fresh browser, and bad ones say so', async (t) => {
  const page = await open(t, { address: '#l=1.03-read-the-past/3' })
  await becomes(page, where, 'Read the past, step 3 of 5')
  await becomes(page, facts, 'revision 4, 1 live key, 3 records')
  await button(page, 'Link').click()
  const sheet = page.raw.getByRole('dialog')
  await sheet.locator('svg[role=img]').waitFor()
  const link = await sheet.getByLabel('Link to this step').inputValue()
  assert.equal(link, `${page.site.url}#l=1.03-read-the-past/3`)
  await page.assertAccessible()
  await sheet.getByRole('button', { name: 'Close' }).click()
  const other = await open(t, { address: '#l=9.x/1' })
  await other.waitForText('.notice', 'form 9, of a later Revscope')
  await other.waitForRows('#timeline-table', OPENING)
})

test('a lesson is written, shows its mistakes, plays, and travels', async (t) => {
  const page = await openSandbox(t)
  await button(page, 'Lessons').click()
  await button(page, 'Write your own').click()
  const text = page.raw.locator('#lesson-text')
  await page.waitForText('.preview', '1. The first step')
  await page.assertAccessible()
  await text.fill('# Mine\n## One\ngoal: revision = five\n')
  await page.waitForText('.mistakes', 'line 3, column 18 `five`, expected a number')
  assert.equal(await button(page, 'Play it').isDisabled(), true)
  await text.fill('# Mine\nAbout.\n## One\nDo it.\nrun: etcdctl put a 1\ngoal: value a = 1\n')
  await page.waitForText('.preview', '1. One')
  await page.shot('lesson-editor')
  const saving = page.raw.waitForEvent('download')
  await button(page, 'Download').click()
  const file = await saving
  assert.equal(file.suggestedFilename(), 'my.lesson')
  const bytes = await readFile(await file.path())
  assert.match(String(bytes), /^# Mine\nAbout\./)
  await button(page, 'Make a link').click()
  const link = await page.raw.getByLabel('Link to this lesson').inputValue()
  await button(page, 'Play it').click()
  await becomes(page, where, 'Mine, step 1 of 1')
  await run(page, 'etcdctl put a 1')
  await card(page).locator('.goals .reached').waitFor()
  const other = await open(t, { address: link.slice(page.site.url.length) })
  await becomes(other, where, 'Mine, step 1 of 1')
  await other.dropFile(bytes, { name: 'other.lesson' })
  await other.waitForText('.preview', '1. One')
})

test('a lesson fits a narrow screen, in the dark too', async (t) => {
  const viewport = { width: 390, height: 844 }
  const page = await open(t, { address: '#l=1.02-create-mod-version/2', viewport, colorScheme: 'dark' })
  await becomes(page, where, 'Create, mod, version, step 2 of 5')
  await page.assertAccessible()
  const wide = () => page.raw.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(await wide(), 390)
  await button(page, 'Stage').click()
  await becomes(page, stageTitle, 'See the numbers')
  assert.equal(await wide(), 390)
  await page.assertAccessible()
})
