/** A mount in the foreground tells of reads that fail: which path, which CID, who was asked, and why. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { skipWithoutMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const ABSENT = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
/** A name that would colour a terminal. */
const NAME = 'lost\u001b[31m.txt'
const STAMPED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (error|warn|info) /

/** A mount in the foreground, whose output can be read while it runs. */
class Foreground {
  #text = ''

  static async start(t: Test, kit: Kit, path: string, ...words: string[]): Promise<Foreground> {
    mkdirSync(path, { recursive: true })
    const one = new Foreground()
    const child = spawn(process.execPath, [MAIN, 'mount', path, '--foreground', ...words], { env: { ...process.env, IPFS_KIT_HOME: kit.home } }) // prettier-ignore
    const ended = new Promise((resolve) => child.on('close', resolve))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (one.#text += data.toString()))
    t.teardown(async () => {
      child.kill('SIGTERM')
      await ended
    })
    await one.line(/^mounted at/)
    return one
  }

  lines(pattern: RegExp): string[] {
    return this.#text.split('\n').filter((line) => pattern.test(line))
  }

  /** The first line that matches, once it is there. */
  async line(pattern: RegExp): Promise<string> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(20)) {
      const [found] = this.lines(pattern)
      if (found !== undefined) return found
    }
    throw new Error(`no line is like ${pattern}, in:\n${this.#text}`)
  }
}

async function server(t: Test, status: number): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => {
    response.statusCode = status
    response.end('no')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `http://127.0.0.1:${address.port}`, server }
}

const cat = (path: string) => runProgram('cat', [path])

for (const driver of ['raw', 'fuse-native'])
  t.test(
    `what fails is told once, by the driver ${driver}`,
    { ...skipWithoutMount, timeout: 120_000 },
    async (t) => {
      const folder = tempFolder(t, 'log')
      const kit = new Kit(join(folder, 'home'))
      const tree = join(folder, 'tree')
      mkdirSync(join(tree, 'sub'), { recursive: true })
      writeFileSync(join(tree, 'sub', NAME), 'what is going to be lost')
      const cidIn = async (cid: string): Promise<string> =>
        (await kit.json<{ entries: { cid: string }[] }>('ls', cid)).entries[0]!.cid
      const root = await kit.add(tree)
      const sub = await cidIn(root)
      const lost = await cidIn(sub)
      // The nodes of the folders stay, the file goes.
      await kit.ok('pin', 'rm', root)
      for (const cid of [root, sub]) await kit.ok('pin', 'add', '--direct', cid)
      await kit.ok('gc')
      const { url, server: gateway } = await server(t, 404)
      await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
      const path = join(folder, 'mnt')
      const log = await Foreground.start(t, kit, path, '--driver', driver)
      const file = join(path, 'ipfs', root, 'sub', NAME)

      t.not((await cat(file)).code, 0)
      const failed = await log.line(/failed with EIO/)
      t.match(failed, STAMPED)
      t.ok(failed.includes(`ipfs/${root}/sub/lost\\x1b[31m.txt`), failed)
      t.ok(failed.includes(lost), failed)
      t.match(failed, /web: /, 'who was asked')
      t.not((await cat(join(path, 'ipfs', ABSENT))).code, 0)
      const absent = await log.line(/found nothing/)
      t.match(absent, STAMPED)
      t.ok(absent.includes(`ipfs/${ABSENT}`), absent)
      t.match(absent, /web: /, 'who was asked')
      for (let i = 0; i < 3; i++) t.not((await cat(file)).code, 0)
      t.equal(log.lines(/failed with EIO/).length, 1, 'once a minute')

      gateway.closeAllConnections()
      gateway.close()
      // What nobody has is not asked for again within a second.
      await delay(1100)
      t.not((await cat(file)).code, 0)
      const dead = await log.line(/cannot be fetched now/)
      t.match(dead, STAMPED)
      t.match(dead, /web: .*ECONNREFUSED/, 'another kind, with its reason')
      t.match(await log.line(/backend web fails: /), STAMPED)
      const { errors } = (await kit.json<{ mounts: { errors: Record<string, number> }[] }>('metrics')).mounts[0]! // prettier-ignore
      t.ok((errors['EIO'] ?? 0) >= 5 && (errors['ENOENT'] ?? 0) >= 1, JSON.stringify(errors))
    }
  )

t.test(
  'the log of the engine has the form and level that are asked for',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'log')
    const kit = new Kit(join(folder, 'home'))
    const { url, server: gateway } = await server(t, 404)
    gateway.closeAllConnections()
    gateway.close()
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
    const path = join(folder, 'mnt')
    const log = await Foreground.start(t, kit, path, '--log-format', 'json', '--log-level', 'error')
    t.not((await cat(join(path, 'ipfs', ABSENT))).code, 0)
    const line = JSON.parse(await log.line(/failed with EIO/)) as Record<string, string>
    t.match(line, { level: 'error', time: /^\d{4}-.*Z$/, message: new RegExp(`ipfs/${ABSENT}`) })
    t.same(log.lines(/"level":"(warn|info)"/), [])
  }
)
