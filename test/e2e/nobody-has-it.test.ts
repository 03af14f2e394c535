/** Content that nobody has: the error says who was asked, and what each said. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openKit, KitError } from '../../src/index.js'
import { httpServer } from '../servers/http.js'
import { leafBlock } from '../support/blocks.js'
import { Kit, runProgram } from '../support/cli.js'
import { skipWithoutKuboMount, Stage } from '../support/stage.js'

interface Failed {
  readonly error: string
  readonly details: readonly {
    readonly who: string
    readonly code: string
    readonly said: string
  }[]
}

t.test(
  'who was asked and what each said',
  { ...skipWithoutKuboMount, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const { kit, folder } = stage
    const page = await httpServer(t, (_, answer) => {
      answer.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not here</html>')
    })
    const json = await httpServer(t, (_, answer) => {
      answer.writeHead(404).end(JSON.stringify({ code: 7, message: 'no "providers"' }))
    })
    const broken = await httpServer(
      t,
      (_, answer) => void answer.writeHead(500).end('out of order')
    )
    mkdirSync(join(folder, 'disk'))
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', join(folder, 'disk'))
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', page, '--url', json)
    const cid = String(leafBlock('nobody has this').cid)
    const check = async (t: {
      match: (found: unknown, wanted: unknown) => unknown
      notMatch: (found: unknown, wanted: RegExp) => unknown
    }): Promise<void> => {
      const { code, stderr } = await kit.run(['cat', cid])
      t.match(code, 1)
      for (const words of [
        /no backend has block/,
        /node: .*block was not found locally/,
        /disk: .*is not in /,
        new RegExp(`web \\(${new URL(page).host}\\): \\S+ answers 404;`),
        new RegExp(`web \\(${new URL(json).host}\\): \\S+ answers 404: no "providers"`)
      ])
        t.match(stderr, words)
      t.notMatch(stderr, /[{<]/)
      const { details } = await kit.json<Failed>('stat', cid)
      t.match(details.map(({ who }) => who.replace(/ .*/, '')).sort(), [
        'disk',
        'node',
        'web',
        'web'
      ])
      t.match(new Set(details.map((detail) => detail.code)).size, 1)
    }
    await t.test('by a command alone', check)
    const library = await openKit({ home: kit.home })
    const error: unknown = await library.stat(cid).catch((thrown: unknown) => thrown)
    t.ok(error instanceof KitError && error.details.length === 4, 'and to a program')

    const mount = await stage.mount(t)
    await t.test('by the engine', check)
    await t.test('again, while it is remembered', check)
    const absent = await runProgram('cat', [join(mount, 'ipfs', String(leafBlock('nor this').cid))])
    t.match(absent.stderr, /No such file/)

    await kit.ok('backend', 'add', 'bad', '--type', 'gateway', '--url', broken)
    const unknown = await kit.json<Failed & { code: string }>(
      'stat',
      String(leafBlock('third').cid)
    )
    t.match(unknown, { code: 'BACKEND_UNAVAILABLE', error: /cannot be fetched now .*bad: .*answers 500: out of order/ }) // prettier-ignore
    const alone = new Kit(join(folder, 'alone'))
    t.match((await alone.run(['cat', cid])).stderr, /there is no home at .*alone yet/)
  }
)
