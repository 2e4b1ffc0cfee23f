// Which etcd is simulated: chosen, typed, undone, found again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, button, openSandbox, run, terminal } from './revscope.mjs'

const release = (page) => page.raw.getByLabel('Release of etcd').inputValue()
const notice = (page) => page.raw.locator('.notice p').textContent()

test('a release runs the lines again, and can be taken back', async (t) => {
  const page = await openSandbox(t)
  assert.equal(await release(page), '3.5.1')
  assert.match((await run(page, 'etcdctl version')).stdout, /3\.5\.1/)
  const before = await terminal(page)
  await page.raw.getByLabel('Release of etcd').selectOption('3.6.13')
  await becomes(page, notice, 'Now on etcd 3.6.13: 10 lines were run again. The session on 3.5.1 is kept as a branch.')
  await becomes(page, release, '3.6.13')
  const now = await terminal(page)
  assert.match(now.at(-1).stdout, /3\.6\.13/)
  assert.deepEqual(now.map(({ line }) => line), before.map(({ line }) => line))
  await page.assertAccessible()
  await page.shot('release-changed')
  await button(page, 'Back to etcd 3.5.1').click()
  await becomes(page, terminal, before)
  await becomes(page, release, '3.5.1')
})

test('another release is typed, and one that is not known refused', async (t) => {
  const page = await openSandbox(t)
  const choose = page.raw.getByLabel('Release of etcd')
  await choose.selectOption('another')
  await page.raw.locator('input#release').waitFor()
  await page.raw.keyboard.type('3.5.12')
  await page.assertAccessible()
  await page.raw.keyboard.press('Enter')
  await becomes(page, release, '3.5.12')
  await choose.selectOption('another')
  await page.raw.locator('input#release').waitFor()
  await page.raw.keyboard.type('2.3')
  await page.raw.keyboard.press('Enter')
  await becomes(page, notice, 'The release stays: etcd 2.3 is not simulated: 3.4, 3.5 and 3.6 are.')
  await becomes(page, release, '3.5.12')
})

test('the release is part of the kept session', async (t) => {
  const page = await openSandbox(t)
  await page.raw.getByLabel('Release of etcd').selectOption('3.4.23')
  await becomes(page, release, '3.4.23')
  await run(page, 'etcdctl put a 1')
  await page.raw.reload()
  await becomes(page, release, '3.4.23')
  assert.equal((await terminal(page)).length, 10)
})
