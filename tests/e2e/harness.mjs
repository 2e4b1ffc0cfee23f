// Browser tests: the built page in a real Chromium, and nothing around it.
//
// A test reads
//
//     test('a key is drawn', async (t) => {
//       const page = await open(t)
//       await page.settled('main')
//       await page.dropFile('../data/talk.db')
//       assert.deepEqual(await page.rows('#timeline-table'), [...])
//       page.assertNoNetwork()
//     })
//
// and fails, besides by its own assertions, on any console error or warning, uncaught error, dead
// worker, failed request, or request to another origin. Nothing sleeps: every helper waits for a
// condition. `cargo xtask test` sets REVSCOPE_DIST and REVSCOPE_CHROMIUM.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { serveSite } from './site.mjs'
import { Watch, reportWorkerErrors } from './watch.mjs'

const HERE = path.dirname(fileURLToPath(import.meta.url))
/** The built site. */
export const DIST = process.env.REVSCOPE_DIST ?? path.join(HERE, '../../dist')
const SHOTS = path.join(HERE, 'shots')

/** Milliseconds that any one condition may take; two slow cores compile wasm too. */
const PATIENCE = 20_000

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Another host is an error at once, on a machine with a network too.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** One browser and one server a folder, for a test file; each page gets a profile of its own. */
let browser
const sites = new Map()

function start() {
  browser ??= chromium.launch({
    executablePath: process.env.REVSCOPE_CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: FLAGS,
  })
  return browser
}

function siteOf(folder) {
  if (!sites.has(folder)) sites.set(folder, serveSite(folder))
  return sites.get(folder)
}

/** Ends the browser and the servers; a test file's own end does it. */
export async function closeAll() {
  await (await browser)?.close()
  for (const site of sites.values()) await (await site).close()
}

after(closeAll)

/**
 * Opens the site for test `t` and closes it after; the test fails on any problem (see `Watch`).
 *
 * Options: `viewport` ({ width, height }), `colorScheme` ('light', 'dark'), `reducedMotion`
 * ('reduce', 'no-preference'), `address` (what follows the site's URL, such as '?a=1#x'), `allow`
 * (patterns of problems that the test provokes), `folder` (another site than the built one), `hold`
 * (a glob of requests that wait until `release`), `worker` (whether the page may have a service
 * worker; without it, which requests a page makes is up to the page alone), and any other of
 * Playwright's newContext.
 */
export async function open(t, options = {}) {
  const { address = '', allow = [], folder = DIST, hold, worker = false, ...rest } = options
  const site = await siteOf(folder)
  const context = await (await start()).newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    ...rest,
  })
  context.setDefaultTimeout(PATIENCE)
  await context.addInitScript(reportWorkerErrors)
  if (!worker) await context.addInitScript(forbidServiceWorkers)
  const watch = new Watch(context, site, allow)
  const page = new Page(await context.newPage(), watch, site)
  t.after(async () => {
    // The page goes first, so that what it says on leaving is heard too.
    await context.close()
    assert.deepEqual(watch.problems(), [], 'the page must say and ask for nothing unexpected')
  })
  if (hold) await page.hold(hold)
  // What is held may be what the page's load waits for.
  await page.raw.goto(site.url + address, { waitUntil: hold ? 'commit' : 'load' })
  return page
}

/** A page of the site. `raw` is Playwright's own, for what is not here. */
class Page {
  #watch
  #held = []

  constructor(raw, watch, site) {
    this.raw = raw
    this.site = site
    this.#watch = watch
  }

  /** Waits until `selector` is visible and every request is answered; from then on, no network. */
  async settled(selector = 'body') {
    await this.raw.locator(selector).first().waitFor({ state: 'visible' })
    await this.raw.waitForLoadState('networkidle')
    this.#watch.mark()
  }

  /** Lets requests for `glob` wait until `release`. */
  async hold(glob) {
    await this.raw.route(glob, (route) => {
      if (this.#held === null) return route.continue()
      this.#held.push(route)
    })
  }

  /** Lets go of what is held, and holds nothing any more. */
  async release() {
    const held = this.#held
    this.#held = null
    await Promise.all(held.map((route) => route.continue()))
  }

  /** Lets what is held fail, and holds nothing any more. */
  async drop() {
    const held = this.#held
    this.#held = null
    await Promise.all(held.map((route) => route.abort()))
  }

  /** Fails when anything was asked of any server since `settled`. */
  assertNoNetwork() {
    assert.deepEqual(this.#watch.network(), [], 'no request after the page has settled')
  }

  /** Fails now, not at the end of the test, when something went wrong so far. */
  assertQuiet() {
    assert.deepEqual(this.#watch.problems(), [])
  }

  /** Waits for a problem that the test provoked, and forgets it. */
  async expectProblem(pattern) {
    const fits = (lines) => lines.some((line) => pattern.test(line))
    await this.waitFor(() => this.#watch.problems(), fits, `a problem like ${pattern}`)
    this.#watch.take()
  }

  /**
   * Drops a file on `selector` (default: the page), as from the desktop.
   *
   * `source` is a path relative to this folder, or bytes; a path gives a File that the browser
   * reads from disk by slices, whatever its size.
   */
  async dropFile(source, { name, selector = 'body' } = {}) {
    const input = await this.raw.evaluateHandle(() => {
      const input = document.createElement('input')
      input.type = 'file'
      return input
    })
    await input.asElement().setInputFiles(file(source, name))
    await this.raw.locator(selector).first().evaluate((target, input) => {
      const data = new DataTransfer()
      data.items.add(input.files[0])
      const box = target.getBoundingClientRect()
      for (const type of ['dragenter', 'dragover', 'drop']) {
        target.dispatchEvent(
          new DragEvent(type, {
            bubbles: true,
            cancelable: true,
            composed: true,
            dataTransfer: data,
            clientX: box.x + box.width / 2,
            clientY: box.y + box.height / 2,
          }),
        )
      }
    }, input)
    await input.dispose()
  }

  /** Gives a file to the page's own file input, as its button does. */
  async chooseFile(source, { name, selector = 'input[type=file]' } = {}) {
    await this.raw.locator(selector).first().setInputFiles(file(source, name))
  }

  /** Types a line in the terminal key by key and presses Enter. */
  async run(line, { selector = '#command' } = {}) {
    const input = this.raw.locator(selector).first()
    await input.focus()
    await input.pressSequentially(line)
    await input.press('Enter')
  }

  /** The cells of a table as text, row by row, headers included; also for role=row tables. */
  async rows(selector) {
    return this.raw.locator(selector).first().evaluate((table) => {
      const cells = 'th, td, [role=cell], [role=gridcell], [role=rowheader], [role=columnheader]'
      return [...table.querySelectorAll('tr, [role=row]')].map((row) =>
        [...row.querySelectorAll(cells)].map((cell) => cell.textContent.trim()),
      )
    })
  }

  /** Waits until `rows(selector)` satisfies `wanted`, a function or the rows themselves. */
  async waitForRows(selector, wanted) {
    const fits = typeof wanted === 'function' ? wanted : (rows) => same(rows, wanted)
    return this.waitFor(() => this.rows(selector), fits, `the rows of ${selector}`)
  }

  /** Waits until the text of `selector` contains `text`. */
  async waitForText(selector, text) {
    const read = () => this.raw.locator(selector).first().textContent()
    return this.waitFor(read, (found) => found.includes(text), `${selector} with "${text}"`)
  }

  /** Reads once a frame until `fits`; gives up with what was there last. */
  async waitFor(read, fits, what) {
    const end = Date.now() + PATIENCE
    for (;;) {
      const found = await read()
      if (fits(found)) return found
      if (Date.now() > end) {
        throw new assert.AssertionError({ message: `${what}: still ${JSON.stringify(found)}` })
      }
      await this.raw.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    }
  }

  /** Saves what is seen as shots/NAME.png, animations at their end. */
  async shot(name, options = {}) {
    await mkdir(SHOTS, { recursive: true })
    const file = path.join(SHOTS, `${name}.png`)
    await this.raw.screenshot({ path: file, animations: 'disabled', ...options })
    return file
  }

  /**
   * Waits until nothing fades or moves any more. A colour that is half way
   * is nobody's to judge; what turns for ever (a bar without a length) may.
   */
  async atRest() {
    await this.raw.evaluate(async () => {
      const ends = ({ effect, playState }) =>
        playState === 'running' && effect.getComputedTiming().endTime < Infinity
      // While the last command's animation plays, its button offers to stop it.
      const plays = () => document.querySelector('.player [aria-label="Pause"]:enabled')
      for (;;) {
        const moving = document.getAnimations().filter(ends)
        if (moving.length === 0 && !plays()) return
        // A motion whose element goes is cancelled, and has ended as well.
        await Promise.allSettled(moving.map((motion) => motion.finished))
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    })
  }

  /** Fails on any violation of WCAG 2.1 A and AA and of axe's best practices. */
  async assertAccessible(selector) {
    await this.atRest()
    // Evaluated, not added as a script: the page's content policy stays as it is.
    await this.raw.evaluate(await axeSource())
    const violations = await this.raw.evaluate(async (selector) => {
      const types = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']
      const result = await axe.run(selector ?? document, { runOnly: types })
      return result.violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`),
      )
    }, selector)
    assert.deepEqual(violations, [], 'accessibility rules')
  }
}

/** Runs in every page before its own scripts. Playwright's own way to forbid them says so aloud. */
function forbidServiceWorkers() {
  if (!globalThis.ServiceWorkerContainer) return
  ServiceWorkerContainer.prototype.register = () => new Promise(() => {})
}

let axe

function axeSource() {
  axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  return axe
}

function file(source, name) {
  if (typeof source === 'string') {
    assert.equal(name, undefined, 'a file on disk keeps its name')
    return path.resolve(HERE, source)
  }
  const mimeType = 'application/octet-stream'
  return { name: name ?? 'db', mimeType, buffer: Buffer.from(source) }
}

function same(left, right) {
  return JSON.stringify(left) === JSON.stringify(right)
}
