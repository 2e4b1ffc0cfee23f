// kubectl in the page's terminals: the talk's second half, on a simulated cluster and on a file.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { button, data, openSandbox, terminal } from './revscope.mjs'

const NGINX = '/registry/deployments/default/nginx-deployment'
const MANIFEST = 'https://k8s.io/examples/controllers/nginx-deployment.yaml'

const out = (page, number) =>
  page.raw.getByRole('region', { name: `Terminal ${number}` }).locator('.terminal-lines').innerText()

/** Runs a line and gives what it printed. */
async function run(page, line, options) {
  await page.run(line, options)
  const last = await page.waitFor(
    async () => (await terminal(page)).findLast((entry) => entry.line === line),
    (entry) => entry && (entry.stdout || entry.stderr),
    line,
  )
  return last.stdout
}

test('kubectl get -w and etcdctl watch side by side show the same numbers', async (t) => {
  const page = await openSandbox(t)
  const made = await run(page, `kubectl apply -f ${MANIFEST}`)
  assert.match(made, /deployment\.apps\/nginx-deployment created/)
  await button(page, 'Split').click()
  await page.raw.locator('#command-2').waitFor()
  await page.run(`etcdctl watch ${NGINX} -w json`, { selector: '#command-2' })
  await page.raw.getByText('watching; events come').waitFor()
  await page.run('kubectl get deploy nginx-deployment -w -o json | jq -r .metadata.resourceVersion')
  await page.waitFor(() => page.raw.getByText('watching; events come').count(), (count) => count === 2, 'both watch')
  await page.run('kubectl scale deployment nginx-deployment --replicas=5')
  await page.waitFor(() => out(page, 1), (text) => /deployment\.apps\/nginx-deployment scaled/.test(text), 'scaled')
  const seen = await page.waitFor(
    () => out(page, 2),
    (text) => (text.match(/"mod_revision":\d+/g) ?? []).length >= 3,
    'events of etcd',
  )
  const revisions = [...seen.matchAll(/"mod_revision":(\d+)/g)].map(([, number]) => number)
  const shown = await page.waitFor(
    () => out(page, 1),
    (text) => revisions.every((revision) => text.includes(revision)),
    'the same numbers from kubectl',
  )
  assert.ok(shown)
  await page.assertAccessible()
  await page.shot('kubectl-and-etcdctl')
})

test('an object of the simulated cluster is shown as YAML at the revision of its mark', async (t) => {
  const page = await openSandbox(t)
  await run(page, `kubectl apply -f ${MANIFEST}`)
  const yaml = await run(page, 'kubectl get deploy nginx-deployment -o yaml')
  const [, revision] = yaml.match(/resourceVersion: "(\d+)"/)
  const filter = page.raw.getByLabel('Filter keys')
  await filter.fill('deployments/default')
  await button(page, `revision ${revision}`).or(button(page, `create ${revision}`)).first().click()
  await page.raw.locator('#inspector-title', { hasText: 'nginx-deployment' }).waitFor()
  await page.waitFor(
    () => page.raw.locator('.inspector-body').innerText(),
    (text) => text.includes('Deployment') && text.includes(revision),
    'the object',
  )
  await page.shot('kubectl-object')
})

test("kubectl on a copy of a file's cluster", async (t) => {
  const page = await openSandbox(t)
  await page.dropFile(data('k8s/final.db'), { name: 'k8s.db' })
  await page.waitForText('#overview-title', 'etcd')
  await button(page, 'Run commands on a copy of the file').click()
  const deployments = await run(page, 'kubectl get deploy -A')
  assert.match(deployments, /^NAMESPACE +NAME +READY +UP-TO-DATE +AVAILABLE +AGE\n/)
  assert.match(deployments, /default +nginx-deployment +/)
  const refused = await run(page, 'kubectl scale deployment nothing --replicas=2').catch(() => '')
  assert.equal(refused, '')
  const [last] = (await terminal(page)).slice(-1)
  assert.match(last.stderr, /deployments\.apps "nothing" not found/)
})
