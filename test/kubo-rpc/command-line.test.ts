/**
 * Kubo's own command line on an engine and on a real Kubo: a script of commands whose answers are the same. Those that
 * cannot agree are told at the end, with how they differ.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findKubo, Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { runProgram, type Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { socketOf, startEngine } from './rpc.js'

t.setTimeout(300_000)

interface Told {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** One command line. `input` is its standard input. */
interface Line {
  readonly args: readonly string[]
  readonly input?: string
  /** Makes answers comparable, such as by the order of lines that have none. */
  readonly seen?: (out: string) => string
}

/** A repository of Kubo pins an empty folder when it is made. */
const EMPTY_FOLDER = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'

const sorted = (out: string): string =>
  out
    .split('\n')
    .filter((line) => !line.startsWith(EMPTY_FOLDER))
    .sort()
    .join('\n')
const hashed = (out: string): string => createHash('sha256').update(out, 'latin1').digest('hex')

class Client {
  readonly #program: string
  readonly #api: string
  readonly #cwd: string

  constructor(program: string, api: string, cwd: string) {
    this.#program = program
    this.#api = api
    this.#cwd = cwd
    mkdirSync(cwd, { recursive: true })
  }

  async run({ args, input, seen = (out) => out }: Line): Promise<Told> {
    const env = { ...process.env, IPFS_PATH: join(this.#cwd, 'none') }
    const all = ['--api', this.#api, ...args]
    const { code, stdout, stderr } = await runProgram(this.#program, all, {
      env,
      cwd: this.#cwd,
      ...(input === undefined ? {} : { input })
    })
    return { code, out: seen(stdout.toString('latin1')), err: stderr }
  }

  async ok(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run({ args })
    if (code !== 0) throw new Error(`ipfs ${args.join(' ')}: ${err}`)
    return out.trim()
  }
}

function makeTree(folder: string): string {
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'sub', 'deeper'), { recursive: true })
  mkdirSync(join(tree, 'empty'))
  writeFileSync(join(tree, 'hello.txt'), 'hello\n')
  writeFileSync(join(tree, 'sub', 'big.bin'), Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 5))) // prettier-ignore
  writeFileSync(join(tree, 'sub', 'deeper', 'ü name+%20.txt'), 'odd')
  writeFileSync(join(tree, 'nothing'), '')
  symlinkSync('hello.txt', join(tree, 'link'))
  return tree
}

t.test('Kubo’s command line', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo-line')
  const found = findKubo()
  const program = 'program' in found ? found.program : ''
  const [kit, kubo] = await Promise.all([startEngine(t, folder), Kubo.start(t, folder)])
  const ours = new Client(program, `/unix${socketOf(kit)}`, join(folder, 'ours'))
  const theirs = new Client(program, `/ip4/127.0.0.1/tcp/${kubo.api}`, join(folder, 'theirs'))
  const tree = makeTree(folder)
  const root = await theirs.ok('add', '-Q', '-r', tree)
  const hello = 'QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN'
  const absent = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  const node = '{"a":[1,{"b":{"/":"' + hello + '"}},"x"],"c":{"/":{"bytes":"AQID"}},"d":1.5}'

  const script: readonly Line[] = [
    { args: ['add', '-r', '--progress=false', tree] },
    { args: ['add', '-Q', '-r', '--cid-version=1', tree] },
    { args: ['add', '-Q', '--raw-leaves', join(tree, 'sub', 'big.bin')] },
    { args: ['add', '-Q', '--cid-version=1', '--raw-leaves=false', join(tree, 'sub', 'big.bin')] },
    { args: ['add', '-Q', '--chunker=size-1000', join(tree, 'sub', 'big.bin')] },
    { args: ['add', '-Q', '--max-file-links=5', join(tree, 'sub', 'big.bin')] },
    { args: ['add', '-w', '--progress=false', join(tree, 'hello.txt'), join(tree, 'nothing')] },
    { args: ['add', '-Q', '-r', '--preserve-mode', tree] },
    { args: ['add', '-Q', '--mode=0640', '--mtime=1700000000', join(tree, 'hello.txt')] },
    { args: ['add', '-Q', '-r', '--empty-dirs=false', tree] },
    { args: ['add', '-q', '--pin=false'], input: 'from stdin' },
    { args: ['cat', hello] },
    { args: ['cat', `/ipfs/${root}/sub/big.bin`], seen: hashed },
    { args: ['cat', '--offset=2999990', '--length=5', `${root}/sub/big.bin`] },
    { args: ['cat', `${root}/nope`] },
    { args: ['cat', root] },
    { args: ['cat', 'QmZZZZ'] },
    { args: ['cat', '--timeout=5s', absent] },
    { args: ['ls', root] },
    { args: ['ls', '--headers', '--stream', `${root}/sub`] },
    { args: ['ls', '--size=false', '--resolve-type=false', root] },
    { args: ['ls', `${root}/sub/big.bin`] },
    { args: ['pin', 'add', '--name=kept', root] },
    { args: ['pin', 'ls', '--names', root] },
    { args: ['pin', 'ls', '--type=recursive', '--stream'], seen: sorted },
    // Which of the pins is named that keep it is up to the node.
    { args: ['pin', 'ls', `${root}/sub/big.bin`], seen: (out) => out.replace(/through \w+/, '') },
    { args: ['pin', 'verify', '--verbose'], seen: sorted },
    { args: ['pin', 'add', '-r=false', `${root}/sub/deeper`] },
    { args: ['pin', 'ls', '--type=direct'] },
    { args: ['pin', 'rm', `${root}/sub/deeper`] },
    { args: ['pin', 'rm', `${root}/sub/deeper`] },
    { args: ['dag', 'get', root] },
    { args: ['dag', 'get', '--output-codec=dag-cbor', `${root}/hello.txt`] },
    { args: ['dag', 'put'], input: node },
    { args: ['dag', 'put', '--store-codec=dag-json', '--hash=sha2-512'], input: node },
    { args: ['dag', 'put', '--input-codec=json', '--store-codec=cbor'], input: '{"x":[1,2]}' },
    { args: ['dag', 'put', '--store-codec=dag-pb'], input: `{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"${hello}"},"Name":"l","Tsize":14}]}` }, // prettier-ignore
    { args: ['dag', 'resolve', `${root}/sub/deeper`] },
    { args: ['dag', 'stat', '--progress=false', root] },
    { args: ['dag', 'export', '--progress=false', root], seen: hashed },
    { args: ['block', 'get', hello], seen: hashed },
    { args: ['block', 'stat', root] },
    { args: ['block', 'put'], input: 'a block' },
    { args: ['block', 'put', '--cid-codec=dag-cbor', '--mhtype=blake2b-256'], input: '\xa0' },
    { args: ['block', 'put', '--format=v0'], input: '' },
    { args: ['block', 'stat', '--offline', absent] },
    { args: ['block', 'rm', root] },
    { args: ['files', 'stat', `/ipfs/${root}`] },
    { args: ['files', 'stat', `/ipfs/${root}/sub/big.bin`] },
    { args: ['files', 'stat', '/nope'] },
    { args: ['refs', root] },
    { args: ['refs', '-r', '-u', '--format=<src> <dst> <linkname>', root] },
    { args: ['refs', '-r', '--max-depth=1', '-e', root] },
    { args: ['repo', 'version'] },
    { args: ['resolve', `/ipfs/${root}/sub/deeper`] },
    { args: ['cid', 'base32', hello] }
  ]

  t.test('the same answers', async (t) => {
    for (const line of script) {
      const [our, their] = [await ours.run(line), await theirs.run(line)]
      t.same(our, their, `ipfs ${line.args.join(' ').replaceAll(folder, '')}`)
    }
  })

  t.test('archives hold the same', async (t) => {
    for (const client of [ours, theirs]) {
      await client.ok('get', '-o', 'out', root)
      await client.ok('get', '-a', '-C', '-o', 'out.tar.gz', root)
      await client.ok('get', '-C', '-o', 'hello', hello)
    }
    for (const side of ['ours', 'theirs']) {
      const at = join(folder, side)
      execFileSync('diff', ['-r', '--no-dereference', tree, join(at, 'out')])
      mkdirSync(join(at, 'unpacked'))
      execFileSync('tar', ['-xzf', join(at, 'out.tar.gz'), '-C', join(at, 'unpacked')])
      execFileSync('diff', ['-r', '--no-dereference', tree, join(at, 'unpacked', root)])
      t.equal(execFileSync('gzip', ['-dc', join(at, 'hello.gz')]).toString(), 'hello\n', side)
    }
  })

  t.test('archives are taken over', async (t) => {
    const car = join(folder, 'tree.car')
    const written = await theirs.run({ args: ['dag', 'export', '--progress=false', root] })
    writeFileSync(car, written.out, 'latin1')
    for (const args of [
      ['dag', 'import', '--stats', car],
      ['dag', 'import', '--pin-roots=false', car]
    ])
      // prettier-ignore
      t.same(await ours.run({ args }), await theirs.run({ args }), args.join(' '))
    const whole = readFileSync(car)
    writeFileSync(car, whole.subarray(0, whole.length / 2))
    const cut = await ours.run({ args: ['dag', 'import', car] })
    t.match(cut, { code: 1, err: /Error: .*(cut|end|archive)/ })
  })

  t.test('pins are exchanged', async (t) => {
    const inputs = ['one', 'other']
    for (const client of [ours, theirs])
      for (const input of inputs)
        await client.run({ args: ['add', '-Q', `--pin=${input === 'one'}`], input })
    const cids = inputs.map((input) => ours.run({ args: ['add', '-Q', '-n'], input }))
    const [from, to] = (await Promise.all(cids)).map(({ out }) => out.trim())
    for (const args of [
      ['pin', 'update', from!, to!],
      ['pin', 'update', from!, to!],
      ['pin', 'ls', from!]
    ])
      // prettier-ignore
      t.same(await ours.run({ args }), await theirs.run({ args }), args.join(' '))
  })

  t.test('what cannot agree', async (t) => {
    const told = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await ours.run({ args })
      t.equal(code, 0, err)
      return out
    }
    t.match(await told('id'), /"ID": "12D3KooW/)
    t.match(await told('key', 'list', '-l'), /^k51\w+ self/)
    t.match(await told('version', '--all'), /Kubo version/)
    t.match(await told('repo', 'stat'), /NumObjects:\s+\d\d/)
    t.match(await told('stats', 'repo'), /RepoPath/)
    t.match(await told('refs', 'local'), /bafkrei/)
    t.equal(await told('files', 'ls', '/'), 'kept\n')
    t.match(await told('files', 'ls', '-l', '/kept/sub'), /deeper\/?\s+Qm/)
    t.equal(await told('files', 'read', '/kept/hello.txt'), 'hello\n')
    t.match(await told('files', 'stat', '/'), /Type: directory/)
    await told('repo', 'gc')
    t.equal(await told('cat', hello), 'hello\n')
    for (const args of [
      ['swarm', 'peers'],
      ['config', 'show'],
      ['files', 'mkdir', '/x'],
      ['pin', 'remote', 'service', 'ls']
    ]) {
      const { code, err } = await ours.run({ args })
      t.equal(code, 1, args.join(' '))
      t.notMatch(err, /Command not found/)
    }
    t.match((await ours.run({ args: ['name', 'resolve'] })).err, /leads nowhere|could not resolve/)
  })
})

t.test('a tree of 20,000 files has the CID of Kubo', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo-many')
  const found = findKubo()
  const program = 'program' in found ? found.program : ''
  const kit: Kit = await startEngine(t, folder)
  const tree = join(folder, 'tree')
  for (let i = 0; i < 100; i++) {
    mkdirSync(join(tree, `${i}`), { recursive: true })
    for (let k = 0; k < 100; k++) writeFileSync(join(tree, `${i}`, `${k}.txt`), `${i} ${k}\n`)
  }
  mkdirSync(join(tree, 'many'))
  for (let i = 0; i < 10_000; i++) writeFileSync(join(tree, 'many', `a file of a large folder ${i}`), `${i}`) // prettier-ignore
  const ours = new Client(program, `/unix${socketOf(kit)}`, join(folder, 'ours'))
  const kubo = await Kubo.init(folder)
  t.equal(await ours.ok('add', '-Q', '-r', tree), await kubo.ipfs('add', '-Q', '-r', '-n', tree))
})
