/** Debian's Chromium, and what a page does wrong in it. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Test } from 'tap'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Why tests that need it are skipped; false where it is there. */
export const skipWithoutBrowser = existsSync(CHROMIUM)
  ? false
  : `${CHROMIUM} is not there; .ci/prepare installs it`

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Starts the browser, which ends with the test. */
export async function openBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // The sandbox of Chromium refuses root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : []
  })
  t.teardown(() => browser.close())
  return browser
}

export interface WatchedPage {
  readonly page: Page
  /** Errors and warnings of its console, breaches of its policy, exceptions, requests that failed. */
  readonly faults: string[]
  /** URLs that it asked of anybody but `origin`. */
  readonly foreign: string[]
}

/** Opens an empty page that is watched. @param origin the server whose page will be shown. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {}
): Promise<WatchedPage> {
  const page = await (await browser.newContext(options)).newPage()
  const faults: string[] = []
  const foreign: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('requestfailed', (request) => {
    // Chromium tells a download, and what the page itself gave up, as aborted.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`${request.url()} failed`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) foreign.push(url.href)
  })
  return { page, faults, foreign }
}

/** What axe finds, as told in a failing test. */
export interface AxeFinding {
  readonly id: string
  readonly impact: string
  readonly places: readonly string[]
}

/** Returns what axe finds wrong for people who use a keyboard, a magnifier or a screen reader. */
export async function axeFindings(page: Page, within = 'document'): Promise<AxeFinding[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'))
  return await page.evaluate<AxeFinding[]>(`axe.run(${within}).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({ id, impact, places: nodes.map((one) => one.target.join(' ')) })))`)
}
