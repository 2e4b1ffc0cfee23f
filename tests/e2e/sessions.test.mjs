// Sessions in the browser: steps and branches, found again, carried by links and files, and alive
// when the worker is not.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { open } from './harness.mjs'
import { OPENING, becomes, button, facts, openSandbox, run, terminal } from './revscope.mjs'

const last = async (page) => (await terminal(page)).at(-1)?.line
const notice = (page) => page.raw.locator('.notice p').textContent()
const panel = (page) => page.raw.getByRole('dialog', { name: 'Session' })

async function openPanel(page) {
  await button(page, 'Session ▾').click()
  await panel(page).waitFor()
}

/** What a click makes the browser download. */
async function download(page, locator) {
  const started = page.raw.waitForEvent('download')
  await locator.click()
  const file = await started
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
}

test('a line in the past begins a branch, and the old future can be gone back to', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl put a 1')
  await run(page, 'etcdctl put b 2')
  await page.raw.getByRole('heading', { name: 'Timeline' }).click()
  await page.raw.keyboard.press('[')
  await becomes(page, last, 'etcdctl put a 1')
  await page.raw.keyboard.press('[')
  await page.waitForRows('#timeline-table', OPENING)
  await page.raw.keyboard.press(']')
  await becomes(page, last, 'etcdctl put a 1')
  await run(page, 'etcdctl put c 3')
  await becomes(page, facts, 'revision 11, 7 live keys, 10 records')
  await openPanel(page)
  const branches = panel(page).getByRole('list', { name: 'Branches' })
  assert.deepEqual(await branches.locator('.mono').allTextContents(), ['etcdctl put b 2'])
  await branches.getByRole('button', { name: /^Go to/ }).click()
  await becomes(page, last, 'etcdctl put b 2')
  assert.deepEqual(await branches.locator('.mono').allTextContents(), ['etcdctl put c 3'])
  await branches.getByRole('button', { name: /^Forget/ }).click()
  await branches.waitFor({ state: 'detached' })
  await page.raw.keyboard.press('Escape')
  await panel(page).waitFor({ state: 'detached' })
  page.assertNoNetwork()
})

test('the panel steps to any line, by keyboard', async (t) => {
  const page = await openSandbox(t)
  await button(page, 'Session ▾').press('Enter')
  await panel(page).waitFor()
  await page.waitFor(
    () => page.raw.evaluate(() => document.activeElement.textContent),
    (text) => text === 'Close',
    'the focus in the panel',
  )
  const lines = panel(page).getByRole('list', { name: 'Lines' }).getByRole('button')
  assert.equal(await lines.count(), 9)
  await lines.nth(2).press('Enter')
  await becomes(page, facts, 'revision 4, 3 live keys, 3 records')
  await panel(page).getByText('line 3 of 9').waitFor()
  await button(page, 'Step forth').press('Enter')
  await becomes(page, facts, 'revision 5, 4 live keys, 4 records')
  await button(page, 'To the start').press('Enter')
  await becomes(page, facts, 'revision 1, 0 live keys, 0 records')
  await button(page, 'To the end').press('Enter')
  await page.waitForRows('#timeline-table', OPENING)
  await page.assertAccessible()
})

test('a returning visitor finds the session, and may start fresh or forget', async (t) => {
  const page = await openSandbox(t)
  const kept = () => page.raw.evaluate(() => localStorage.getItem('revscope.session'))
  assert.equal(await kept(), null, 'nothing is kept of one who only looks')
  await run(page, 'etcdctl put mine 1')
  await page.raw.reload()
  await becomes(page, notice, 'You are back in your session: 10 lines, kept in this browser.')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await page.assertAccessible()
  await page.shot('session-back')
  await openPanel(page)
  await button(page, 'Forget it').click()
  await becomes(page, kept, null)
  await run(page, 'etcdctl put more 1')
  assert.equal(await kept(), null, 'what is to be forgotten stays forgotten')
  await button(page, 'Keep it').click()
  await page.waitFor(kept, (text) => text?.startsWith('1.'), 'a kept session')
  await button(page, 'Start fresh').last().click()
  await page.waitForRows('#timeline-table', OPENING)
  await becomes(page, kept, null)
})

test('what cannot be read is left as it is', async (t) => {
  const page = await openSandbox(t)
  await page.raw.evaluate(() => localStorage.setItem('revscope.session', '2.later'))
  await page.raw.reload()
  await page.waitFor(() => notice(page), (text) => /form 2, of a later Revscope/.test(text), 'a word')
  await page.waitForRows('#timeline-table', OPENING)
  await run(page, 'etcdctl put a 1')
  assert.equal(await page.raw.evaluate(() => localStorage.getItem('revscope.session')), '2.later')
})

test('a link gives the same state in a fresh browser', async (t) => {
  const page = await openSandbox(t, { permissions: ['clipboard-read', 'clipboard-write'] })
  await run(page, "etcdctl put shared 'a b'")
  await openPanel(page)
  await button(page, 'Copy link').click()
  await panel(page).getByText('The link is copied.').waitFor()
  const link = await page.raw.evaluate(() => navigator.clipboard.readText())
  assert.equal(await page.raw.getByLabel('Link to this session').inputValue(), link)
  const address = link.slice(page.site.url.length)
  assert.match(address, /^#s=1\.[\w-]+$/)
  const seen = await terminal(page)
  const other = await open(t, { address })
  await becomes(other, terminal, seen)
  await becomes(other, facts, 'revision 10, 6 live keys, 9 records')
  assert.match(await notice(other), /came with the link: 10 lines/)
  assert.equal(new URL(other.raw.url()).hash, '', 'a reload goes on with what came of it')
  // In a page that is open, by its address alone.
  await run(other, 'etcdctl put own 1')
  await other.raw.evaluate((hash) => (location.hash = hash), address)
  await becomes(other, terminal, seen)
  await other.raw.evaluate((hash) => (location.hash = hash.slice(0, -4)), address)
  await other.waitFor(() => notice(other), (text) => /damaged or incomplete/.test(text), 'a word')
  assert.deepEqual(await terminal(other), seen)
})

test('a session file is downloaded, and opened by drop and by its button', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl put filed 1')
  await openPanel(page)
  const { name, bytes } = await download(page, button(page, 'Download session.txt'))
  assert.equal(name, 'session.txt')
  const text = bytes.toString()
  assert.match(text, /^# revscope session 1\n# etcd 3\.5\.1\netcdctl put foo1 bar1\n/)
  assert.match(text, /etcdctl put filed 1\n$/)
  await page.raw.keyboard.press('Escape')
  await button(page, 'Reset to an empty store').click()
  await becomes(page, facts, 'revision 1, 0 live keys, 0 records')
  await page.dropFile(bytes, { name })
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  assert.match(await notice(page), /^session\.txt was run: 10 lines/)
  await openPanel(page)
  await page.chooseFile(Buffer.from('etcdctl put x y\n'), {
    name: 'mine.sh',
    selector: '#session input[type=file]',
  })
  await becomes(page, facts, 'revision 2, 1 live key, 1 record')
})

test('a snapshot is downloaded from the terminal and opened as a file', async (t) => {
  const page = await openSandbox(t)
  const { stdout } = await run(page, 'etcdctl snapshot save my.db')
  assert.equal(stdout, 'Snapshot saved at my.db\n')
  const { name, bytes } = await download(page, button(page, 'Download my.db'))
  assert.equal(name, 'my.db')
  assert.equal(bytes.length % 512, 32, 'pages and a sha256')
  await page.dropFile(bytes, { name })
  await page.waitForText('#overview-title', 'no problem found')
  await page.waitForRows('#timeline-table', OPENING)
  await button(page, 'Sandbox').click()
  await openPanel(page)
  await page.assertAccessible()
  await page.shot('session-files')
  await panel(page).getByRole('button', { name: 'Open my.db' }).click()
  await page.waitForText('#overview-title', 'no problem found')
  await button(page, 'Sandbox').click()
  await panel(page).getByRole('button', { name: 'Remove my.db' }).click()
  await panel(page).getByRole('list', { name: 'Files' }).waitFor({ state: 'detached' })
  assert.equal(await last(page), "rm -- 'my.db'")
  page.assertNoNetwork()
})

test('several watches stand in lines of their own and stop by button and by Ctrl-C', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl watch foo1 &')
  await run(page, 'etcdctl watch --prefix foo &')
  const watches = page.raw.getByRole('list', { name: 'Running watches' })
  const lines = () => watches.locator('span').allTextContents()
  await becomes(page, lines, ['etcdctl watch foo1 &', 'etcdctl watch --prefix foo &'])
  await run(page, 'etcdctl put foo2 x')
  const told = page.raw.getByRole('group', { name: 'Watch 2' }).locator('pre')
  assert.equal(await told.textContent(), 'PUT\nfoo2\nx\n')
  await page.assertAccessible()
  await page.shot('session-watches')
  await button(page, 'Stop watch 1').click()
  await becomes(page, lines, ['etcdctl watch --prefix foo &'])
  await page.raw.locator('#command').press('Control+c')
  await watches.waitFor({ state: 'detached' })
  assert.equal(await last(page), 'kill %2')
})

test('Ctrl-C stops a long line, and the session is as it was', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl put mine 1')
  const seen = await terminal(page)
  const long = 'for i in $(seq 1 9000); do etcdctl put k$i v$i; etcdctl get --prefix k; done'
  await page.raw.locator('#command').fill(long)
  await page.raw.locator('#command').press('Enter')
  await page.raw.locator('.terminal-lines > .typed').waitFor()
  await page.raw.locator('#command').press('Control+c')
  await page.waitFor(() => notice(page), (text) => text.startsWith('Stopped: “for i in'), 'a word')
  await becomes(page, terminal, seen)
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  assert.equal((await run(page, 'etcdctl get mine')).stdout, 'mine\n1\n')
})

test('the session outlives its worker', async (t) => {
  const page = await openSandbox(t, { allow: [/boom/] })
  await run(page, 'etcdctl put mine 1')
  const seen = await terminal(page)
  const [worker] = page.raw.workers()
  const gone = worker.waitForEvent('close')
  await worker.evaluate(() => void setTimeout(() => { throw new Error('boom') }))
  await gone
  await page.waitFor(() => notice(page), (text) => /started again/.test(text), 'a word')
  await becomes(page, terminal, seen)
  assert.equal((await run(page, 'etcdctl get mine')).stdout, 'mine\n1\n')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await page.assertAccessible()
})

for (const colorScheme of ['light', 'dark']) {
  test(`the panel, ${colorScheme}: accessible in every size`, async (t) => {
    const page = await openSandbox(t, { colorScheme, reducedMotion: 'reduce' })
    await run(page, 'etcdctl put a 1')
    await run(page, 'etcdctl snapshot save backup.db')
    await button(page, 'Undo the last command').click()
    await becomes(page, last, 'etcdctl put a 1')
    await run(page, 'etcdctl watch foo1 &')
    await run(page, 'etcdctl snapshot save my.db')
    await openPanel(page)
    await button(page, 'Copy link').click()
    await page.raw.getByLabel('Link to this session').waitFor()
    for (const [width, height] of [[1920, 1080], [390, 844], [1280, 800]]) {
      await page.raw.setViewportSize({ width, height })
      await page.shot(`session-${width}-${colorScheme}`)
      const wide = await page.raw.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wide <= 0, `at ${width} px`)
    }
    await page.assertAccessible()
  })
}
