// What must not happen while a page is open, noticed as it happens.

/**
 * Listens to everything in `context` (one page and its workers) and to the site's requests.
 *
 * Problems are lines of text: console errors and warnings, uncaught errors and rejections of page
 * or worker, failed requests, requests to another origin. `allow` lists patterns of lines that a
 * test provokes on purpose.
 */
export class Watch {
  #site
  #allow
  #problems = []
  #asked = []
  #marker = null
  #seen

  constructor(context, site, allow = []) {
    this.#site = site
    this.#allow = allow
    this.#seen = site.requests.length
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#add(`console ${message.type()}: ${message.text()}`)
      }
    })
    context.on('weberror', (error) => this.#add(`uncaught: ${error.error()?.stack ?? error.error()}`))
    context.on('page', (page) => page.on('crash', () => this.#add('the page crashed')))
    context.on('request', (request) => this.#request(request.url(), request.method()))
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText
      // A page may be left before the part that comes later has come.
      if (why === 'net::ERR_ABORTED' && request.url().includes('_later.')) return
      this.#add(`request failed: ${request.url()}: ${why}`)
    })
    context.on('response', (response) => {
      if (response.status() >= 400) this.#add(`status ${response.status()}: ${response.url()}`)
    })
  }

  /** From here on the page has all it needs: see `network`. */
  mark() {
    this.#marker = { asked: this.#asked.length, served: this.#site.requests.length }
  }

  /** Requests since `mark`, as the browser reports them and as the server saw them. */
  network() {
    if (this.#marker === null) throw new Error('network(): mark() was not called')
    const served = this.#site.requests.slice(this.#marker.served)
    return [
      ...this.#asked.slice(this.#marker.asked),
      ...served.map(({ method, url }) => `${method} ${url} (seen by the server)`),
    ]
  }

  /** Everything that went wrong so far, but for what the test allows. */
  problems() {
    const served = this.#site.requests.slice(this.#seen)
    const missing = served
      .filter(({ status }) => status >= 400)
      .map(({ url, status }) => `status ${status}: ${url} (seen by the server)`)
    return [...this.#problems, ...missing].filter(
      (line) => !this.#allow.some((pattern) => pattern.test(line)),
    )
  }

  /** The problems so far, which count no longer: for a test that provoked them. */
  take() {
    const taken = this.problems()
    this.#problems = []
    this.#seen = this.#site.requests.length
    return taken
  }

  #request(url, method) {
    // Made in the page itself: nothing leaves it.
    if (/^(data|blob|about):/.test(url)) return
    this.#asked.push(`${method} ${url}`)
    if (new URL(url).origin !== this.#site.origin) this.#add(`request to another origin: ${url}`)
  }

  #add(line) {
    this.#problems.push(line)
  }
}

/**
 * Runs in every page before its own scripts: an error that kills a worker is only an event on the
 * worker's object, which nothing prints; it is made a console message that `Watch` sees.
 */
export function reportWorkerErrors() {
  const Plain = globalThis.Worker
  if (!Plain) return
  globalThis.Worker = class Worker extends Plain {
    constructor(...args) {
      super(...args)
      this.addEventListener('error', (event) => {
        console.error(`worker error: ${event.message || 'its script did not load'}`)
      })
      this.addEventListener('messageerror', () => console.error('worker error: message not readable'))
    }
  }
}
