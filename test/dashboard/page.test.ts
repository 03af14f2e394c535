/** Every view of the dashboard in Chromium, on real data: what it shows, does, and refuses. threats 134 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { axeFindings, openBrowser, openPage, skipWithoutBrowser, type WatchedPage } from '../support/browser.js' // prettier-ignore
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

/** A name that would run a script in a page that takes text for HTML. */
const HOSTILE = '<img src=x onerror="document.title=`hacked`">.txt'

const VIEWS = {
  '': 'Overview',
  content: 'Content',
  pins: 'Pins',
  backends: 'Backends',
  datasets: 'Datasets',
  sql: 'SQL',
  cache: 'Cache',
  log: 'Write-ahead log',
  jobs: 'Jobs',
  events: 'Events and logs'
} as const

t.test('the dashboard', { skip: skipWithoutBrowser }, async (t) => {
  const folder = tempFolder(t, 'dashboard')
  const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
  t.teardown(() => kit.run(['daemon', 'stop']))
  const data = join(folder, 'data')
  mkdirSync(join(data, 'sub'), { recursive: true })
  mkdirSync(join(folder, 'bucket'))
  writeFileSync(join(data, 'hello.txt'), 'hello, page\n')
  writeFileSync(join(data, 'sub', 'large.bin'), Buffer.alloc(3 << 20, 7))
  writeFileSync(join(data, 'page.html'), '<script>document.title = "hacked"</script>')
  writeFileSync(join(data, HOSTILE), 'x')
  writeFileSync(join(data, 'picture.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>parent.document.title="hacked"</script><rect width="9" height="9"/></svg>') // prettier-ignore
  writeFileSync(join(folder, 'sales.csv'), 'city,price\nOslo,10.5\nRome,20\n')
  const root = await kit.add('-r', data)
  await kit.ok('dataset', 'put', 'sales', join(folder, 'sales.csv'))
  await kit.ok('backend', 'add', 'bucket', '--type', 'filesystem', '--path', join(folder, 'bucket'))
  await kit.ok('daemon', 'start')
  await kit.ok('pin', 'add', root, '--backend', 'bucket')
  const browser = await openBrowser(t)

  const signedIn = async (flags: readonly string[] = [], options = {}): Promise<WatchedPage> => {
    const { url } = JSON.parse(await kit.ok('dashboard', '--json', ...flags)) as { url: string }
    const watched = await openPage(browser, new URL(url).origin, options)
    await watched.page.goto(url)
    await watched.page.getByRole('heading', { level: 1 }).waitFor()
    return watched
  }

  const show = async (page: Page, of: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${of}`)}`)
    const loading = page.getByText('Loading…')
    while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'hidden' })
  }

  const isSound = async (t: Test, { page, faults, foreign }: WatchedPage): Promise<void> => {
    t.same(faults, [], 'nothing in the console')
    t.same(foreign, [], 'nothing asked of others')
    t.equal(await page.getByRole('alert').count(), 0, 'no error is shown')
    t.notMatch(await page.title(), 'hacked')
  }

  for (const [name, options] of Object.entries({
    light: { colorScheme: 'light' as const },
    dark: { colorScheme: 'dark' as const },
    narrow: { viewport: { width: 360, height: 740 } }
  }))
    await t.test(`every view, ${name}`, async (t) => {
      const watched = await signedIn([], options)
      const { page } = watched
      const places = [...Object.keys(VIEWS), `content/${root}`, `content/${root}/hello.txt`, 'backends/bucket', 'datasets/sales'] // prettier-ignore
      for (const place of places) {
        await show(page, place)
        const title = VIEWS[place.split('/')[0] as keyof typeof VIEWS]
        t.equal(await page.getByRole('heading', { level: 1 }).textContent(), title)
        t.same(await axeFindings(page), [], `axe: ${place}`)
        const width = await page.evaluate<number>('document.documentElement.scrollWidth')
        t.ok(width <= page.viewportSize()!.width, `${place} is ${width} wide`)
      }
      await isSound(t, watched)
      await page.context().close()
    })

  await t.test('health, and events as they happen', async (t) => {
    const watched = await signedIn()
    const { page } = watched
    await page.getByText('All is well.').waitFor()
    t.match(
      await page.getByRole('region', { name: 'Copies of pins by backend' }).innerText(),
      'bucket'
    )
    await page.getByText('Live', { exact: true }).waitFor()
    await show(page, 'events')
    writeFileSync(join(folder, 'news.txt'), 'news\n')
    await kit.add(join(folder, 'news.txt'))
    await page.getByRole('link', { name: 'news.txt' }).first().waitFor()
    await isSound(t, watched)
  })

  await t.test(
    'content: folders, text, pictures, where the bytes are; nothing in it runs',
    async (t) => {
      const watched = await signedIn()
      const { page } = watched
      await show(page, `content/${root}`)
      const entries = page.getByRole('region', { name: 'Entries of the folder' })
      t.ok(await entries.getByText(HOSTILE).isVisible(), 'a name is text')
      t.match(await page.getByRole('region', { name: 'Where its bytes are' }).innerText(), 'local')
      await page.getByText('bucket: stored').waitFor()
      await entries.getByRole('link', { name: HOSTILE }).click()
      await page.getByText('1 B').first().waitFor()
      for (const [file, shown] of [
        ['hello.txt', 'hello, page'],
        ['page.html', '<script>document.title = "hacked"</script>']
      ] as const) {
        await show(page, `content/${root}/${file}`)
        await page.getByText(shown).waitFor()
      }
      await show(page, `content/${root}/picture.svg`)
      await page.getByRole('img', { name: /^Preview of/ }).waitFor()
      await show(page, 'content/bafybogus')
      await page.getByRole('alert').first().waitFor()
      await page.goBack()
      t.notMatch(await page.title(), 'hacked')
      t.same(watched.foreign, [])
    }
  )

  await t.test('files and folders are added', async (t) => {
    const watched = await signedIn()
    const { page } = watched
    await show(page, 'content')
    const [files, wholeFolder] = [page.getByLabel('Files'), page.getByLabel('A folder')]
    await files.setInputFiles({
      name: 'añadido 1.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('added\n')
    })
    await page.getByRole('link', { name: 'añadido 1.txt' }).waitFor()
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['dropped'], 'dropped.txt'))
      return transfer
    })()`)
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped })
    await page.getByRole('link', { name: 'dropped.txt' }).waitFor()
    t.match(await kit.ok('pin', 'ls'), 'dropped.txt', 'a pin has the name of its file')
    await wholeFolder.setInputFiles(data)
    await page.getByRole('link', { name: 'data', exact: true }).click()
    await page.getByText(root).first().waitFor()
    await isSound(t, watched)
  })

  await t.test('SQL by the keyboard, and a query that is kept', async (t) => {
    const { page, foreign } = await signedIn()
    await show(page, 'sql')
    const question = page.getByLabel('One SELECT; Ctrl+Enter asks')
    await question.fill('SELECT city, price FROM sales ORDER BY price DESC')
    await question.press('Control+Enter')
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.waitFor()
    t.same((await answer.innerText()).split(/\s+/), ['city', 'price', 'Rome', '20', 'Oslo', '10.5'])
    t.ok(await page.getByRole('meter', { name: 'Rome' }).isVisible())
    await page.getByLabel('Name').fill('prices')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Save: done').waitFor()
    t.match(await kit.ok('query', 'ls'), 'prices')
    await question.fill('SELECT nothing FROM nowhere')
    await question.press('Control+Enter')
    t.match(await page.getByRole('alert').innerText(), 'nowhere')
    t.same(foreign, [])
  })

  await t.test('pins, backends, jobs and the cache are worked with', async (t) => {
    const watched = await signedIn()
    const { page } = watched
    page.on('dialog', (dialog) => void dialog.accept())
    await show(page, 'pins')
    await page.getByRole('button', { name: 'Heal' }).click()
    await page.getByText('Heal copies: begun; see Jobs').waitFor()
    await show(page, 'jobs')
    await page.getByRole('region', { name: 'Jobs' }).getByText('pin heal').waitFor()
    await page.getByRole('button', { name: 'Check the store' }).click()
    await page.getByRole('region', { name: 'Jobs' }).getByText('fsck').waitFor()
    await show(page, 'backends/bucket')
    await page.getByRole('button', { name: 'Test' }).click()
    await page.getByText(/^It answers/).waitFor()
    await show(page, 'cache')
    await page.getByRole('button', { name: 'Empty' }).click()
    await page.getByText('Empty the cache: done').waitFor()
    writeFileSync(join(folder, 'gone.txt'), 'gone\n')
    await kit.add(join(folder, 'gone.txt'))
    await show(page, 'pins')
    const row = page
      .getByRole('region', { name: 'Pinned here' })
      .getByRole('row', { name: 'gone.txt' })
    await row.getByRole('button', { name: 'Unpin' }).click()
    await row.waitFor({ state: 'detached' })
    await isSound(t, watched)
  })

  await t.test('who may look alone finds no button that changes something', async (t) => {
    const watched = await signedIn(['--read-only'])
    const { page } = watched
    for (const view of [
      'pins',
      'backends/bucket',
      'cache',
      'log',
      'jobs',
      'content',
      `content/${root}`
    ]) {
      await show(page, view)
      const names = /^(Heal|Verify|Unpin|Test|Empty|Pin|Collect garbage|Check the store|Files)$/
      t.equal(await page.getByRole('button', { name: names }).count(), 0, view)
    }
    await show(page, 'sql')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByRole('region', { name: 'Answer' }).waitFor()
    t.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
    await isSound(t, watched)
  })

  await t.test('the command opens a file of the user, which leads to the page', async (t) => {
    const opener = join(folder, 'browser')
    writeFileSync(opener, `#!/bin/sh\necho "$*" > '${folder}/opened.new' && mv '${folder}/opened.new' '${folder}/opened'\n`, { mode: 0o700 }) // prettier-ignore
    const { stdout } = await kit.run(['dashboard'], { env: { BROWSER: opener } })
    t.match(stdout.toString(), /^opened in your browser: http/)
    while (!existsSync(join(folder, 'opened'))) await delay(20)
    const opened = readFileSync(join(folder, 'opened'), 'utf8').trim()
    t.equal(opened, join(kit.home, 'run', 'sign-in.html'), 'no argument has the code')
    t.equal(statSync(opened).mode & 0o777, 0o600)
    const { page } = await openPage(browser, 'file://')
    await page.goto(`file://${opened}`)
    await page.getByText('All is well.').waitFor()
  })

  await t.test('signing out, and an address used twice', async (t) => {
    const { page } = await signedIn()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('This browser is not signed in').waitFor()
    await page.reload()
    await page.getByText('This browser is not signed in').waitFor()
    t.same(await axeFindings(page), [])
    const { url } = JSON.parse(await kit.ok('dashboard', '--json')) as { url: string }
    await page.goto(url)
    await page.getByText('Overview').first().waitFor()
    await page.goto(url)
    await page.getByText('This address is used up').waitFor()
    t.same(await axeFindings(page), [])
  })
})
