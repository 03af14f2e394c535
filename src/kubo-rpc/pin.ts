/** `pin`: what is kept. */
import { isKitError, KitError } from '../core/errors.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { pinAdd } from '../operations/pin-add.js'
import { pinCheck } from '../operations/pin-check.js'
import { pinKinds, type KeptContent, type PinKind } from '../operations/pin-kinds.js'
import { pinRemove } from '../operations/pin-remove.js'
import { sendValue, sendValues } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { contentPath } from './paths.js'

const KINDS: Readonly<Record<string, readonly PinKind[]>> = {
  all: ['recursive', 'direct', 'indirect'],
  recursive: ['recursive'],
  direct: ['direct'],
  indirect: ['indirect']
}

export const pinCommands: KuboCommands = {
  'pin/add': async (call) => {
    const cids = await cidsOf(call)
    if (!call.flag('progress', false))
      return sendValue(call.http, { Pins: await pinned(call, cids) })
    await sendValues(call.http, withProgress(call, cids))
  },
  'pin/rm': async (call) => {
    const cids = await cidsOf(call)
    for (const cid of cids) await unpin(call, cid)
    sendValue(call.http, { Pins: cids })
  },
  'pin/ls': async (call) => {
    if (call.flag('stream', false)) return await sendValues(call.http, streamedPins(call))
    const keys: Record<string, object> = {}
    for await (const kept of listedPins(call))
      keys[kept.cid] = { Type: typeOf(kept), Name: nameIn(call, kept) }
    sendValue(call.http, Object.keys(keys).length === 0 ? {} : { Keys: keys })
  },
  'pin/update': async (call) => {
    argument(call, 1, 'to-path')
    const [from = '', to = ''] = await cidsOf(call)
    await updatePin(call, from, to)
    sendValue(call.http, { Pins: [from, to] })
  },
  'pin/verify': async (call) => {
    const quiet = call.flag('quiet', false)
    const verbose = call.flag('verbose', false)
    if (quiet && verbose)
      throw new KitError(
        'INVALID_ARGUMENT',
        'the --verbose and --quiet options can not be used at the same time'
      )
    await sendValues(call.http, checkedPins(call, quiet, verbose))
  }
}

async function cidsOf(call: KuboCall): Promise<string[]> {
  argument(call, 0, 'ipfs-path')
  const cids: string[] = []
  for (const path of call.args)
    cids.push((await dagResolve(call.services, { path: contentPath(path) }, call.run)).cid)
  return cids
}

async function pinned(call: KuboCall, cids: readonly string[]): Promise<readonly string[]> {
  const direct = !call.flag('recursive', true)
  try {
    await pinAdd(call.services, { paths: cids, direct, name: call.text('name') }, call.run)
  } catch (error) {
    if (!isKitError(error, 'EXISTS')) throw error
    throw new KitError('EXISTS', `pin: ${cids.join(', ')} already pinned recursively`, {
      cause: error
    })
  }
  return cids
}

async function* withProgress(
  call: KuboCall,
  cids: readonly string[]
): AsyncGenerator<object, void, undefined> {
  yield { Pins: await pinned(call, cids) }
}

async function unpin(call: KuboCall, cid: string): Promise<void> {
  try {
    await pinRemove(call.services, { cids: [cid] }, call.run)
  } catch (error) {
    if (!isKitError(error, 'PATH_NOT_FOUND')) throw error
    throw new KitError('PATH_NOT_FOUND', 'not pinned or pinned indirectly', { cause: error })
  }
}

/** The new pin gets the name of the old one. */
async function updatePin(call: KuboCall, from: string, to: string): Promise<void> {
  const names = new Map<string, string>()
  const request = { paths: [], kinds: new Set<PinKind>(['recursive']) }
  for await (const { cid, name } of pinKinds(call.services, request, call.run))
    if (cid === from || cid === to) names.set(cid, name)
  const name = names.get(from)
  if (name === undefined)
    throw new KitError('PATH_NOT_FOUND', "'from' cid was not recursively pinned already")
  if (from === to) return
  if (names.has(to)) throw new KitError('EXISTS', "'to' cid was already recursively pinned")
  await pinAdd(call.services, { paths: [to], name }, call.run)
  if (call.flag('unpin', true)) await pinRemove(call.services, { cids: [from] }, call.run)
}

async function* listedPins(call: KuboCall): AsyncGenerator<KeptContent, void, undefined> {
  const type = call.text('type') ?? 'all'
  const kinds = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kinds === undefined)
    throw new KitError('INVALID_ARGUMENT', `invalid type '${type}', must be one of {direct, indirect, recursive, all}`) // prettier-ignore
  const paths = call.args.map((path) => contentPath(path))
  const wanted = call.text('name')
  for await (const kept of pinKinds(call.services, { paths, kinds: new Set(kinds) }, call.run))
    if (wanted === undefined || wanted === '' || kept.name.includes(wanted)) yield kept
}

const typeOf = ({ kind, through }: KeptContent): string =>
  through === undefined ? kind : `${kind} through ${through}`

const nameIn = (call: KuboCall, { name }: KeptContent): string =>
  call.flag('names', false) || (call.text('name') ?? '') !== '' ? name : ''

async function* streamedPins(call: KuboCall): AsyncGenerator<object, void, undefined> {
  for await (const kept of listedPins(call)) {
    const name = nameIn(call, kept)
    yield { Cid: kept.cid, ...(name === '' ? {} : { Name: name }), Type: typeOf(kept) }
  }
}

async function* checkedPins(
  call: KuboCall,
  quiet: boolean,
  verbose: boolean
): AsyncGenerator<object, void, undefined> {
  for await (const { cid, missing } of pinCheck(call.services, call.run)) {
    if (missing.length === 0) {
      if (verbose) yield { Cid: cid, Ok: true }
      continue
    }
    const nodes = missing.map((one) => ({ Cid: one, Err: `block was not found locally (offline): ipld: could not find ${one}` })) // prettier-ignore
    yield { Cid: cid, ...(quiet ? {} : { BadNodes: nodes }) }
  }
}
