/** HTTP on the socket of a home: ranges of files, folders, adding, pins, Arrow streams; frames beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { byteRange } from '../../src/http/byte-range.js'
import { Kit } from '../support/cli.js'
import { python, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

t.test('ranges', async (t) => {
  t.same(byteRange('bytes=0-9', 100), { start: 0, end: 10 })
  t.same(byteRange('bytes=90-', 100), { start: 90, end: 100 })
  t.same(byteRange('bytes=90-200', 100), { start: 90, end: 100 })
  t.same(byteRange('bytes=-7', 100), { start: 93, end: 100 })
  t.same(byteRange('bytes=-700', 100), { start: 0, end: 100 })
  for (const header of ['bytes=100-', 'bytes=-0', 'bytes=200-300'])
    t.equal(byteRange(header, 100), 'unsatisfiable', header)
  for (const header of [undefined, 'bytes=-', 'bytes=9-3', 'bytes=0-1,3-4', 'lines=1-2'])
    t.equal(byteRange(header, 100), undefined, String(header))
  t.equal(byteRange('bytes=-7', 0), 'unsatisfiable')
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer
}

async function ask(kit: Kit, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asked
  const socketPath = join(kit.home, 'run', 'socket')
  const call = request({ socketPath, path, method, headers, agent: false })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) }
}

const json = <T>(answer: Answer): T => JSON.parse(answer.body.toString()) as T

t.test('an engine answers programs', async (t) => {
  const folder = tempFolder(t, 'http')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 5))
  mkdirSync(join(folder, 'tree', 'sub dir'), { recursive: true })
  writeFileSync(join(folder, 'tree', 'sub dir', 'ü%20#?.bin'), bytes)
  writeFileSync(join(folder, 'tree', 'empty'), '')
  const added = await ask(kit, `/kit/add?path=${encodeURIComponent(join(folder, 'tree'))}`, {
    method: 'POST'
  })
  const { cid: tree } = json<{ cid: string }>(added)
  const path = `/ipfs/${tree}/sub%20dir/${encodeURIComponent('ü%20#?.bin')}`

  t.test('bytes and ranges of files', async (t) => {
    const whole = await ask(kit, path)
    t.equal(whole.status, 200)
    t.ok(whole.body.equals(bytes))
    t.match(whole.headers, { 'content-length': '3000000', 'accept-ranges': 'bytes' })
    const part = await ask(kit, path, { headers: { range: 'bytes=1048570-1048590' } })
    t.equal(part.status, 206)
    t.equal(part.headers['content-range'], 'bytes 1048570-1048590/3000000')
    t.ok(part.body.equals(bytes.subarray(1048570, 1048591)))
    t.equal((await ask(kit, path, { headers: { range: 'bytes=3000000-' } })).status, 416)
    const head = await ask(kit, path, { method: 'HEAD' })
    t.match(head, { status: 200, headers: { 'content-length': '3000000' } })
    t.equal(head.body.length, 0)
    const same = { 'if-none-match': whole.headers.etag! }
    t.equal((await ask(kit, path, { headers: same })).status, 304)
    const empty = await ask(kit, `/ipfs/${tree}/empty`)
    t.match(empty, { status: 200, headers: { 'content-length': '0' } })
  })

  t.test('folders and nodes as JSON', async (t) => {
    const listed = json<{ type: string; entries: object[] }>(await ask(kit, `/kit/ls/ipfs/${tree}`))
    t.match(listed, { type: 'directory', cid: tree, size: 0 })
    t.match(listed.entries, [
      { name: 'empty', type: 'file', size: 0 },
      { name: 'sub dir', type: 'directory' }
    ])
    t.match(json(await ask(kit, `/kit/stat${path}`)), { type: 'file', size: 3_000_000 })
  })

  t.test('the page of a folder may do nothing', async (t) => {
    t.match(await ask(kit, `/ipfs/${tree}`), {
      status: 301,
      headers: { location: `/ipfs/${tree}/` }
    })
    const page = await ask(kit, `/ipfs/${tree}/`, { headers: { host: 'localhost' } })
    t.match(page, { status: 200, headers: { 'content-security-policy': /default-src 'none'/ } })
    const file = await ask(kit, path)
    t.equal(file.headers['content-security-policy'], 'sandbox')
  })

  t.test('errors have a status and a code', async (t) => {
    const wrong = async (path: string, status: number, code?: string, asked?: Asked) => {
      const answer = await ask(kit, path, asked)
      t.equal(answer.status, status, path)
      if (code !== undefined) t.match(json(answer), { success: false, code }, path)
    }
    await wrong('/ipfs/nonsense', 400, 'INVALID_CID')
    await wrong(`/ipfs/${tree}/none`, 404, 'PATH_NOT_FOUND')
    await wrong('/ipfs/%ff', 400, 'INVALID_CID')
    await wrong('/ipfs/%zz', 400, 'INVALID_ARGUMENT')
    await wrong('/ipfs/bafkreiaphh3yk6ud6hlb6elh4eumdonvzd6pcjelfolfogv2ukihak4ffa', 404, 'BLOCK_NOT_FOUND') // prettier-ignore
    await wrong('/elsewhere', 404, 'PATH_NOT_FOUND')
    await wrong('/ipc/nothing', 404, 'PATH_NOT_FOUND')
    await wrong(path, 405, undefined, { method: 'POST' })
    await wrong('/kit/pins', 400, 'INVALID_ARGUMENT', { method: 'POST' })
    await wrong('/kit/add?path=relative', 400, 'INVALID_ARGUMENT', { method: 'POST' })
  })

  t.test('a body is added; pins come and go', async (t) => {
    const body = Buffer.alloc(2_000_000, 'x')
    const { cid } = json<{ cid: string }>(
      await ask(kit, '/kit/add?name=xs&pin=false', { method: 'POST', body })
    )
    t.ok((await ask(kit, `/ipfs/${cid}`)).body.equals(body))
    const pinned = async (): Promise<string> => kit.ok('pin', 'ls', '-q')
    t.notMatch(await pinned(), cid)
    t.equal((await ask(kit, `/kit/pins?cid=${cid}&name=n`, { method: 'POST' })).status, 200)
    t.match(await pinned(), cid)
    const rows = json<{ rows: object[] }>(await ask(kit, '/ipc/pin_index.json'))
    t.match(rows.rows.at(-1), { cid, name: 'n', backend: 'local', size_bytes: 2_000_000 })
    t.equal((await ask(kit, `/kit/pins?cid=${cid}`, { method: 'DELETE' })).status, 200)
    t.notMatch(await pinned(), cid)
  })

  t.test('a stream of Arrow is current', { skip: skipWithoutPython }, async (t) => {
    const { status, body } = await ask(kit, '/ipc/pin_index')
    t.equal(status, 200)
    const file = join(folder, 'stream')
    writeFileSync(file, body)
    const script = `import sys, json, pyarrow as pa
print(json.dumps(pa.ipc.open_stream(open(sys.argv[1], 'rb').read()).read_all().column('cid').to_pylist()))`
    t.same(await python(script, file), (await kit.ok('pin', 'ls', '-q')).split('\n'))
  })

  t.test('results of SQL go to a file that the program names', async (t) => {
    const query = (body: unknown): Promise<Answer> =>
      ask(kit, '/kit/query', { method: 'POST', body: Buffer.from(JSON.stringify(body)) })
    const output = join(folder, 'result.arrow')
    const sql = 'SELECT $x + 1 AS y'
    const made = await query({ sql, parameters: { x: 1 }, output })
    t.match(json(made), { rows: 1, output })
    t.equal(readFileSync(output).toString('latin1', 0, 6), 'ARROW1')
    t.match(json(await query({ sql, parameters: { x: 1 }, output })), { code: 'EXISTS' })
    for (const wrong of [[], 'text', {}, { sql: 1, output }, { sql, output: 'relative' }])
      t.match(json(await query(wrong)), { code: 'INVALID_ARGUMENT' })
    const other = join(folder, 'other.arrow')
    const refused = await query({ sql: "SELECT * FROM read_text('/etc/passwd')", output: other })
    t.match(refused, { status: 403 })
    const huge = Buffer.alloc(5 << 20, ' ')
    t.match(await ask(kit, '/kit/query', { method: 'POST', body: huge }), { status: 413 })
    const data = { method: 'POST', body: Buffer.from('{"ref":"none"}') }
    t.match(await ask(kit, '/kit/dataset', data), { status: 404 })
  })

  t.test('long bodies arrive in order, also on connections that are new', async (t) => {
    const long = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => (i * 2654435761) >>> 13))
    const file = join(folder, 'long')
    writeFileSync(file, long)
    const wanted = json<{ cid: string }>(await ask(kit, `/kit/add?path=${encodeURIComponent(file)}`, { method: 'POST' })) // prettier-ignore
    const upload = () => ask(kit, '/kit/add?pin=false', { method: 'POST', body: long })
    const answers = await Promise.all(Array.from({ length: 20 }, upload))
    for (const answer of answers) t.equal(json<{ cid: string }>(answer).cid, wanted.cid)
  })

  t.test('who sends nonsense, or nothing, harms nobody', async (t) => {
    for (const bytes of ['', '{', 'GET', '\0\0\0', 'GET / HTTP/9.9\r\n\r\n']) {
      const socket = connect(join(kit.home, 'run', 'socket'))
      socket.on('error', () => undefined)
      socket.end(bytes)
      socket.resume()
      await once(socket, 'close')
    }
    t.equal((await ask(kit, path, { method: 'HEAD' })).status, 200)
    t.match(readFileSync(join(kit.home, 'run', 'engine.log'), 'utf8'), /has started/)
  })
})
