/** Servers whose every text has escape sequences, and the commands that pass on what servers say. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { httpServer } from '../servers/http.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

/** Clears the screen, sets the title, begins a line as the program would, turns the direction. */
const EVIL = 'e\x1b[2J\x1b]0;pwned\x07\u009b31m\r\nipfs-kit: all is well\u202e\u2028\x7f'
const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const COMMANDS: readonly (readonly string[])[] = [
  ['cat', CID],
  ['cat', `${CID}/${EVIL}`],
  ['cat', `/ipns/${EVIL}`],
  ['cat', '/ipns/k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8'],
  ['ls', CID],
  ['stat', CID],
  ['get', CID],
  ['get', CID, '-o', `/nowhere/${EVIL}`],
  ['add', `/nowhere/${EVIL}`],
  ['car', 'import', `/nowhere/${EVIL}`],
  ['car', 'verify', `/nowhere/${EVIL}`],
  ['pin', 'add', CID],
  ['explain', CID],
  ['explain', '--fetch', CID],
  ['cache', 'warm', CID],
  ['cache', 'evict', EVIL],
  ['backend', 'ls'],
  ['backend', 'test', 'evil'],
  ['backend', 'show', 'evil'],
  ['backend', 'show', EVIL],
  ['backend', 'add', EVIL, '--type', 'kubo'],
  ['backend', 'add', 'other', '--type', 'gateway', '--url', EVIL],
  ['status'],
  ['metrics'],
  ['doctor'],
  ['unmount', `/nowhere/${EVIL}`],
  ['mount', `/nowhere/${EVIL}`],
  ['help', EVIL],
  [EVIL]
]

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/u

/** A Kubo whose API and gateway, which share an address, say nothing else. */
const evilKubo = (t: Test): Promise<string> =>
  httpServer(t, (request, answer) => {
    const url = request.url ?? ''
    request.resume()
    if (url.includes('/version')) answer.end(JSON.stringify({ Version: EVIL }))
    else if (url.includes('/key/list'))
      answer.end(JSON.stringify({ Keys: [{ Name: EVIL, Id: EVIL }] }))
    else if (url.startsWith('/api')) answer.writeHead(500).end(JSON.stringify({ Message: EVIL }))
    else request.socket.end(`HTTP/1.1 500 ${EVIL.replace('\r\n', '')}\r\n\r\n${EVIL}`)
  })

const evilGateway = (t: Test): Promise<string> =>
  httpServer(t, (_, answer) => void answer.writeHead(503, { 'content-type': 'text/plain' }).end(EVIL)) // prettier-ignore

/** Commands at a time. */
const AT_ONCE = 4

for (const type of ['kubo', 'gateway'] as const)
  t.test(`threats 25: a ${type} says nothing to a terminal`, { timeout: 300_000 }, async (t) => {
    const folder = tempFolder(t, 'texts')
    const kit = new Kit(join(folder, 'home'), { cwd: folder })
    const url = await (type === 'kubo' ? evilKubo(t) : evilGateway(t))
    const options = type === 'kubo' ? ['--api', url, '--repo', 'off'] : ['--url', url]
    await kit.ok('backend', 'add', 'evil', '--type', type, ...options)
    if (type === 'gateway') {
      await kit.ok('daemon', 'start')
      t.teardown(() => kit.run(['daemon', 'stop']))
    }
    let quoted = 0
    const check = async (args: readonly string[]): Promise<void> => {
      const { stdout, stderr } = await kit.run(args)
      const said = stdout.toString() + stderr
      if (said.includes('\\x1b')) quoted++
      t.notMatch(said, UNSAFE, nameOf(args))
      t.notMatch(said, /^ipfs-kit: all is well/m, nameOf(args))
    }
    const runs = COMMANDS.map((args) => ['--debug', ...args])
    if (type === 'kubo') runs.push(...COMMANDS.map((args) => [...args, '--json']))
    for (let from = 0; from < runs.length; from += AT_ONCE)
      await Promise.all(runs.slice(from, from + AT_ONCE).map(check))
    t.ok(quoted > 10, 'the server is quoted')
    for (const log of logsBelow(kit.home)) {
      t.notMatch(log, UNSAFE)
      t.notMatch(log, /^ipfs-kit: all is well/m)
    }
  })

/** What a test says of a command: nothing that its own reader would act on. */
const nameOf = (args: readonly string[]): string => args.join(' ').replaceAll(EVIL, 'EVIL')

/** The texts of the logs in a home; those of pins and operations are records, not text. */
const logsBelow = (home: string): string[] =>
  readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.log') && !file.endsWith('pins.log') && !file.startsWith('wal/')
    )
    .map((file) => join(home, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))

t.test('threats 25: files that are called so', async (t) => {
  const folder = tempFolder(t, 'texts')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  writeFileSync(join(folder, EVIL), 'x')
  for (const args of [
    ['add', EVIL],
    ['add', '--json', EVIL],
    ['add', '-w', EVIL],
    ['add', '--debug', `${EVIL}/below`],
    ['car', 'import', EVIL],
    ['pin', 'add', CID, '--name', EVIL, '--offline'],
    ['pin', 'ls']
  ]) {
    const { stdout, stderr } = await kit.run(args)
    t.notMatch(stdout.toString() + stderr, UNSAFE, nameOf(args))
  }
})
