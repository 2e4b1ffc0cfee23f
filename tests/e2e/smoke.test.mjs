// The built page opens under a sub-path and asks for nothing else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open } from './harness.mjs'
import { SUB_PATH } from './site.mjs'

test('the page opens under a sub-path, says nothing, asks for nothing more', async (t) => {
  const page = await open(t)
  await page.settled()
  assert.equal(await page.raw.title(), 'Revscope')
  assert.ok(page.site.requests.length >= 3, 'page, script and wasm were asked for')
  for (const { url } of page.site.requests) assert.ok(url.startsWith(SUB_PATH), url)
  page.assertNoNetwork()
})
