/** Lists and tables of pins: where they come from, and that they are right while pins are written. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { openKit } from '../../src/index.js'
import { ArrowFile } from '../../src/ipc/arrow-file.js'
import { streamPath } from '../../src/ipc/layout.js'
import { STREAMS } from '../../src/ipc/streams.js'
import { isPinIndexCurrent } from '../../src/operations/pin-index.js'
import { Kit } from '../support/cli.js'
import { until } from '../support/holder.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

interface Listed {
  readonly success: boolean
  readonly pins: readonly { readonly cid: string; readonly name: string; readonly size: number }[]
  readonly method: string
  readonly source: string
}

const list = (kit: Kit, ...words: string[]): Promise<Listed> => kit.json('pin', 'ls', ...words)

t.test('threats 110: each way gives the same list, and is told', async (t) => {
  const folder = tempFolder(t, 'pin-list')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  t.match(await list(kit), { pins: [], method: 'traditional', source: 'direct_pin_index' })
  mkdirSync(join(folder, 'tree'))
  for (const name of ['a', 'b', 'ü c']) writeFileSync(join(folder, 'tree', name), name)
  for (const name of ['a', 'b', 'ü c', '']) await kit.ok('add', '-q', join(folder, 'tree', name))
  const { pins, ...way } = await list(kit)
  t.match(way, { method: 'zero_copy', source: 'arrow_ipc_daemon' }, 'a command wrote the index')
  t.same(pins.map(({ name }) => name), ['a', 'b', 'ü c', 'tree']) // prettier-ignore
  t.same((await list(kit, '--limit', '2')).pins, pins.slice(0, 2))
  t.match(await list(kit, '--limit', '0'), { pins: [], method: 'zero_copy' })

  rmSync(streamPath(kit.home, 'pin_index'))
  t.match(await list(kit), { pins, method: 'traditional', source: 'direct_pin_index' })
  await kit.ok('daemon', 'start')
  await until('the index is current', () => isPinIndexCurrent(kit.home))
  t.match(await list(kit), { pins, method: 'zero_copy', source: 'arrow_ipc_daemon' })
  writeFileSync(streamPath(kit.home, 'pin_index'), 'torn')
  t.match(await list(kit), { pins, source: 'arrow_ipc_daemon' })
  t.match(await list(kit, pins[1]!.cid), { pins: [pins[1]], source: 'direct_pin_index' })
})

t.test('a table of the library', async (t) => {
  const folder = tempFolder(t, 'pin-list')
  const home = join(folder, 'home')
  const kit = await openKit({ home })
  const read = async () => {
    const { table, method, source, close } = await kit.pins.table()
    const rows = [...table].map((row: unknown) => ({ ...(row as { toJSON(): object }).toJSON() }))
    close()
    return { rows, method, source }
  }
  t.same(await read(), { rows: [], method: 'traditional', source: 'direct_pin_index' })
  writeFileSync(join(folder, 'x'), 'hello')
  await kit.add(join(folder, 'x'))
  const first = await read()
  t.match(first, { method: 'zero_copy', source: 'arrow_ipc_daemon' })
  t.match(first.rows, [{ name: 'x', size_bytes: 5n, backend: 'local', replication_factor: 1 }])
  rmSync(streamPath(home, 'pin_index'))
  t.match(await read(), { rows: first.rows, source: 'direct_pin_index' })
})

t.test('what was pinned when the engine was killed is listed, by whichever way', async (t) => {
  const folder = tempFolder(t, 'pin-list')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  const path = streamPath(kit.home, 'pin_index')
  for (let round = 0; round < 4; round++) {
    const { pid } = await kit.json<{ pid: number }>('daemon', 'start')
    const files = Array.from({ length: 8 }, (_, i) => join(folder, `${round}-${i}`))
    for (const file of files) writeFileSync(file, file)
    const adding = files.map((file) => kit.run(['add', '-q', file]))
    await Promise.race(adding)
    process.kill(pid, 'SIGKILL')
    await Promise.all(adding)
    const listed = await list(kit)
    rmSync(path, { force: true })
    t.same((await list(kit)).pins, listed.pins, listed.method)
  }
})

t.test('fifty lists at a time while pins are written', async (t) => {
  const folder = tempFolder(t, 'pin-list')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const writer = await openKit({ home: kit.home })
  const written: string[] = []
  const over = new AbortController()
  const write = async (): Promise<void> => {
    for (let i = 0; !over.signal.aborted; i++) {
      const stream = Readable.from([Buffer.from(`content ${i}`)])
      const { roots } = await writer.add({ name: `n${i}`, stream })
      written.push(roots[0]!.cid)
    }
  }
  const writing = write()
  const ask = async () => {
    const before = written.length
    return { before, ...(await list(kit)) }
  }
  const askAgain = async () => {
    const first = await ask()
    await until('a pin more', () => written.length > first.pins.length)
    return [first, await ask()]
  }
  const others = Promise.all(Array.from({ length: 49 }, ask))
  const answers = [...(await askAgain()), ...(await others)]
  over.abort()
  await writing
  for (const { success, pins, before } of answers) {
    t.ok(success)
    t.ok(pins.length >= before, 'what was pinned before is there')
    t.same(pins.map(({ cid }) => cid), written.slice(0, pins.length)) // prettier-ignore
    t.ok(pins.every(({ name, size }, i) => name === `n${i}` && size === `content ${i}`.length))
  }
  t.ok(new Set(answers.map(({ pins }) => pins.length)).size > 1, 'they were written meanwhile')
})

t.test('the pin of a dataset has the size of its rows, and keeps its time', async (t) => {
  const folder = tempFolder(t, 'pin-dataset')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'x.csv'), `id,word\n${Array.from({ length: 500 }, (_, i) => `${i},word ${i}\n`).join('')}`) // prettier-ignore
  const { cid, bytes } = await kit.json<{ cid: string; bytes: number }>('dataset', 'put', 'x', join(folder, 'x.csv')) // prettier-ignore
  t.ok(bytes > 1000)
  const { pins } = await list(kit)
  t.match(pins, [{ cid, size: bytes, created_at: String }])
  t.match(await list(kit, cid), { pins })
  await kit.ok('pin', 'add', cid)
  t.same((await list(kit)).pins, pins)
  rmSync(streamPath(kit.home, 'pin_index'))
  t.match(await list(kit), { pins, source: 'direct_pin_index' })
})

t.test('when a pin was read last is in its row, wherever that comes from', async (t) => {
  const folder = tempFolder(t, 'pin-reads')
  const home = join(folder, 'home')
  const commands = new Kit(home)
  t.teardown(() => commands.run(['daemon', 'stop']))
  const kit = await openKit({ home })
  const read = async () => {
    const { table, source, close } = await kit.pins.table()
    const rows = [...table].map((row: unknown) => ({ ...(row as { toJSON(): { name: string; last_access: number | null } }).toJSON() })) // prettier-ignore
    close()
    return { source, reads: rows.map(({ name, last_access }) => [name, last_access !== null]) }
  }
  for (const name of ['x', 'y']) {
    writeFileSync(join(folder, name), name)
    await kit.add(join(folder, name))
  }
  const cid = (await list(commands)).pins[1]!.cid
  t.same((await read()).reads, [['x', false], ['y', false]]) // prettier-ignore
  await commands.ok('cat', cid)
  await commands.ok('metadata', 'show', cid)
  const reads = [['x', false], ['y', true]] // prettier-ignore
  t.same(await read(), { source: 'arrow_ipc_daemon', reads }, 'by the command that took it in')
  await commands.ok('pin', 'add', cid)
  t.same(await read(), { source: 'arrow_ipc_daemon', reads }, 'and by those after it')
  rmSync(streamPath(home, 'pin_index'))
  t.same(await read(), { source: 'direct_pin_index', reads }, 'by nobody')
  await commands.ok('daemon', 'start')
  await until('the index is current', () => isPinIndexCurrent(home))
  t.same(await read(), { source: 'arrow_ipc_daemon', reads }, 'by an engine')
  await commands.ok('cat', (await list(commands)).pins[0]!.cid)
  await commands.ok('metadata', 'show', cid)
  await until('the engine wrote it', () => {
    const file = ArrowFile.open(streamPath(home, 'pin_index'))!
    const [first] = file.rows(STREAMS.pin_index, ['last_access'])
    file.close()
    return first!['last_access'] !== null
  })
})
