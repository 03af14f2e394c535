/** `refs`: what blocks link to, and which blocks are here. */
import { KitError, toKitError } from '../core/errors.js'
import { refs } from '../operations/refs.js'
import { storedCids } from '../operations/stored-cids.js'
import { sendValues } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { kuboMessage } from './kubo-error.js'
import { contentPath } from './paths.js'

const USUAL = '<dst>'

export const refsCommands: KuboCommands = {
  refs: async (call) => {
    argument(call, 0, 'ipfs-path')
    await sendValues(call.http, listed(call))
  },
  'refs/local': async ({ http, services, run }) =>
    await sendValues(http, stored(storedCids(services, run)))
}

async function* stored(cids: AsyncIterable<string>): AsyncGenerator<object, void, undefined> {
  for await (const cid of cids) yield { Ref: cid, Err: '' }
}

async function* listed(call: KuboCall): AsyncGenerator<object, void, undefined> {
  const format = formatOf(call)
  const most = call.count('max-depth') ?? -1
  const depth = call.flag('recursive', false) ? (most < 0 ? Number.POSITIVE_INFINITY : most) : 1
  const unique = call.flag('unique', false)
  if (depth === 0) return
  for (const arg of call.args) {
    const path = contentPath(arg)
    try {
      for await (const { from, to, name } of refs(call.services, { path, depth, unique }, call.run))
        yield {
          Ref: format
            .replaceAll('<src>', from)
            .replaceAll('<dst>', to)
            .replaceAll('<linkname>', name),
          Err: ''
        }
    } catch (error) {
      const known = toKitError(error)
      if (known.code === 'ABORTED') throw known
      yield { Ref: '', Err: kuboMessage(known) }
    }
  }
}

function formatOf(call: KuboCall): string {
  const format = call.text('format') ?? USUAL
  if (!call.flag('edges', false)) return format
  if (format === USUAL) return '<src> -> <dst>'
  throw new KitError('INVALID_ARGUMENT', 'using format argument with edges is not allowed')
}
