/** The library: what it gives is plain data, its events are told, its errors have codes; importing it does nothing. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openKit, type Progress } from '../../src/index.js'
import { runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const gather = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

t.test('content in and out', async (t) => {
  const folder = tempFolder(t, 'library')
  const home = join(folder, 'home')
  const kit = await openKit({ home, offline: true })
  const told: Progress[] = []
  kit.on('progress', (progress) => told.push(progress))
  const bytes = Buffer.alloc(3_000_000, 'some content ')
  writeFileSync(join(folder, 'file'), bytes)
  const { roots } = await kit.add(join(folder, 'file'))
  const [{ cid, size, files } = { cid: '', size: 0, files: 0 }] = roots
  t.same({ size, files }, { size: bytes.length, files: 1 })
  t.equal(
    told.reduce((sum, { bytes: some }) => sum + some, 0),
    bytes.length
  )
  t.ok(bytes.equals(await gather(kit.cat(cid))))
  t.ok(bytes.subarray(10, 25).equals(await gather(kit.cat(cid, { offset: 10, length: 15 }))))
  t.match(await kit.stat(cid), { cid, type: 'file', size: bytes.length, local: true, missing: 0 })
  t.match(await kit.ls(cid), [{ cid, type: 'file', size: bytes.length, problem: null }])
  t.match(await kit.get(cid, join(folder, 'out')), { cid, output: join(folder, 'out') })
  t.match(await kit.pins.list(), [{ cid, type: 'recursive', name: 'file' }])
  const archive = await gather(kit.cars.export(cid))
  writeFileSync(join(folder, 'a.car'), archive)
  t.match(await kit.cars.verify(join(folder, 'a.car')), { success: true, roots: [cid] })
  t.match(await kit.explain(cid), { cid, missing: [] })
  t.match(await kit.cache.stats(), { cache: { blocks: 0 }, fetch: { fetched: 0 } })
  t.same(await kit.backends.list(), [])
  await kit.pins.remove([cid])
  t.ok((await kit.gc()).removedBlocks > 0)
  await t.rejects(kit.stat(cid), { code: 'BLOCK_NOT_FOUND' })
  t.match(await kit.status(), { home, blocks: 0, pins: 0, engine: null })
})

t.test('backends', async (t) => {
  const folder = tempFolder(t, 'library')
  const kit = await openKit({ home: join(folder, 'home') })
  const added = await kit.backends.add({ name: 'disk', type: 'filesystem', options: { path: [folder] } }) // prettier-ignore
  t.match(added, { name: 'disk', type: 'filesystem', options: { path: [folder] } })
  await t.rejects(kit.backends.add({ name: 'disk', type: 'filesystem', options: {} }), { code: 'EXISTS' }) // prettier-ignore
  t.match(await kit.backends.test('disk'), { ok: true })
  t.match(await kit.backends.list(), [{ name: 'disk', report: null }])
  await kit.backends.remove('disk')
  await t.rejects(kit.backends.show('disk'), { code: 'PATH_NOT_FOUND' })
})

t.test('a call is ended by its signal', async (t) => {
  const kit = await openKit({ home: join(tempFolder(t, 'library'), 'home') })
  const end = new AbortController()
  async function* endless() {
    for (let i = 0; ; i++) {
      if (i === 10) end.abort(new Error('enough'))
      yield Buffer.alloc(1 << 20)
    }
  }
  await t.rejects(
    kit.add({ name: 'endless', stream: endless() }, { signal: end.signal, onlyHash: true }),
    { code: 'ABORTED' }
  )
  await t.rejects(gather(kit.cat('bafkqaaa', { signal: AbortSignal.abort() })), {
    name: 'KitError',
    code: 'ABORTED'
  })
})

t.test('what it rejects with is a KitError, whoever failed', async (t) => {
  const folder = tempFolder(t, 'library')
  const kit = await openKit({ home: join(folder, 'home'), offline: true })
  writeFileSync(join(folder, 'file'), 'some content')
  const { roots } = await kit.add(join(folder, 'file'))
  writeFileSync(join(folder, 'there.car'), 'already')
  const taken = kit.cars.exportTo(roots[0]!.cid, join(folder, 'there.car'))
  await t.rejects(taken, { name: 'KitError', code: 'EXISTS' })
})

t.test('an engine that it started outlives the signal of the call', async (t) => {
  const kit = await openKit({ home: join(tempFolder(t, 'library'), 'home'), offline: true })
  const end = new AbortController()
  const { pid } = await kit.engine.start({ signal: end.signal })
  t.teardown(() => kit.engine.stop().catch(() => undefined))
  end.abort()
  // Answered by the engine, after whatever the signal would have sent to it.
  t.match(await kit.engine.status(), { pid })
  t.match(await kit.engine.status(), { pid })
  await kit.engine.stop()
  await t.rejects(kit.engine.start({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
  t.notOk(await kit.engine.status())
})

t.test('importing it opens nothing, and loads little', async (t) => {
  const folder = tempFolder(t, 'library')
  const script = `
    const before = process._getActiveHandles().length
    const { openKit } = await import('ipfs-kit')
    if (typeof openKit !== 'function' || process._getActiveHandles().length !== before) process.exit(1)
  `
  const { code, stderr } = await runProgram(
    process.execPath,
    ['--input-type=module', '-e', script],
    { cwd: ROOT, env: { HOME: folder } }
  )
  t.equal(code, 0, stderr)
  t.same(readdirSync(folder), [], 'nothing is made')
})

t.test('SQL by the library', async (t) => {
  const folder = tempFolder(t, 'library-sql')
  const kit = await openKit({ home: join(folder, 'home') })
  writeFileSync(join(folder, 'a.csv'), 'a\n1\n2\n')
  const { roots } = await kit.add(join(folder, 'a.csv'))
  const sql = `SELECT a, $n AS n FROM '/ipfs/${roots[0]!.cid}' ORDER BY a DESC`
  const { columns, rows } = await kit.query(sql, { parameters: { n: 'x' } })
  t.same(columns.map(({ type }) => type), ['BIGINT', 'VARCHAR']) // prettier-ignore
  t.same(rows, [[2, 'x'], [1, 'x']]) // prettier-ignore
  await t.rejects(kit.query('COPY pins TO x'), { code: 'ACCESS_DENIED' })
  await kit.queries.save('count', 'SELECT count(*) n FROM pins')
  t.same((await kit.queries.list()).map(({ name }) => name), ['count']) // prettier-ignore
  const result = await kit.queries.result('count', { format: 'csv' })
  t.match(result, { size: 4 })
  const pieces: Uint8Array[] = []
  for await (const piece of kit.cat(result!.cid)) pieces.push(piece)
  t.equal(Buffer.concat(pieces).toString(), 'n\n1\n')
  t.same(await kit.queries.result('count', { format: 'csv' }), result, 'it is not computed again')
  t.equal(await kit.queries.result('none', { format: 'csv' }), undefined)
})
