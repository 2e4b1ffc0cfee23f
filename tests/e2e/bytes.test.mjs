// Pages of a file: what their colours tell, the way to a page, and bytes beside what they mean.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data, openSandbox } from './revscope.mjs'

const part = (page, name) =>
  page.raw.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name })
const parts = (page) => page.raw.getByRole('listbox', { name: 'Parts, arrow keys walk' })
const lit = (page, rows) => page.raw.locator(`${rows} .lit`)
/** Waits until the first of `selector` says something that fits. */
const says = (page, selector, pattern) =>
  page.waitFor(() => page.raw.locator(selector).first().textContent(), (text) => pattern.test(text), `${selector} with ${pattern}`)
const cell = (page, text) => page.raw.locator(`#page-map .cell[aria-label${text}]`)

async function opened(t) {
  const page = await openSandbox(t)
  await page.dropFile(data('k8s/final.db'), { name: 'final.db' })
  await page.waitForText('#overview-title', 'problem found')
  await page.raw.locator('#stop').waitFor({ state: 'detached' })
  await part(page, 'Pages').click()
  await page.raw.locator('#bytes-title').waitFor()
  return page
}

/** Looks into the first row of a Deployment. */
async function deployment(page) {
  await part(page, 'Find').click()
  await page.raw.locator('#find').fill('kind:Deployment')
  await says(page, '#found', /of 705 revisions/)
  const revision = (await page.rows('#data-table'))[1][0]
  await part(page, 'Pages').click()
  await page.raw.getByRole('button', { name: 'age', exact: true }).click()
  await page.raw.locator('.cell.scale-6').first().waitFor()
  const wanted = Number(revision.split('.')[0])
  const labels = await cell(page, '*="leaf"').evaluateAll((all) => all.map((one) => [one.id, one.getAttribute('aria-label')]))
  const [id] = labels.find(([, label]) => {
    const span = label.match(/revisions (\d+) to (\d+)/)
    return span && Number(span[1]) <= wanted && wanted <= Number(span[2])
  })
  await page.raw.locator(`#${id}`).click()
  await page.raw.getByRole('button', { name: new RegExp(`^Bytes of element \\d+, ${revision}$`) }).click()
  await page.waitForText('#bytes-title + p', `, ${revision}`)
}

test('the map tells kind, bucket, age and fill, and the way to a page leads back', async (t) => {
  const page = await opened(t)
  const by = page.raw.getByRole('group', { name: 'Colour by' })
  await by.getByRole('button', { name: 'fill' }).click()
  await cell(page, '$="% full"').first().waitFor()
  await by.getByRole('button', { name: 'bucket' }).click()
  const legend = page.raw.getByRole('list', { name: 'What the colours tell' })
  await legend.getByText('key', { exact: true }).waitFor()
  await cell(page, '*="bucket key"').nth(30).click()
  const way = page.raw.getByRole('navigation', { name: 'Way to the page' })
  const steps = await way.getByRole('listitem').allTextContents()
  assert.equal(steps[0], 'key')
  assert.ok(steps.length >= 3, steps.join(' '))
  await way.getByRole('button').first().click()
  await page.waitForText('#page-title', steps[1].replace('page', 'Page'))
  await by.getByRole('button', { name: 'kind' }).click()
  await page.raw.getByRole('list', { name: 'Kinds of pages' }).waitFor()
  page.assertNoNetwork()
})

test('a byte leads to its field and its line of YAML, and each of them back', async (t) => {
  const page = await opened(t)
  await deployment(page)
  await page.assertAccessible()
  // From the line.
  await page.raw.locator('.line-row', { hasText: /^kind: Deployment$/ }).click()
  await page.waitForText('.lit-words', 'kind: 12 bytes')
  const letters = await lit(page, '.letters').allTextContents()
  assert.equal(letters.join('').slice(2), 'Deployment')
  assert.equal(await lit(page, '.codes').count(), 12)
  await page.raw.locator('.part-row.lit', { hasText: 'kind' }).waitFor()
  // From the byte.
  const spec = page.raw.locator('.part-row', { hasText: /^replicas/ }).first()
  await spec.click()
  const at = await lit(page, '.codes').first().getAttribute('data-at')
  await page.raw.locator('.line-row.lit', { hasText: 'replicas: ' }).waitFor()
  await page.raw.locator('.line-row', { hasText: /^kind: Deployment$/ }).click()
  await page.raw.locator(`.codes [data-at="${at}"]`).click()
  await page.raw.locator('.part-row.lit', { hasText: 'replicas' }).waitFor()
  // By keyboard.
  await parts(page).focus()
  await page.raw.keyboard.press('Home')
  await says(page, '.lit-words', /^element \d+: 16 bytes/)
  await page.raw.keyboard.press('ArrowDown')
  await says(page, '.lit-words', /^flags: 4 bytes/)
  await page.raw.getByRole('button', { name: 'The whole page' }).click()
  await parts(page).getByText('page header').waitFor()
  page.assertNoNetwork()
})
