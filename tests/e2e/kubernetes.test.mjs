// Objects of Kubernetes in a file: found, stepped through, revealed, exported and read back.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { button, data, openSandbox } from './revscope.mjs'

const part = (page, name) =>
  page.raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const title = (page) => page.raw.locator('#object-title')
const row = (page, text) => page.raw.locator('#object-table tbody tr', { hasText: text })
const count = (page) => page.raw.locator('.object-foot > span').first()

/** Opens the fixture and the part with its objects. */
async function cluster(t, options) {
  const page = await openSandbox(t, options)
  await page.dropFile(data('k8s/final.db'), { name: 'k8s.db' })
  await page.waitForText('#overview-title', 'etcd')
  await page.raw.locator('#stop').waitFor({ state: 'detached' })
  await part(page, 'Kubernetes').click()
  await page.waitForText('.object-foot', '305 objects')
  return page
}

/** Lists what holds these words, and selects the first row with a name. */
async function find(page, words, name) {
  await page.raw.getByLabel('Find objects').fill(words)
  await page.waitFor(() => count(page).textContent(), (text) => text !== '305 objects', 'the list found')
  await row(page, name).first().click()
  await page.waitForText('#object-title', name)
}

/** Clicks and gives the text of the file that comes. */
async function download(page, name) {
  const [file] = await Promise.all([
    page.raw.waitForEvent('download'),
    page.raw.getByRole('button', { name, exact: true }).click(),
  ])
  return [file.suggestedFilename(), await readFile(await file.path(), 'utf8')]
}

/** The YAML as it stands on the page, folds as they are. */
const yaml = async (page) => (await page.raw.locator('.yaml pre').allTextContents()).join('\n')

test('the Deployment of the talk: found, its versions, what each changed, its YAML out', async (t) => {
  const page = await cluster(t)
  await find(page, 'deploy nginx', 'nginx-deployment')
  assert.match(await title(page).textContent(), /Deployment nginx-deployment/)
  const last = Number(await page.raw.locator('#object-table tr[aria-selected=true] td').nth(3).textContent().then((text) => text.replace(/\D/g, '')))
  assert.ok((await yaml(page)).includes(`resourceVersion: "${last}"`))
  assert.ok(!(await yaml(page)).includes('managedFields'), 'folded by default')
  await page.raw.getByRole('button', { name: /managedFields/ }).click()
  await page.raw.getByRole('button', { name: /status/ }).click()
  assert.ok((await yaml(page)).includes('managedFields:'))
  assert.ok((await yaml(page)).includes('\nstatus:'))
  // Back through the versions, by keyboard and by button, until the image changes.
  await page.raw.getByRole('button', { name: /^changes/ }).click()
  const back = page.raw.getByRole('button', { name: 'Previous version (,)' })
  let images = 0
  let versions = 1
  while (await back.isEnabled()) {
    const before = await page.raw.locator('.object .card-head > p').textContent()
    if (versions % 2) await page.raw.keyboard.press(',')
    else await back.click()
    await page.waitFor(
      () => page.raw.locator('.object .card-head > p').textContent(),
      (text) => text !== before,
      'the version before',
    )
    versions++
    images += await page.raw.locator('.changes code', { hasText: 'containers[name=nginx].image' }).count()
  }
  assert.ok(versions > 10, `${versions} versions`)
  assert.ok(images > 0, 'a version set the image')
  await page.raw.keyboard.press('.')
  await page.raw.getByRole('button', { name: 'side by side' }).click()
  await page.raw.locator('.sides .new').first().waitFor()
  await page.raw.getByRole('button', { name: 'YAML', exact: true }).click()
  const [name, text] = await download(page, 'Export YAML')
  assert.equal(name, 'deployment-default-nginx-deployment.yaml')
  assert.match(text, /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n/)
  assert.ok(!/resourceVersion|uid:|managedFields|\nstatus:/.test(text))
  page.assertNoNetwork()
})

test('a Secret is masked until one of its values is revealed', async (t) => {
  const page = await cluster(t)
  await find(page, 'secrets db-pass', 'db-pass')
  const reveal = page.raw.getByRole('button', { name: /^Reveal data/ })
  const hidden = await reveal.count()
  assert.ok(hidden > 0)
  assert.ok((await yaml(page)).includes("'***'"))
  assert.match((await download(page, 'Export YAML'))[1], /is masked and left out/)
  await reveal.first().click()
  await page.raw.locator('.secrets .shown').first().waitFor()
  assert.equal(await reveal.count(), hidden - 1)
  const shown = await page.raw.locator('.secrets .shown').first().textContent()
  const stored = Buffer.from(shown).toString('base64')
  assert.ok((await yaml(page)).includes(stored))
  assert.ok((await download(page, 'Export YAML'))[1].includes(stored))
  // The inspector has it masked still: it was not asked for there.
  await part(page, 'Timeline').click()
  await page.waitForText('.inspector', 'masked until you reveal it')
  assert.ok(!(await page.raw.locator('main').textContent()).includes(shown))
  await button(page, 'Reveal the stored bytes').click()
  await page.waitForText('.inspector .value', 'base64')
})

test('the cluster as of a revision, by namespace, exported whole, and what fills it', async (t) => {
  const page = await cluster(t)
  const at = page.raw.getByLabel('at revision')
  await at.fill('100')
  await at.press('Enter')
  await page.waitFor(() => count(page).textContent(), (text) => text !== '305 objects', 'the older list')
  await at.fill('999999')
  await at.press('Enter')
  await page.waitForText('.object-foot', '305 objects')
  await page.raw.getByLabel('Namespace').selectOption('demo')
  await page.waitFor(() => count(page).textContent(), (text) => text !== '305 objects', 'one namespace')
  const listed = Number((await count(page).textContent()).replace(/\D/g, ''))
  const [name, text] = await download(page, 'Export all as YAML')
  assert.equal(name, 'objects.yaml')
  assert.equal(text.split('\n---\n').length, listed)
  assert.ok(text.split('\n---\n').every((document) => /^ {2}namespace: demo$/m.test(document)))
  assert.match((await download(page, 'as List'))[1], /\nkind: List\nmetadata: \{\}\n$/)
  await button(page, 'what fills it').click()
  await page.waitForText('.fill', 'By kind')
  await page.waitForText('.fill', 'gone after an hour')
  await page.raw.locator('.fill table', { hasText: 'Written most often' }).locator('button').first().click()
  await page.waitForText('#object-title', 'nginx-deployment')
  page.assertNoNetwork()
})

for (const theme of ['light', 'dark']) {
  for (const [width, height] of [[1280, 800], [1920, 1080], [390, 844]]) {
    test(`everybody can use it: ${theme}, ${width} by ${height}`, async (t) => {
      const page = await cluster(t, { colorScheme: theme, viewport: { width, height } })
      await find(page, 'deploy nginx', 'nginx-deployment')
      const name = `kubernetes-${theme}-${width}`
      await page.shot(name)
      await page.assertAccessible()
      await page.raw.getByRole('button', { name: 'side by side' }).click()
      await page.raw.locator('.sides .new').first().waitFor()
      await page.shot(`${name}-sides`)
      await page.assertAccessible()
      await page.raw.getByRole('button', { name: /^changes/ }).click()
      await page.raw.locator('.changes').waitFor()
      await page.shot(`${name}-changes`)
      await page.assertAccessible()
      await button(page, 'what fills it').click()
      await page.waitForText('.fill', 'By kind')
      await page.shot(`${name}-fill`)
      await page.assertAccessible()
      await part(page, 'Timeline').click()
      await button(page, 'Open the object').click()
      await page.waitForText('.object-layer', 'nginx-deployment')
      await page.shot(`${name}-layer`)
      await page.assertAccessible()
      await page.raw.keyboard.press('Escape')
      await page.raw.locator('.object-layer').waitFor({ state: 'detached' })
      await page.shot(`${name}-inspector`)
    })
  }
}
