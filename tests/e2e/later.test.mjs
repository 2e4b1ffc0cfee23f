// The part of the program that the first screen does not need.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open } from './harness.mjs'
import { OPENING, button, run } from './revscope.mjs'

const LATER = '**/*_later.wasm'

test('the first screen works before the rest has come', async (t) => {
  const page = await open(t, { hold: LATER })
  await page.waitForRows('#timeline-table', OPENING)
  const { stdout } = await run(page, 'etcdctl put foo2 new')
  assert.equal(stdout, 'OK\n')
  await page.release()
  await button(page, 'Open a file').click()
  await page.raw.getByText('Drop a file anywhere').waitFor()
})

test('what did not come is loaded when it is called', async (t) => {
  const page = await open(t, { hold: LATER, allow: [/request failed: .*_later\.wasm/, /ERR_FAILED/] })
  await page.waitForRows('#timeline-table', OPENING)
  await page.drop()
  await button(page, 'Open a file').click()
  await page.raw.getByText('Drop a file anywhere').waitFor()
  await button(page, 'Sandbox').click()
  await page.waitForRows('#timeline-table', OPENING)
})
