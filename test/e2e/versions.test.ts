/**
 * A newer version of a tree in the place of an older one: what did not change passes for known, and
 * what changed passes for nothing but changed, though its size be the same.
 */
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { borgIn, resticIn, sharingTheNewest } from '../support/backup.js'
import { runProgram } from '../support/cli.js'
import { Current, DRIVERS, GROUNDS, onGrounds, type Ground } from '../support/ground.js'
import { sh } from '../support/mount.js'

const SAME = 300

/** Where the versions of a tree are, and where each was made. */
interface Versions {
  readonly first: string
  readonly second: string
  readonly sources: readonly [string, string]
}

/**
 * Two versions that differ in the text of `d/m.py`, whose size is the same. As plain files they have
 * times a day apart, which are not added with them.
 */
async function versions({ folder, show }: Ground, files = SAME): Promise<Versions> {
  const write = (version: number): string => {
    const source = join(folder, `version ${version}`)
    const put = (path: string, text: string, day: number): void => {
      mkdirSync(dirname(join(source, path)), { recursive: true })
      writeFileSync(join(source, path), text)
      utimesSync(join(source, path), day * 86_400, day * 86_400)
    }
    for (let i = 0; i < files; i++) put(`d/${i % 10}/file ${i}`, `text ${i}\n`.repeat(i % 30), 1000)
    put('d/m.py', `v=${version}\n`, 2000 + version)
    return source
  }
  const sources = [write(1), write(2)] as const
  return { first: await show(sources[0]), second: await show(sources[1]), sources }
}

t.test('threats 70: rsync takes a newer version for newer', (t) =>
  onGrounds(t, GROUNDS, async (t, ground) => {
    const { first, second, sources } = await versions(ground)
    const text = (copy: string): string => readFileSync(join(copy, 'd/m.py'), 'utf8')
    await t.test('over a copy of the first', async (t) => {
      const copy = join(ground.folder, 'copy')
      await sh('rsync -a "$1/" "$2"', first, copy)
      t.equal(text(copy), 'v=1\n')
      const said = await sh('rsync -a --itemize-changes "$1/" "$2"', second, copy)
      t.equal(text(copy), 'v=2\n')
      const copied = said.split('\n').filter((line) => line.startsWith('>f'))
      t.match(copied, [/ d\/m\.py$/])
      t.equal(copied.length, 1, 'nothing else is copied again')
      await sh('diff -r "$1" "$2"', sources[1], copy)
    })
    await t.test('beside a copy of the first, with --link-dest', async (t) => {
      const [one, two] = [join(ground.folder, 'one'), join(ground.folder, 'two')]
      await sh('rsync -a "$1/" "$2"', first, one)
      await sh('rsync -a --link-dest="$3" "$1/" "$2"', second, two, one)
      t.equal(text(one), 'v=1\n')
      t.equal(text(two), 'v=2\n')
      await sh('diff -r "$1" "$2"', sources[1], two)
      const linked = await sh('find "$1" -type f -links 2 | wc -l', two)
      t.equal(Number(linked), SAME, 'everything else is linked')
    })
  })
)

t.test('threats 70: tar -g of a newer version, restored over the older, is the newer', (t) =>
  onGrounds(t, GROUNDS, async (t, ground) => {
    const { first, second, sources } = await versions(ground)
    const current = new Current(ground.folder)
    const [snapshot, restored] = [join(ground.folder, 'snapshot'), join(ground.folder, 'restored')]
    mkdirSync(restored)
    for (const version of [first, second]) {
      current.moveTo(version)
      const archive = join(ground.folder, 'increment.tar')
      await sh('tar -C "$1" -g "$2" -cf "$3" .', current.path, snapshot, archive)
      await sh('tar -C "$1" -g /dev/null -xf "$2"', restored, archive)
    }
    await sh('diff -r "$1" "$2"', sources[1], restored)
    t.pass('and what comes out is what went in')
  })
)

t.test('threats 70: Python imports a module of the same size anew, whatever it compiled', (t) =>
  onGrounds(t, GROUNDS, async (t, ground) => {
    const { first, second } = await versions(ground, 0)
    const current = new Current(ground.folder)
    const compiled = join(ground.folder, 'compiled')
    const env = {
      PYTHONPATH: join(current.path, 'd'),
      PYTHONPYCACHEPREFIX: compiled,
      PYTHONDONTWRITEBYTECODE: ''
    }
    const imports = async (): Promise<string> => {
      const run = ['-c', 'import m; print(m.v)']
      const { stdout, stderr } = await runProgram('python3', run, { env })
      return stdout.toString().trim() + stderr
    }
    const keeps = async (): Promise<bigint> => {
      const path = await sh('find "$1" -name "m.*.pyc"', compiled)
      return statSync(path.trim(), { bigint: true }).mtimeNs
    }
    current.moveTo(first)
    t.equal(await imports(), '1')
    const kept = await keeps()
    t.equal(await imports(), '1')
    t.equal(await keeps(), kept, 'what was compiled is used')
    current.moveTo(second)
    t.equal(await imports(), '2')
    current.moveTo(first)
    t.equal(await imports(), '1')
  })
)

/** nginx that serves a folder over a socket in the file system. @returns the way to ask it. */
async function nginx(t: Test, folder: string, root: string): Promise<Ask> {
  const prefix = join(folder, 'nginx')
  mkdirSync(prefix)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = `
    daemon off; master_process off; user root; pid ${prefix}/pid; error_log ${prefix}/error;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${prefix}/${name};`).join(' ')}
      server { listen unix:${prefix}/socket; root ${root}; if_modified_since exact; }
    }`
  writeFileSync(join(prefix, 'config'), config)
  const args = ['-p', prefix, '-c', join(prefix, 'config'), '-e', join(prefix, 'error')]
  const server = spawn('nginx', args, { stdio: 'ignore' })
  const ended = once(server, 'exit')
  t.teardown(async () => {
    server.kill('SIGKILL')
    await ended
  })
  const ask: Ask = (path, headers) =>
    new Promise((resolve, reject) => {
      const options = { socketPath: join(prefix, 'socket'), path, headers, agent: false }
      const asked = request(options, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => (body += text))
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body })
        )
      })
      asked.on('error', reject)
      asked.end()
    })
  while (
    !(await ask('/', {}).then(
      () => true,
      () => false
    ))
  ) {
    // prettier-ignore
    if (server.exitCode !== null) throw new Error(readFileSync(join(prefix, 'error'), 'utf8'))
    await delay(20)
  }
  return ask
}

type Ask = (
  path: string,
  headers: NodeJS.Dict<string>
) => Promise<{
  readonly status: number | undefined
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}>

t.test('threats 70: nginx, asked whether a file changed, says that it did', (t) =>
  onGrounds(t, GROUNDS, async (t, ground) => {
    const { first, second } = await versions(ground, 0)
    const current = new Current(ground.folder)
    current.moveTo(first)
    const ask = await nginx(t, ground.folder, current.path)
    const { status, headers, body } = await ask('/d/m.py', {})
    t.same([status, body], [200, 'v=1\n'])
    const since = { 'if-modified-since': String(headers['last-modified']) }
    const tag = { 'if-none-match': String(headers['etag']) }
    t.match(await ask('/d/m.py', since), { status: 304 })
    t.match(await ask('/d/m.py', tag), { status: 304 })
    current.moveTo(second)
    t.match(await ask('/d/m.py', since), { status: 200, body: 'v=2\n' })
    t.match(await ask('/d/m.py', tag), { status: 200, body: 'v=2\n' })
  })
)

// A newer folder of plain files has other numbers and change times: backup programs read all of it.
t.test('threats 70: a backup of a newer version reads what changed', (t) =>
  onGrounds(t, DRIVERS, async (t, ground) => {
    const { first, second, sources } = await versions(ground)
    const current = new Current(ground.folder)
    await t.test('restic', async (t) => {
      const restic = resticIn(ground.folder)
      await restic(['init'])
      current.moveTo(first)
      t.match(await restic(['backup', '.'], current.path), new RegExp(`Files: +${SAME + 1} new,`))
      current.moveTo(second)
      const report = await restic(['backup', '.'], current.path)
      t.match(report, new RegExp(`Files: +0 new, +1 changed, +${SAME} unmodified`))
      const restored = join(ground.folder, 'restored')
      await restic(['restore', 'latest', '--target', restored])
      await sh('diff -r "$1" "$2"', sources[1], restored)
    })
    await t.test('borg, and files that share the newest time', async (t) => {
      const borg = borgIn(ground.folder)
      // It knows a file by the path it was told; its own folder it would ask the kernel for.
      const tree = join(current.path, 'd')
      await borg('init', '-e', 'none')
      current.moveTo(first)
      const known = await sharingTheNewest(tree)
      await borg('create', '::first', tree)
      current.moveTo(second)
      const report = await borg('create', '--list', '--filter', 'AMU', '::second', tree)
      const lines = report.split('\n').filter((line) => /^[AMU] /.test(line))
      const read = lines.filter((line) => !line.startsWith('U '))
      t.equal(lines.length, SAME + 1)
      t.equal(read.filter((line) => line.endsWith('/d/m.py')).length, 1, 'it reads what changed')
      t.ok(read.length <= 1 + known, `${read.length} read, ${known} shared the newest time`)
      const extracted = await borg('extract', '--stdout', '::second', `${tree.slice(1)}/m.py`)
      t.equal(extracted, 'v=2\n')
    })
  })
)
