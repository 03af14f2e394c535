/** SQL with an engine: its warm process answers, results are files of the mount, and its end ends all. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

/** Returns the processes of SQL below a process. */
const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid && isSql(one))

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

function isSql(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/query/child.js')
  } catch {
    return false
  }
}

t.test('queries by an engine', skipWithoutMount, async (t) => {
  const { kit, folder, pids } = await homeWithFile(t)
  const path = await mounted(t, kit, folder)
  const running = (): Promise<number[]> => pids().then((all) => all.flatMap(childrenOf))
  writeFileSync(join(folder, 'sales.csv'), 'a,b\n1,x\n2,y\n')
  const cid = await kit.add(join(folder, 'sales.csv'))
  const sales = `'/ipfs/${cid}'`

  t.same(await running(), [], 'no process before the first question')
  t.equal(await kit.ok('query', `SELECT sum(a) s FROM ${sales}`, '--format', 'csv'), 's\n3')
  const warm = await running()
  t.equal(warm.length, 1)
  t.equal(await kit.ok('query', 'SELECT $n n', '--param', 'n=12345678901234567890', '--format', 'csv'), 'n\n12345678901234567890') // prettier-ignore
  t.same(await running(), warm, 'it answers the next one, too')
  t.match(await kit.run(['query', "FROM read_text('/etc/passwd')"]), { code: 1 })
  t.match(await kit.run(['query', 'SELECT count(*) FROM range(100000000000)', '--timeout', '1s']), { code: 4, stderr: /longer than 1 s/ }) // prettier-ignore

  const file = (name: string): string => join(path, 'queries', name)
  await sh(`printf '%s' "$2" > "$1"`, file('total.sql'), `SELECT b, sum(a) s FROM ${sales} GROUP BY ALL ORDER BY b`) // prettier-ignore
  t.equal(await sh('cat "$1"', file('total.csv')), 'b,s\nx,1\ny,2\n')
  t.equal(await sh('stat -c %s "$1"', file('total.csv')), '12\n', 'sizes are exact')
  t.same(JSON.parse(await sh('cat "$1"', file('total.json'))), [{ b: 'x', s: 1 }, { b: 'y', s: 2 }]) // prettier-ignore
  t.equal(await sh('head -c 4 "$1"', file('total.parquet')), 'PAR1')
  t.equal(await sh('head -c 6 "$1"', file('total.arrow')), 'ARROW1')
  const inode = await sh('stat -c %i "$1"', file('total.csv'))
  const hash = (await sh('sha256sum < "$1" | cut -c -64', file('total.sql'))).trim()
  t.equal(await sh('stat -c %i "$1"', file(`${hash}.csv`)), inode, 'the same file by its hash')
  await kit.ok('query', 'SELECT 42 AS x')
  const asked = (await sh("printf 'SELECT 42 AS x' | sha256sum | cut -c -64")).trim()
  t.equal(
    await sh('cat "$1"', file(`${asked}.csv`)),
    'x\n42\n',
    'what was asked and not saved, by its hash'
  )
  await sh(`echo 'SELECT count(*) n FROM pins' > "$1"`, file('total.sql'))
  t.equal(await sh('cat "$1"', file('total.csv')), 'n\n2\n', 'that of the text as it is now')
  await sh(`! cat "$2" 2>/dev/null; printf 'SELECT 1 n' > "$1"; cat "$2"`, file('new.sql'), file('new.csv')) // prettier-ignore
  await sh('rm "$1"', file('new.sql'))

  const floats = `SELECT * FROM (VALUES ('nan'::DOUBLE, ['inf'::DOUBLE, 1]), (1.5, NULL)) v(d, l) ORDER BY 1`
  await sh(`printf '%s' "$2" > "$1"`, file('floats.sql'), floats)
  const read: unknown = JSON.parse(await sh('cat "$1"', file('floats.json')))
  t.same(
    read,
    [
      { d: 1.5, l: null },
      { d: 'NaN', l: ['Infinity', 1] }
    ],
    'NaN is valid JSON'
  )
  t.same(read, JSON.parse(await kit.ok('query', floats, '--format', 'json')))
  await sh('rm "$1"', file('floats.sql'))

  for (const k of ['1', '"1"']) {
    writeFileSync(join(folder, 'p.ndjson'), `{"k":${k},"v":2}\n`)
    await kit.ok('dataset', 'put', 'p', join(folder, 'p.ndjson'), '--partition-by', 'k')
    await sh(`printf 'SELECT typeof(k) t FROM p' > "$1"`, file('types.sql'))
    t.equal(await sh('cat "$1"', file('types.csv')), k === '1' ? 't\nBIGINT\n' : 't\nVARCHAR\n')
  }
  await sh('rm "$1"', file('types.sql'))
  await sh('! cat "$1" 2>/dev/null && ! cat "$2" 2>/dev/null', file('none.csv'), file(`${'0'.repeat(64)}.csv`)) // prettier-ignore
  await sh(`echo 'COPY pins TO x' > "$1"; ! cat "$2" 2>/dev/null`, file('bad.sql'), file('bad.csv'))
  t.equal(await sh('ls "$1"', join(path, 'queries')), 'bad.sql\ntotal.sql\n')

  await kit.ok('unmount', path)
  t.same(warm.filter(isSql), [], 'the end of the engine ends it')
  t.same(readdirSync(join(kit.home, 'run', 'sql')), [])
})
