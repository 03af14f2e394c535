/** `dag`: nodes of IPLD, and archives of them. */
import { isKitError } from '../core/errors.js'
import { blockPut } from '../operations/block-put.js'
import { carImport } from '../operations/car-import.js'
import { dagExport } from '../operations/dag-export.js'
import { dagGet } from '../operations/dag-get.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { dagStat } from '../operations/dag-stat.js'
import { pinAdd } from '../operations/pin-add.js'
import { sendBytes, sendValue, sendValues } from './answers.js'
import { argument, withoutFetching, type KuboCall, type KuboCommands } from './call.js'
import { kuboMessage } from './kubo-error.js'
import { contentPath } from './paths.js'
import { uploads } from './uploads.js'

/** A CID in an answer. */
export const link = (cid: string) => ({ '/': cid })

export const dagCommands: KuboCommands = {
  'dag/get': async (call) => {
    const path = contentPath(argument(call, 0, 'ref'))
    const codec = call.text('output-codec') ?? 'dag-json'
    const { bytes } = await dagGet(call.services, { path, codec }, call.run)
    await sendBytes(call.http, 'text/plain', once(bytes))
  },
  'dag/put': async (call) => await sendValues(call.http, putNodes(call)),
  'dag/resolve': async (call) => {
    const path = contentPath(argument(call, 0, 'ref'))
    const { cid, rest } = await dagResolve(call.services, { path }, call.run)
    sendValue(call.http, { Cid: link(cid), RemPath: rest })
  },
  'dag/stat': async (call) => {
    argument(call, 0, 'root')
    await sendValues(call.http, statOf(call))
  },
  'dag/export': async (call) => {
    const path = contentPath(argument(call, 0, 'root'))
    const services = call.flag('local-only', false) ? withoutFetching(call.services) : call.services
    await sendBytes(call.http, 'application/vnd.ipld.car', dagExport(services, { path }, call.run))
  },
  'dag/import': async (call) => await sendValues(call.http, importArchives(call))
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes)
}

async function* putNodes(call: KuboCall): AsyncGenerator<object, void, undefined> {
  const request = {
    codec: call.text('store-codec') ?? 'dag-cbor',
    inputCodec: call.text('input-codec') ?? 'dag-json',
    hash: call.text('hash') ?? undefined,
    pin: call.flag('pin', false),
    allowBig: call.flag('allow-big-block', false)
  }
  for await (const { body } of uploads(call.http, 'object data')) {
    const { cid } = await blockPut(call.services, { ...request, bytes: body }, call.run)
    yield { Cid: link(cid) }
  }
}

async function* statOf(call: KuboCall): AsyncGenerator<object, void, undefined> {
  const paths = call.args.map((path) => contentPath(path))
  const { dags, uniqueBlocks, uniqueSize } = await dagStat(call.services, { paths }, call.run)
  const all = dags.reduce((sum, { size }) => sum + size, 0)
  const shared = all - uniqueSize
  yield {
    UniqueBlocks: uniqueBlocks,
    TotalSize: uniqueSize,
    ...(shared === 0 ? {} : { SharedSize: shared }),
    Ratio: uniqueSize === 0 ? 1 : all / uniqueSize,
    DagStats: dags.map(({ cid, size, blocks }) => ({ Cid: cid, Size: size, NumBlocks: blocks }))
  }
}

async function* importArchives(call: KuboCall): AsyncGenerator<object, void, undefined> {
  const roots = new Set<string>()
  let blocks = 0
  let bytes = 0
  for await (const { body } of uploads(call.http, 'path')) {
    const archives = [{ stream: body, name: 'the archive' }]
    const report = await carImport(call.services, { archives, pin: false }, call.run)
    for (const root of report.roots) roots.add(root)
    blocks += report.blocks
    bytes += report.bytes
  }
  const pins = call.flag('pin-roots', true) && !call.flag('local-only', false)
  if (pins) for (const root of roots) yield { Root: await pinnedRoot(call, root) }
  if (call.flag('stats', false)) yield { Stats: { BlockCount: blocks, BlockBytesCount: bytes } }
}

/** Pins a root with what is here. That it cannot be pinned is no failure of the import. */
async function pinnedRoot(call: KuboCall, root: string): Promise<object> {
  try {
    await pinAdd(withoutFetching(call.services), { paths: [root] }, call.run)
    return { Cid: link(root), PinErrorMsg: '' }
  } catch (error) {
    if (!isKitError(error) || error.code === 'ABORTED') throw error
    return { Cid: link(root), PinErrorMsg: kuboMessage(error) }
  }
}
