/** The page of the API's document in a browser: it is whole, asks nobody else, and breaks no rule of its policy. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { openApi } from '../../src/api/openapi.js'
import { axeFindings, openBrowser, openPage, skipWithoutBrowser } from '../support/browser.js'
import { Kit } from '../support/cli.js'
import { askHttp } from '../support/http.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

async function tryVersion(page: Page): Promise<void> {
  const version = page.locator('.opblock', { hasText: '/api/v1/version' })
  await version.locator('.opblock-summary-control').click()
  await version.getByRole('button', { name: 'Try it out' }).click()
  await version.getByRole('button', { name: 'Execute' }).click()
  await version.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
}

/** What axe finds in Swagger UI itself: buttons in what can be pressed, a level of headings left out, parts outside of main. */
const OF_SWAGGER = new Set(['nested-interactive', 'heading-order', 'region'])

t.test('the page of the API', async (t) => {
  const folder = tempFolder(t, 'docs')
  const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const origin = ports[0]!.url
  const { hostname, port } = new URL(origin)
  const place = { host: hostname, port }
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()

  t.test('files, without a token', async (t) => {
    const page = await askHttp(place, '/docs')
    t.match(page, { status: 200, headers: { 'content-type': /^text\/html/ } })
    t.match(page.headers['content-security-policy'], /^default-src 'none';.* require-trusted-types-for 'script'/) // prettier-ignore
    t.notOk(page.headers['www-authenticate'])
    const known = { 'if-none-match': String(page.headers.etag) }
    t.match(await askHttp(place, '/docs', { headers: known }), { status: 304 })
    t.equal((await askHttp({ socketPath: join(kit.home, 'run/socket') }, '/docs')).status, 200)
    t.equal((await askHttp(place, '/docs', { method: 'POST' })).status, 405)
    t.equal((await askHttp(place, '/docs', { headers: { host: 'example.com' } })).status, 403)
    const foreign = { 'sec-fetch-site': 'cross-site' }
    t.equal((await askHttp(place, '/docs', { headers: foreign })).status, 403)
    const refused = await askHttp(place, '/openapi.json')
    t.match(refused, { status: 401, headers: { 'www-authenticate': 'Bearer' } })
    t.equal((await askHttp(place, '/docs/../package.json')).status, 401)
  })

  t.test('in Chromium', { skip: skipWithoutBrowser }, async (t) => {
    const { page, faults, foreign } = await openPage(await openBrowser(t), origin)
    await page.goto(`${origin}/docs`)
    await page.getByLabel('Token').waitFor()
    t.same(await axeFindings(page), [])
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('This is not the token of this engine.').waitFor()
    t.match(faults, [/401/, /401/], 'Chromium tells of the refusals')
    t.equal(faults.splice(0).length, 2)

    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('.opblock').first().waitFor()
    const { paths } = openApi() as { paths: Record<string, object> }
    const operations = Object.values(paths).flatMap((one) => Object.keys(one))
    t.equal(await page.locator('.opblock').count(), operations.length)

    const found = await axeFindings(page)
    t.same(found.filter(({ id }) => !OF_SWAGGER.has(id)), []) // prettier-ignore

    await tryVersion(page)
    t.same(faults, [])
    t.same(foreign, [])
    t.notOk(page.url().includes(token))
  })

  t.test('in a browser that is signed in', { skip: skipWithoutBrowser }, async (t) => {
    const { page, faults, foreign } = await openPage(await openBrowser(t), origin)
    const { url } = await kit.json<{ url: string }>('dashboard')
    await page.goto(url)
    await page.waitForURL(/\/dashboard\//)
    await page.goto(`${origin}/docs`)
    await tryVersion(page)
    t.same(faults, [])
    t.same(foreign, [])
  })
})
