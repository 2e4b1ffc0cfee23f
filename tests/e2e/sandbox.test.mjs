// The simulated store: what is typed in the terminal is printed, drawn and listed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EMPTY, OPENING, becomes, bucket, button, facts, fates, index, inspected, openSandbox, paste, run,
  terminal, waitForBlobs,
} from './revscope.mjs'

test('a visitor finds a history that is drawn, listed and told', async (t) => {
  const page = await openSandbox(t)
  await becomes(page, index, [
    'foo1: revision 2, tombstone 7 | revision 8',
    'foo2: revision 3',
    'foo3: revision 4, revision 9',
    'foo4: revision 5',
    'foo5: revision 6',
  ])
  await becomes(page, bucket, [
    '2.0 foo1 bar1 2 2 1',
    '3.0 foo2 bar2 3 3 1',
    '4.0 foo3 bar3 4 4 1',
    '5.0 foo4 bar4 5 5 1',
    '6.0 foo5 bar5 6 6 1',
    '7.0 t foo1',
    '8.0 foo1 bar1-new 8 8 1',
    '9.0 foo3 bar3-changed 4 9 2',
  ])
  await becomes(page, facts, 'revision 9, 5 live keys, 8 records')
  assert.deepEqual((await terminal(page)).at(-1), {
    line: 'etcdctl get foo1 --rev 6',
    stdout: 'foo1\nbar1\n',
    stderr: '',
    watched: '',
  })
  const creates = await waitForBlobs(page, 'create', 6)
  const lanes = new Set(creates.map(({ y }) => Math.round(y)))
  assert.equal(lanes.size, 5, 'a lane for each key')
  await waitForBlobs(page, 'accent', 1)
  page.assertNoNetwork()
})

test('a put is printed, drawn, listed and inspected', async (t) => {
  const page = await openSandbox(t)
  const { stdout, stderr } = await run(page, 'etcdctl put foo1 x')
  assert.deepEqual([stdout, stderr], ['OK\n', ''])
  await page.waitForRows('#timeline-table', (rows) => rows.length === OPENING.length + 1)
  const rows = await page.rows('#timeline-table')
  assert.deepEqual(rows[4], ['foo1', '10.0', 'modify', '2'])
  await becomes(page, async () => (await bucket(page)).at(-1), '10.0 foo1 x 8 10 2')
  await becomes(page, async () => (await index(page))[0], 'foo1: revision 2, tombstone 7 | revision 8, revision 10')
  await becomes(page, inspected, {
    title: 'foo1 at revision 10',
    create_revision: '8',
    mod_revision: '10',
    version: '2',
    lease: 'none',
    value: 'x',
    bytes: '00 00 00 00 00 00 00 0a 5f 00 00 00 00 00 00 00 00',
  })
  await becomes(page, facts, 'revision 10, 5 live keys, 9 records')
  await waitForBlobs(page, 'accent', 2)
})

test('a delete leaves a tombstone and a waiting generation', async (t) => {
  const page = await openSandbox(t)
  assert.equal((await run(page, 'etcdctl del foo2')).stdout, '1\n')
  await becomes(page, async () => (await bucket(page)).at(-1), '10.0 t foo2')
  await becomes(page, async () => (await index(page))[1], 'foo2: revision 3, tombstone 10 | empty')
  await becomes(page, inspected, {
    title: 'foo2 at revision 10',
    bytes: '00 00 00 00 00 00 00 0a 5f 00 00 00 00 00 00 00 00 74',
  })
  await becomes(page, facts, 'revision 10, 4 live keys, 9 records')
})

test('a compaction strikes out exactly the rows that go', async (t) => {
  const page = await openSandbox(t)
  assert.equal((await run(page, 'etcdctl compact 8')).stdout, 'compacted revision 8\n')
  await becomes(page, bucket, [
    'gone: 2.0 foo1 bar1 2 2 1',
    '3.0 foo2 bar2 3 3 1',
    '4.0 foo3 bar3 4 4 1',
    '5.0 foo4 bar4 5 5 1',
    '6.0 foo5 bar5 6 6 1',
    'gone: 7.0 t foo1',
    '8.0 foo1 bar1-new 8 8 1',
    '9.0 foo3 bar3-changed 4 9 2',
  ])
  await becomes(page, fates, [
    '2.0 gone: superseded by 7',
    '3.0 kept: newest at or below 8',
    '4.0 kept: newest at or below 8',
    '5.0 kept: newest at or below 8',
    '6.0 kept: newest at or below 8',
    '7.0 t gone: tombstone at or below 8',
    '8.0 kept: newest at or below 8',
    '9.0 kept: newer than 8',
  ])
  await becomes(page, async () => (await index(page))[0], 'foo1: compacted 2, tombstone, compacted 7 | revision 8')
  const rows = await page.waitForRows('#timeline-table', (rows) => rows[1][2] !== 'create')
  assert.deepEqual(rows.slice(1, 4), [
    ['foo1', '2.0', 'create, compacted', '1'],
    ['foo1', '7.0', 'tombstone, compacted', ''],
    ['foo1', '8.0', 'create', '1'],
  ])
  await becomes(page, facts, 'revision 9, compacted at 8, 5 live keys, 6 records')
  await waitForBlobs(page, 'create', 5)
  const late = await run(page, 'etcdctl get foo1 --rev 7')
  assert.match(late.stderr, /required revision has been compacted\n$/)
})

test('a read prints json with the numbers of the store', async (t) => {
  const page = await openSandbox(t)
  const { stdout } = await run(page, 'etcdctl get foo3 -w json')
  assert.equal(
    stdout,
    '{"header":{"cluster_id":14841639068965178418,"member_id":10276657743932975437,' +
      '"revision":9,"raft_term":2},"kvs":[{"key":"Zm9vMw==","create_revision":4,' +
      '"mod_revision":9,"version":2,"value":"YmFyMy1jaGFuZ2Vk"}],"count":1}\n',
  )
  await becomes(page, facts, 'revision 9, 5 live keys, 8 records')
})

test('what is no command fails as in a shell', async (t) => {
  const page = await openSandbox(t)
  assert.equal((await run(page, 'foo')).stderr, 'bash: foo: command not found\n')
  const { stdout, stderr } = await run(page, 'etcdctl put --wrong a b')
  assert.match(stdout + stderr, /unknown flag: --wrong/)
  assert.deepEqual(await page.rows('#timeline-table'), OPENING)
})

test('undo, redo and reset take the whole page along', async (t) => {
  const page = await openSandbox(t)
  assert.ok(await button(page, 'Redo the command').isDisabled())
  await run(page, 'etcdctl put foo9 y')
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await button(page, 'Undo the last command').click()
  await becomes(page, facts, 'revision 9, 5 live keys, 8 records')
  await page.waitForRows('#timeline-table', OPENING)
  assert.equal((await terminal(page)).at(-1).line, 'etcdctl get foo1 --rev 6')
  await button(page, 'Redo the command').click()
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
  await becomes(page, async () => (await terminal(page)).at(-1).line, 'etcdctl put foo9 y')
  await button(page, 'Reset to an empty store').click()
  await page.waitForRows('#timeline-table', EMPTY)
  await becomes(page, terminal, [])
  await becomes(page, bucket, [])
  await becomes(page, facts, 'revision 1, 0 live keys, 0 records')
  await page.waitForText('#inspector-title >> xpath=ancestor::section', 'Select a change')
  await run(page, 'etcdctl put a 1')
  await page.waitForRows('#timeline-table', [...EMPTY, ['a', '2.0', 'create', '1']])
})

test('tab completes what is certain and lists what is not', async (t) => {
  const page = await openSandbox(t)
  const command = page.raw.locator('#command')
  const line = () => command.inputValue()
  await command.focus()
  await command.pressSequentially('etcdctl comp')
  await command.press('Tab')
  await page.waitFor(line, (text) => text === 'etcdctl compaction ' || text === 'etcdctl compact ', 'a whole word')
  await command.fill('etcdctl watch --pre')
  await command.press('Tab')
  const offered = page.raw.getByRole('list', { name: 'Completions' })
  await offered.waitFor()
  const words = await offered.locator('b').allTextContents()
  assert.deepEqual(words.sort(), ['--prefix', '--prev-kv'])
  await command.pressSequentially('f')
  await offered.waitFor({ state: 'detached' })
  await command.press('Tab')
  await page.waitFor(line, (text) => text === 'etcdctl watch --prefix ', 'the flag')
})

test('the arrows bring older lines back', async (t) => {
  const page = await openSandbox(t)
  const command = page.raw.locator('#command')
  const shows = (text) => page.waitFor(() => command.inputValue(), (line) => line === text, text)
  await command.focus()
  await command.pressSequentially('half a li')
  await command.press('ArrowUp')
  await shows('etcdctl get foo1 --rev 6')
  await command.press('ArrowUp')
  await shows('etcdctl put foo3 bar3-changed')
  await command.press('ArrowDown')
  await command.press('ArrowDown')
  await shows('half a li')
})

test('pasted lines run one after the other', async (t) => {
  const page = await openSandbox(t)
  await paste(page, 'etcdctl put a 1\netcdctl put b 2\r\netcdctl get --prefix a')
  await becomes(page, facts, 'revision 11, 7 live keys, 10 records')
  await becomes(page, async () => (await terminal(page)).slice(-3).map(({ line, stdout }) => [line, stdout]), [
    ['etcdctl put a 1', 'OK\n'],
    ['etcdctl put b 2', 'OK\n'],
    ['etcdctl get --prefix a', 'a\n1\n'],
  ])
})

test('a loop that is pasted is one command', async (t) => {
  const page = await openSandbox(t)
  await paste(page, 'for i in 1 2\ndo etcdctl put k$i v\ndone\n')
  await becomes(page, async () => (await terminal(page)).at(-1).stdout, 'OK\nOK\n')
  assert.equal(await page.raw.locator('#command').inputValue(), '')
})

test('a watch tells of what comes after it', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl watch foo1 &')
  assert.equal((await run(page, 'etcdctl put foo1 seen')).watched, 'PUT\nfoo1\nseen\n')
  assert.equal((await run(page, 'etcdctl put foo2 other')).watched, '')
  assert.equal((await run(page, 'etcdctl del foo1')).watched, 'DELETE\nfoo1\n\n')
})

test('an offered line runs with a click', async (t) => {
  const page = await openSandbox(t)
  await button(page, 'etcdctl compact 9').click()
  await becomes(page, facts, 'revision 9, compacted at 9, 5 live keys, 5 records')
  await becomes(page, async () => (await terminal(page)).at(-1).stdout, 'compacted revision 9\n')
  assert.equal(await button(page, 'etcdctl compact 9').count(), 0, 'what cannot work is offered no more')
})

test('clearing empties the terminal and keeps the store', async (t) => {
  const page = await openSandbox(t)
  await page.run('clear')
  await becomes(page, terminal, [])
  await run(page, 'etcdctl put z 1')
  await page.raw.locator('#command').press('Control+l')
  await becomes(page, terminal, [])
  await becomes(page, facts, 'revision 10, 6 live keys, 9 records')
})

test('the line being typed stays in sight below a long output', async (t) => {
  const page = await openSandbox(t)
  await run(page, 'etcdctl get --prefix "" -w fields')
  const hidden = () =>
    page.raw.evaluate(() => {
      const log = document.querySelector('[role=log]').getBoundingClientRect()
      const line = document.querySelector('#command').getBoundingClientRect()
      return Math.max(0, line.bottom - log.bottom, log.top - line.top)
    })
  await page.waitFor(hidden, (px) => px === 0, 'the command line in sight')
})
