/** A gateway that limits how often it is asked: everything is read, and few requests are refused. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { httpServer } from '../servers/http.js'
import { skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { skipWithoutKuboMount, Stage, V1 } from '../support/stage.js'

const FILES = 120
const ALLOWED = 25
const WINDOW_MS = 2000

interface Counts {
  served: number
  refused: number
}

/** Before Kubo's gateway: `ALLOWED` requests in each window, and 429 to all others. */
async function limited(
  t: Parameters<typeof httpServer>[0],
  behind: string,
  refuse: (answer: ServerResponse, ms: number) => void
): Promise<{ readonly url: string; readonly counts: Counts }> {
  const counts = { served: 0, refused: 0 }
  let window = 0
  let left = ALLOWED
  const pass = (question: IncomingMessage, answer: ServerResponse): void => {
    counts.served++
    request(behind + question.url!, { headers: { accept: question.headers.accept ?? '*/*' } })
      .on('response', (theirs) => {
        answer.writeHead(theirs.statusCode!, theirs.headers)
        theirs.pipe(answer)
      })
      .on('error', () => answer.destroy())
      .end()
  }
  const url = await httpServer(t, (question, answer) => {
    const now = performance.now()
    if (now > window + WINDOW_MS) [window, left] = [now, ALLOWED]
    if (left-- > 0) return pass(question, answer)
    counts.refused++
    refuse(answer, window + WINDOW_MS - now)
  })
  return { url, counts }
}

const inSeconds = (answer: ServerResponse, ms: number): void =>
  void answer.writeHead(429, { 'retry-after': String(Math.ceil(ms / 1000)) }).end('slow down')

const atDate = (answer: ServerResponse, ms: number): void => {
  const until = new Date(Math.ceil((Date.now() + ms) / 1000) * 1000)
  answer.writeHead(503, { 'retry-after': until.toUTCString() }).end('busy')
}

t.test(
  '120 files of a gateway that allows 25 requests in 2 s',
  { ...skipWithoutKuboMount, timeout: 300_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const tree = join(stage.folder, 'tree')
    mkdirSync(tree)
    for (let i = 0; i < FILES; i++) writeFileSync(join(tree, `file ${i}`), randomBytes(3000))
    const root = await stage.add(tree, ...V1)

    for (const [what, refuse] of [
      ['429 with seconds', inSeconds],
      ['503 with a date', atDate]
    ] as const)
      await t.test(`cp -r in the mount, ${what}`, async (t) => {
        const { url, counts } = await limited(t, stage.kubo.gatewayUrl, refuse)
        const kit = new Kit(join(stage.folder, what))
        await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
        const folder = join(stage.folder, `at ${what}`)
        mkdirSync(folder)
        const mount = await mounted(t, kit, folder)
        const copy = join(folder, 'copy')
        await sh('cp -r "$1" "$2"', join(mount, 'ipfs', root), copy)
        await sh('diff -r "$1" "$2"', tree, copy)
        t.comment(counts)
        // threats 41
        t.ok(counts.refused <= 24, `${counts.refused} refused of ${counts.served + counts.refused}`)
      })

    await t.test('get and pin add', async (t) => {
      const { url, counts } = await limited(t, stage.kubo.gatewayUrl, inSeconds)
      const out = join(stage.folder, 'out')
      for (const command of [
        ['get', root, '-o', out],
        ['pin', 'add', root]
      ]) {
        const kit = new Kit(join(stage.folder, command[0]!))
        await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
        await kit.ok(...command)
        if (command[0] === 'pin') t.match(await kit.json('fsck'), { blocks: FILES + 1 })
        t.comment(counts)
      }
      await sh('diff -r "$1" "$2"', tree, out)
      t.ok(counts.refused <= 40, `${counts.refused} refused of ${counts.served + counts.refused}`)
    })
  }
)

t.test(
  'a host that rests is asked last',
  { ...skipWithoutKubo, ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const cid = await stage.add(stage.file('file', Buffer.from('content')), ...V1)
    let asked = 0
    const busy = await httpServer(t, (_, answer) => {
      asked++
      answer.writeHead(429, { 'retry-after': '3600' }).end()
    })
    const kit = new Kit(join(stage.folder, 'other'))
    await kit.ok(
      'backend',
      'add',
      'web',
      '--type',
      'gateway',
      '--url',
      busy,
      '--url',
      stage.kubo.gatewayUrl
    )
    t.equal(await kit.ok('cat', cid), 'content')
    const alone = new Kit(join(stage.folder, 'alone'))
    await alone.ok('backend', 'add', 'web', '--type', 'gateway', '--url', busy)
    const { code, stderr } = await alone.run(['cat', cid])
    t.equal(code, 4, 'an hour is not waited')
    t.match(stderr, /429|left alone/)
    t.ok(asked < 5, `${asked}`)
  }
)
