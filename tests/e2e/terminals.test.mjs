// Two terminals side by side on one store, as in the talk: one writes, one watches.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, button, facts, openSandbox } from './revscope.mjs'

const out = (page, number) =>
  page.raw.getByRole('region', { name: `Terminal ${number}` }).locator('.terminal-lines').innerText()

test('one terminal writes, the other one watches', async (t) => {
  const page = await openSandbox(t)
  await button(page, 'Split').click()
  await page.raw.locator('#command-2').waitFor()
  await page.run('etcdctl watch foo1', { selector: '#command-2' })
  await page.raw.getByText('watching; events come').waitFor()
  await page.run('etcdctl put foo1 seen')
  await becomes(page, facts, 'revision 10, 5 live keys, 9 records')
  await page.waitFor(() => out(page, 2), (text) => /PUT\s+foo1\s+seen/.test(text), 'the event')
  const first = await out(page, 1)
  assert.match(first, /put foo1 seen/)
  assert.doesNotMatch(first, /PUT|watch foo1/)
  await page.assertAccessible()
  await page.shot('two-terminals')
  await page.raw.reload()
  await page.raw.locator('#command-2').waitFor()
  await page.waitFor(() => out(page, 2), (text) => /PUT\s+foo1\s+seen/.test(text), 'the event again')
  await page.raw.getByRole('region', { name: 'Terminal 2' }).getByRole('button', { name: 'Close' }).click()
  await page.raw.locator('#command-2').waitFor({ state: 'detached' })
  await page.waitForText('.terminal-lines', 'etcdctl watch foo1')
})
