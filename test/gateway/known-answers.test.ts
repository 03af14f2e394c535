import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { Kit } from '../support/cli.js'
import { serveGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'known')
const kit = new Kit(join(folder, 'home'))
const TEXT = 'a small file\n'
writeFileSync(join(folder, 'a.txt'), TEXT)
writeFileSync(join(folder, 'large.bin'), Buffer.alloc(20_000))
const root = (await kit.ok('add', '-Q', join(folder, 'a.txt'))).trim()
const large = (await kit.ok('add', '-Q', join(folder, 'large.bin'))).trim()

const read: string[] = []
const opened: string[] = []
let fault: Error | undefined
const { ask } = await serveGateway(t, kit, {
  opened: (cid) => void opened.push(String(cid)),
  readHere: (cid: Cid, into) => {
    if (fault !== undefined) throw fault
    read.push(String(cid))
    return into.length < TEXT.length ? 0 : Buffer.from(TEXT).copy(into)
  }
})

/** An answer without what differs each time. */
async function told(
  path: string,
  headers: Record<string, string> = {},
  host?: string
): Promise<unknown> {
  const { status, headers: all, body } = await ask(path, { headers, ...(host === undefined ? {} : { host }) }) // prettier-ignore
  return { status, headers: { ...all, date: undefined }, body: body.toString() }
}

t.test('a file that is asked for again is answered as before, by its bytes alone', async (t) => {
  const first = await told(`/ipfs/${root}`)
  t.same(read, [])
  t.same(await told(`/ipfs/${root}`), first)
  t.same(read, [root])
  t.same(opened, [root, root], 'each time counts as one')
  t.match(first, { status: 200, body: TEXT })
})

t.test('what depends on more than the content is never answered so', async (t) => {
  read.length = 0
  const etag = `"${root}"`
  t.match(await told(`/ipfs/${root}`, { 'if-none-match': etag }), { status: 304, body: '' })
  t.match(await told(`/ipfs/${root}`, { range: 'bytes=2-6' }), { status: 206, body: 'small' })
  t.match(await ask(`/ipfs/${root}`, { method: 'HEAD' }), { status: 200, headers: { 'content-length': `${TEXT.length}` } }) // prettier-ignore
  t.match(await told(`/ipfs/${root}`, { accept: 'application/vnd.ipld.raw' }), { headers: { 'content-type': 'application/vnd.ipld.raw' } }) // prettier-ignore
  t.match(await told(`/ipfs/${root}?filename=b.html`), { headers: { 'content-disposition': /b\.html/ } }) // prettier-ignore
  t.match(await told(`/ipfs/${root}`, {}, 'localhost'), { status: 301 })
  t.match(await told(`/ipfs/${root}`, { 'service-worker': 'script' }), { status: 400 })
  for (let i = 0; i < 2; i++) t.match(await told(`/ipfs/${large}`), { status: 200 })
  t.same(read, [])
})

t.test('what is gone, or cannot be read so, is asked for in the usual way', async (t) => {
  for (const error of [new KitError('BLOCK_NOT_FOUND', 'gone'), new KitError('IO', 'no disk')]) {
    fault = error
    t.match(await told(`/ipfs/${root}`), { status: 200, body: TEXT })
  }
})
