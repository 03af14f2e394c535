/** Names in a real mount: keys of a real Kubo, domains of a real DNS server. And what the engine tells. */
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { dnsServer, skipWithoutDnsmasq } from '../servers/dnsmasq.js'
import { freePort, Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const skip = [skipWithoutMount, skipWithoutKubo, skipWithoutDnsmasq].find(({ skip }) => skip !== false) ?? { skip: false } // prettier-ignore

/** As long as what was found out is believed, and a little longer. */
const FORGOTTEN_MS = 6500

for (const driver of ['raw', 'fuse-native'])
  t.test(`names, by the driver ${driver}`, { ...skip, timeout: 180_000 }, async (t) => {
    const folder = tempFolder(t, 'names')
    const kubo = await Kubo.start(t, folder)
    const add = async (text: string): Promise<string> => {
      writeFileSync(join(folder, 'greeting'), text)
      return await kubo.ipfs('add', '-Q', '-w', '--cid-version=1', join(folder, 'greeting'))
    }
    const [one, two] = [await add('one\n'), await add('two\n')]
    await kubo.ipfs('key', 'gen', 'mine')
    const publish = (cid: string) => kubo.ipfs('name', 'publish', '--allow-offline', '--key=mine', `/ipfs/${cid}`) // prettier-ignore
    await publish(one)
    const id = (await kubo.ipfs('key', 'list', '-l')).split('\n').find((line) => / mine/.test(line))!.split(' ')[0]! // prettier-ignore
    const server = await dnsServer(t, {
      '_dnslink.docs.test': `dnslink=/ipfs/${two}`,
      '_dnslink.deep.test': `dnslink=/ipfs/${one}/greeting`,
      '_dnslink.by-key.test': `dnslink=/ipns/${id}`
    })
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off', '--network', 'off') // prettier-ignore
    writeFileSync(join(folder, 'home', 'mount.config.json'), JSON.stringify({ names: { resolver: server } })) // prettier-ignore
    const path = await mounted(t, kit, folder, '--driver', driver)
    const at = join(path, 'ipns')
    const read = (...names: string[]) => sh('cat "$1"', join(at, ...names))

    t.equal(await sh('ls "$1"', at), 'mine\n', 'keys that lead somewhere are listed')
    t.equal(await sh('readlink "$1/mine"', at), `../ipfs/${one}\n`)
    t.equal(await read('mine', 'greeting'), 'one\n')
    t.equal(await read(id, 'greeting'), 'one\n')
    t.equal(await read('docs.test', 'greeting'), 'two\n')
    t.equal(await read('deep.test'), 'one\n', 'a path behind the CID')
    t.equal(await read('by-key.test', 'greeting'), 'one\n', 'a domain that leads to a key')
    const absent = await runProgram('ls', [join(at, 'no-such.test'), join(at, 'nobody'), join(at, '.git')]) // prettier-ignore
    t.equal(absent.stderr.match(/No such file/g)?.length, 3)

    t.equal(await kit.ok('cat', '/ipns/docs.test/greeting'), 'two')
    t.match(await kit.ok('ls', join(at, 'mine')), /greeting/)
    t.match((await kit.run(['cat', '/ipns/nobody'])).stderr, /leads nowhere/)

    await publish(two)
    await delay(FORGOTTEN_MS)
    t.equal(await read('mine', 'greeting'), 'two\n', 'a new record shows')
    t.equal(await sh('cat "$1"', join(path, 'ipfs', one, 'greeting')), 'one\n')

    await kubo.kill()
    await delay(FORGOTTEN_MS)
    t.equal(
      await read('mine', 'greeting').catch(String),
      'two\n',
      'threats 35: what was signed stays good'
    )
    const unknown = await runProgram('ls', [join(at, 'k51qzi5uqu5dgox2z23r6e99oqency055a6xt92xzmyvpz8mwz5ycjavm0u150')]) // prettier-ignore
    t.match(unknown.stderr, /Input\/output error/, 'not known is not missing')
  })

t.test('threats 47: nothing is named offline', { ...skip, timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t, 'names')
  const kit = new Kit(join(folder, 'home'))
  const path = await mounted(t, kit, folder, '--offline')
  t.equal(await sh('ls "$1"', join(path, 'ipns')), '')
  t.equal((await runProgram('ls', [join(path, 'ipns', 'docs.ipfs.tech')])).code, 2)
  let asked = 0
  const server = createSocket('udp4', () => asked++).bind(0, '127.0.0.1')
  t.teardown(() => void server.close())
  await once(server, 'listening')
  const resolver = `127.0.0.1:${server.address().port}`
  writeFileSync(join(folder, 'home', 'mount.config.json'), JSON.stringify({ names: { resolver } }))
  // By the engine that is mounted offline, and by a command alone.
  t.not((await kit.run(['cat', '--offline', '/ipns/docs.ipfs.tech'])).code, 0)
  await kit.ok('unmount', path)
  t.not((await kit.run(['cat', '--offline', '/ipns/docs.ipfs.tech'])).code, 0)
  t.equal(asked, 0)
})

const promtool = spawnSync('sh', [join(ROOT, '.ci', 'promtool')], {
  encoding: 'utf8',
  env: { ...process.env, IPFS_KIT_BUILD: 'no' }
})
const skipWithoutPromtool = { skip: promtool.status === 0 ? false : promtool.stderr.trim() }

t.test(
  'metrics are clean, by promtool',
  { ...skip, ...skipWithoutPromtool, timeout: 60_000 },
  async (t) => {
    // prettier-ignore
    const folder = tempFolder(t, 'metrics')
    const kubo = await Kubo.start(t, folder)
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off')
    const port = await freePort()
    writeFileSync(join(folder, 'home', 'mount.config.json'), JSON.stringify({ metrics: { listen: `127.0.0.1:${port}` } })) // prettier-ignore
    const path = await mounted(t, kit, folder)
    writeFileSync(join(folder, 'file'), 'some content')
    const cid = await kubo.ipfs('add', '-Q', join(folder, 'file'))
    t.equal(await sh('cat "$1"', join(path, 'ipfs', cid)), 'some content')
    const url = `http://127.0.0.1:${port}`
    const answer = await fetch(`${url}/metrics`)
    t.match(answer.headers.get('content-type'), /^text\/plain; version=0.0.4/)
    const text = await answer.text()
    for (const metric of [
      'requests_total{',
      'request_seconds_bucket{',
      'cache_hits_total{',
      'backend_latency_seconds_sum{',
      'memory_bytes{',
      'fetch_queued ',
      'requests_waiting{'
    ])
      // prettier-ignore
      t.ok(text.includes(`ipfs_kit_${metric}`), metric)
    for (const said of [text, await kit.ok('metrics')]) {
      const checked = spawnSync(promtool.stdout.trim(), ['check', 'metrics'], { input: `${said.trim()}\n`, encoding: 'utf8' }) // prettier-ignore
      t.equal(checked.stdout + checked.stderr, '')
      t.equal(checked.status, 0)
    }
    t.equal((await fetch(url)).status, 404)
    const sockets = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => undefined)) // prettier-ignore
    await delay(500)
    t.ok(sockets.filter(({ readyState }) => readyState === 'open').length <= 16)
    for (const socket of sockets) socket.destroy()
    await delay(200)
    t.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 405)
    const [rebound] = (await once(get(`${url}/metrics`, { headers: { host: 'evil.example' } }), 'response')) as [IncomingMessage] // prettier-ignore
    rebound.resume()
    // threats 57
    t.equal(rebound.statusCode, 403)
    t.equal(
      (await fetch(`${url}/metrics`, { headers: { origin: 'http://localhost' } })).status,
      403
    )
  }
)

for (const driver of ['raw', 'fuse-native'])
  t.test(
    `the engine tells of itself, by the driver ${driver}`,
    { ...skipWithoutMount, timeout: 60_000 },
    async (t) => {
      // prettier-ignore
      const folder = tempFolder(t, 'stats')
      const kit = new Kit(join(folder, 'home'))
      const path = await mounted(t, kit, folder, '--driver', driver)
      const file = join(path, '.ipfs-kit', 'stats.json')
      interface Told {
        readonly taken_at: string
        readonly mounts: readonly {
          readonly path: string
          readonly requests: Record<string, number>
        }[]
      }
      const read = async (): Promise<Told> => JSON.parse(await sh('cat "$1"', file)) as Told
      const first = await read()
      t.equal(first.mounts[0]!.path, path)
      await sh('ls -la "$1/ipfs" "$1/.ipfs-kit"', path)
      await delay(2200)
      const second = await read()
      t.not(second.taken_at, first.taken_at)
      const asked = driver === 'raw' ? 'lookup' : 'getattr'
      t.ok(second.mounts[0]!.requests[asked]! > first.mounts[0]!.requests[asked]!)
      t.equal(await sh('stat -c %s "$1" && cat "$1" | wc -c', file).then((text) => new Set(text.trim().split(/\s+/)).size), 1, 'its size is what is read') // prettier-ignore
      t.notMatch(await sh('ls -A "$1"', path), /ipfs-kit/, 'it is not listed')
      await sh('cp "$1" "$2"', file, join(folder, 'copy'))
      t.ok(JSON.parse(readFileSync(join(folder, 'copy'), 'utf8')))
    }
  )
