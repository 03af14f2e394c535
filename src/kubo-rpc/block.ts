/** `block`: single blocks. */
import { KitError, toKitError } from '../core/errors.js'
import { blockGet } from '../operations/block-get.js'
import { blockPut } from '../operations/block-put.js'
import { blockRemove } from '../operations/block-remove.js'
import { sendBytes, sendValue, sendValues } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { once } from './dag.js'
import { kuboMessage } from './kubo-error.js'
import { contentPath } from './paths.js'
import { uploads } from './uploads.js'

export const blockCommands: KuboCommands = {
  'block/get': async (call) => {
    const { block } = await read(call)
    await sendBytes(call.http, 'application/vnd.ipld.raw', once(block))
  },
  'block/stat': async (call) => {
    const { cid, block } = await read(call)
    sendValue(call.http, { Key: cid, Size: block.length })
  },
  'block/put': async (call) => await sendValues(call.http, putBlocks(call)),
  'block/rm': async (call) => {
    argument(call, 0, 'cid')
    await sendValues(call.http, removeBlocks(call))
  }
}

/** kubo-rpc-client names the path below the CID beside it. */
async function read(call: KuboCall): ReturnType<typeof blockGet> {
  const below = (call.text('path') ?? '').replace(/^\/?/, '/')
  const path = `${contentPath(argument(call, 0, 'cid'))}${below === '/' ? '' : below}`
  return await blockGet(call.services, { path }, call.run)
}

async function* putBlocks(call: KuboCall): AsyncGenerator<object, void, undefined> {
  if ((call.count('mhlen') ?? -1) !== -1)
    throw new KitError('UNSUPPORTED', 'digests are not cut here; leave mhlen out')
  const request = {
    codec: codecOf(call),
    hash: call.text('mhtype') ?? undefined,
    pin: call.flag('pin', false),
    allowBig: call.flag('allow-big-block', false)
  }
  for await (const { body } of uploads(call.http, 'data')) {
    const { cid, size } = await blockPut(call.services, { ...request, bytes: body }, call.run)
    yield { Key: cid, Size: size }
  }
}

/** `format` is the older name of the option, with names of its own. */
function codecOf(call: KuboCall): string {
  const codec = call.text('cid-codec') ?? 'raw'
  const format = call.text('format') ?? ''
  if (format === '') return codec
  if (codec !== 'raw' && codec !== '')
    throw new KitError('INVALID_ARGUMENT', 'unable to use "format" (deprecated) and a custom "cid-codec" at the same time') // prettier-ignore
  if (format === 'protobuf') return 'dag-pb'
  return format === 'cbor' ? 'dag-cbor' : format
}

async function* removeBlocks(call: KuboCall): AsyncGenerator<object, void, undefined> {
  const force = call.flag('force', false)
  const quiet = call.flag('quiet', false)
  for (const path of call.args) {
    const cid = contentPath(path).split('/')[2]!
    try {
      await blockRemove(call.services, { cid, force }, call.run)
      if (!quiet) yield { Hash: cid }
    } catch (error) {
      const known = toKitError(error)
      if (known.code === 'ABORTED') throw known
      yield {
        Hash: cid,
        Error: kuboMessage(known).replace(/^block was not found locally \(offline\): /, '')
      }
    }
  }
}
