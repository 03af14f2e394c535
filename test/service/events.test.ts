/** The events of a real engine, by every way out: WebSocket, Server-Sent Events, the library and the command. */
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openKit } from '../../src/index.js'
import { Kit } from '../support/cli.js'
import { askHttp, jsonIn } from '../support/http.js'
import { isMounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'
import { Heard, openSocket, type Json } from '../support/web-socket.js'

t.setTimeout(240_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const socketOf = ({ home }: Kit): string => join(home, 'run', 'socket')
const urlOf = (kit: Kit, path = '/events'): string => `ws+unix:${socketOf(kit)}:/api/v1${path}`

/** Events as Server-Sent Events tell them. */
class Stream {
  readonly #answer: IncomingMessage
  #rest = ''

  private constructor(answer: IncomingMessage) {
    this.#answer = answer
  }

  static async at(kit: Kit, path: string, headers: Record<string, string> = {}): Promise<Stream> {
    const asked = request({ socketPath: socketOf(kit), path: `/api/v1${path}`, headers, agent: false }) // prettier-ignore
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.setEncoding('utf8')
    return new Stream(answer)
  }

  /** Returns the next event; undefined at the end. */
  async next(): Promise<Json | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n')
      if (end >= 0) {
        const [, id, type, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(this.#rest.slice(0, end)) ?? [] // prettier-ignore
        this.#rest = this.#rest.slice(end + 2)
        const event = JSON.parse(data!) as Json
        if (event['id'] !== Number(id) || event['type'] !== type) throw new Error('they differ')
        return event
      }
      const piece = this.#answer.read() as string | null
      if (piece !== null) this.#rest += piece
      else if (this.#answer.readableEnded) return undefined
      else await Promise.race([once(this.#answer, 'readable'), once(this.#answer, 'end')])
    }
  }

  close(): void {
    this.#answer.destroy()
  }
}

interface Stage {
  readonly kit: Kit
  readonly folder: string
  readonly write: (name: string, content: string) => string
}

async function stage(t: Test, env: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const folder = tempFolder(t, 'events')
  const kit = new Kit(join(folder, 'home'), { env })
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  return { kit, folder, write }
}

t.test('adding, pins and copies, by every way out', async (t) => {
  const { kit, folder, write } = await stage(t)
  const heard = await Heard.at(urlOf(kit))
  const stream = await Stream.at(kit, '/events?type=added&type=unpinned')
  t.match(await heard.next({}), { type: 'ready' })
  t.match(await stream.next(), { type: 'ready' })

  const library = (await openKit({ home: kit.home })).events({ limit: 2 })
  t.match((await library.next()).value, { type: 'ready' })
  const told = kit.ok('events', '--type', 'added', '--limit', '2', '--format', 'ndjson', '--after', '0') // prettier-ignore

  const cid = await kit.add(write('photo', 'a photo'))
  const added = await heard.next({ type: 'added' })
  t.match(added, { cid, name: 'photo', time: /Z$/ })
  t.match(await heard.next({ type: 'pinned' }), { cid, name: 'photo', backend: null })
  t.same(await stream.next(), added)
  t.same((await library.next()).value, added)
  t.match((await library.next()).value, { type: 'pinned' })
  t.ok((await library.next()).done, 'so many were asked for')

  const disk = join(folder, 'disk')
  mkdirSync(disk)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  t.match(await heard.next({ type: 'backend_up' }), { backend: 'disk' })
  await kit.ok('pin', 'add', cid, '--backend', 'disk')
  t.match(await heard.next({ type: 'pinned', backend: 'disk' }), { cid })
  for (const car of readdirSync(join(disk, 'cars'), { recursive: true, encoding: 'utf8' }))
    if (car.endsWith('.car')) rmSync(join(disk, 'cars', car))
  await kit.ok('pin', 'heal')
  t.match(await heard.next({ type: 'healed' }), { what: 'copy', cid, backend: 'disk' })
  await kit.ok('pin', 'rm', cid)
  t.match(await heard.next({ type: 'unpinned' }), { cid })
  t.match(await stream.next(), { type: 'unpinned', cid, backend: null })
  const loose = await kit.add('--no-pin', write('loose', 'not pinned'))
  t.match(await stream.next(), { type: 'added', cid: loose, name: null })
  stream.close()

  const lines = (await told).split('\n').map((line) => JSON.parse(line) as Json)
  t.match(lines, [{ type: 'ready' }, { type: 'gap', missed: null }, { cid }, { cid: loose }])
  t.match(await kit.json('events', '--after', String(added['id']), '--type', 'added', '--limit', '1'), { success: true, events: [{ type: 'added', cid: loose }] }) // prettier-ignore
  t.match(await kit.ok('events', '--after', '0', '--type', 'unpinned', '--timeout', '1s'), /Z {2}gap .*\n.*Z {2}unpinned +cid="/) // prettier-ignore

  t.test('who comes again goes on where he was', async (t) => {
    const again = await Stream.at(kit, '/events?type=added', { 'last-event-id': String(added['id']) }) // prettier-ignore
    t.match(await again.next(), { type: 'ready', id: added['id'] })
    t.match(await again.next(), { type: 'added', cid: loose })
    again.close()
    const early = await Heard.at(urlOf(kit, '/events?after=5'))
    t.match(await early.next({ type: 'gap' }), { missed: null })
    t.match(await early.next({ type: 'added' }), { cid })
    early.socket.close()
    for (const wrong of ['/events?after=x', '/events?type=nothing', '/events?token=x'])
      t.equal(await openSocket(urlOf(kit, wrong)), 400, wrong)
    const bad = await askHttp({ socketPath: socketOf(kit) }, '/api/v1/events', { headers: { 'last-event-id': 'x' } }) // prettier-ignore
    t.equal(bad.status, 400)
  })

  t.test('jobs', async (t) => {
    const asked = { method: 'POST', headers: { 'content-type': 'application/json', prefer: 'respond-async' }, body: '{}' } // prettier-ignore
    const answer = await askHttp({ socketPath: socketOf(kit) }, '/api/v1/fsck', asked)
    const { job } = jsonIn<{ job: { id: string } }>(answer)
    t.match(await heard.next({ type: 'job_started' }), { job: job.id, operation: 'fsck', status: 'running' }) // prettier-ignore
    const watched = await Heard.at(urlOf(kit, `/jobs/${job.id}/events`))
    const closed = once(watched.socket, 'close')
    t.match(await watched.next({ status: 'completed' }), { id: job.id, result: { bad: [] } })
    t.match(await closed, [1000])
    t.match(await heard.next({ type: 'job_ended' }), { job: job.id, status: 'completed', error: null }) // prettier-ignore
    t.equal(await openSocket(urlOf(kit, '/jobs/none/events')), 404)
  })

  t.test('the end of the engine is the end of the events', async (t) => {
    const last = await Stream.at(kit, '/events')
    await last.next()
    const closed = once(heard.socket, 'close')
    const events = (await openKit({ home: kit.home })).events()
    await events.next()
    await kit.ok('daemon', 'stop')
    t.match(await closed, [1000])
    t.equal(await last.next(), undefined)
    t.ok((await events.next()).done)
    const none = await kit.run(['events'])
    t.match(none, { code: 1, stderr: /no engine runs for this home/ })
    const others = (await openKit({ home: kit.home })).events()
    await t.rejects(others.next(), { code: 'PATH_NOT_FOUND' })
  })
})

t.test(
  'what another home gives, that it goes away and comes back, and what is dropped',
  async (t) => {
    const port = await freePort()
    const other = await stage(t, { IPFS_KIT_GATEWAY_LISTEN: `127.0.0.1:${port}` })
    const cids = await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        other.kit.add(other.write(name, `${name} `.repeat(9000)))
      )
    )
    const { kit } = await stage(t)
    const heard = await Heard.at(urlOf(kit))
    await kit.ok(
      'backend',
      'add',
      'other',
      '--type',
      'gateway',
      '--url',
      `http://127.0.0.1:${port}`
    )
    await kit.ok('cat', cids[0]!)
    t.match(await heard.next({ type: 'backend_up' }), { backend: 'other' })
    const fetched = await heard.next({ type: 'fetched' })
    t.match(fetched, { cids: [cids[0]], more: 0, backends: ['other'] })
    t.ok((fetched['bytes'] as number) >= 36_000)
    await kit.ok('cache', 'evict', '-r', cids[0]!)
    t.match(await heard.next({ type: 'evicted' }), { blocks: fetched['blocks'], bytes: fetched['bytes'] }) // prettier-ignore
    await other.kit.ok('daemon', 'stop')
    t.not((await kit.run(['cat', cids[1]!])).code, 0)
    t.match(await heard.next({ type: 'backend_down' }), { backend: 'other', error: /./ })
    await other.kit.ok('daemon', 'start')
    for (let code: number | null = 1; code !== 0;) code = (await kit.run(['cat', cids[1]!])).code
    t.match(await heard.next({ type: 'backend_up' }), { backend: 'other' })
    heard.socket.close()
  }
)

t.test('on a port, it takes the token', async (t) => {
  const { kit } = await stage(t, { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' })
  const { engine } = await kit.json<{ engine: { ports: { url: string }[] } }>('daemon', 'status')
  const url = `${engine.ports[0]!.url.replace('http', 'ws')}/api/v1/events`
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  t.equal(await openSocket(url), 401)
  t.equal(await openSocket(`${url}?token=${token}`), 401)
  t.equal(await openSocket(url, { headers, origin: 'http://evil.example' }), 403)
  const heard = await Heard.at(url, { headers })
  t.match(await heard.next({}), { type: 'ready' })
  heard.socket.close()
})

t.test('mounts come and go', { ...skipWithoutMount }, async (t) => {
  const { kit, folder } = await stage(t)
  const heard = await Heard.at(urlOf(kit))
  const path = join(folder, 'mnt')
  mkdirSync(path)
  t.teardown(() => isMounted(path) && kit.run(['unmount', '--force', path]))
  await kit.ok('mount', path)
  t.match(await heard.next({ type: 'mount_up' }), { path })
  await kit.ok('unmount', path)
  t.match(await heard.next({ type: 'mount_down' }), { path })
  heard.socket.close()
})
