/** Trying a backend: every facet that a block or a file can be sent through is used once. */
import { randomBytes } from 'node:crypto'
import { Cid, RAW } from '../src/core/cid.js'
import { isKitError, KitError, toKitError } from '../src/core/errors.js'
import { sha256, SHA2_256 } from '../src/core/hash.js'
import { carHeader, sectionHead } from '../src/formats/car-writer.js'
import type { Backend } from './backend.js'
import type { CallOptions } from './facets/call.js'
import { readRange } from './files/read-range.js'
import { isRenameError } from './files/rename-step.js'

const SIZE = 4096
const MIDDLE = { position: 1000, length: 96 }

/**
 * A step, and what it found, for people; undefined where it is none of this backend. A step throws
 * what is wrong. It makes sense only where the one that it needs, and what that needs, went well.
 */
export type RoundTripStep = readonly [
  step: string,
  work: () => Promise<string | undefined>,
  needs?: string
]

/**
 * The steps to take in their order. Each asks for a right of its own, so that all that are missing
 * can be told. What one puts a later one takes away. A backend where nothing may be put is only asked how it is.
 */
export function roundTrip(backend: Backend, options: CallOptions): RoundTripStep[] {
  const ask: RoundTripStep = ['ask', async () => (await backend.health(options)).version]
  return [
    ask,
    ...listSteps(backend, options),
    ...blockSteps(backend, options),
    ...carSteps(backend, options),
    ...fileSteps(backend, options)
  ]
}

/** A block goes there and back, and is pinned meanwhile where pins are offered. */
function blockSteps({ facets }: Backend, options: CallOptions): RoundTripStep[] {
  const { blockReader, blockWriter, remotePins, pinStates, pinRemoval } = facets
  if (blockReader === undefined || blockWriter === undefined) return []
  const block = randomBytes(SIZE)
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  const put = (): Promise<string> =>
    blockWriter.putBlock(cid, block, options).then(() => `${SIZE} bytes as ${cid}`)
  const get = (): Promise<string> => blockReader.getBlock(cid, options).then(() => 'the same bytes')
  const pins: RoundTripStep[] =
    remotePins === undefined || pinStates === undefined || pinRemoval === undefined
      ? []
      : [
          [
            'pin',
            async () => {
              await remotePins.pin(cid, {}, options)
              const status = await pinStates.statusOf(cid, options)
              if (status !== undefined && status.state !== 'failed') return `it is ${status.state}`
              throw new KitError('BACKEND_UNAVAILABLE', `${cid} is not pinned after all`)
            },
            'rename'
          ],
          ['unpin', () => pinRemoval.unpin(cid, options).then(() => ''), 'pin']
        ]
  const remove = (): Promise<string> => blockWriter.deleteBlock(cid, options).then(() => '')
  return [
    ...putSteps('put', 'rename', put),
    ['get', get, 'rename'],
    ...pins,
    ['delete', remove, 'rename']
  ]
}

/**
 * A put, and the rename that ends it where files are written under another name first. That is a
 * right of its own, so that where it is missing the put went well as far as it goes.
 */
function putSteps(put: string, rename: string, work: () => Promise<string>): RoundTripStep[] {
  let failure: unknown
  const written = async (): Promise<string> =>
    await work().catch((error: unknown) => {
      if (!isRenameError(error)) throw error
      failure = error
      return `${SIZE} bytes under another name`
    })
  const named = (): Promise<undefined> =>
    failure === undefined ? Promise.resolve(undefined) : Promise.reject(renameFailure(failure))
  return [
    [put, written],
    [rename, named, put]
  ]
}

/** What a server says of a rename, and what to do where it is one that it does not allow. */
function renameFailure(error: unknown): KitError {
  const { code, message } = toKitError(error)
  const isDenied = ['ACCESS_DENIED', 'UNSUPPORTED', 'READ_ONLY'].includes(code)
  const next = isDenied ? '; let this user rename files there, too' : ''
  return new KitError(code, `a file was written and not renamed: ${message}${next}`, { cause: error }) // prettier-ignore
}

/** Pins are listed, of which the first is enough. */
function listSteps({ facets }: Backend, options: CallOptions): RoundTripStep[] {
  const { pinStates } = facets
  if (pinStates === undefined) return []
  const list = async (): Promise<string> => {
    for await (const { cid, state } of pinStates.listPins(options)) return `${cid} is ${state}`
    return 'none'
  }
  return [['list pins', list]]
}

/** An archive of one block goes to those who take no block by itself. */
function carSteps({ facets }: Backend, options: CallOptions): RoundTripStep[] {
  const { blockWriter, carUploads, pinRemoval } = facets
  if (blockWriter !== undefined || carUploads === undefined || pinRemoval === undefined) return []
  const block = randomBytes(SIZE)
  const cid = Cid.v1(RAW, SHA2_256, sha256(block))
  const car = [carHeader([cid]), sectionHead(cid, block.length), block]
  const put = async (): Promise<string> =>
    `${cid} is ${(await carUploads.putCar(cid, () => car, {}, options)).state}`
  return [
    ['put archive', put],
    ['unpin', () => pinRemoval.unpin(cid, options).then(() => ''), 'put archive']
  ]
}

/**
 * A file goes there and back, by parts and as a whole, is replaced, and goes away. Where it may not be
 * put, it is asked all the same whether files may be listed and removed.
 */
function fileSteps({ facets }: Backend, options: CallOptions): RoundTripStep[] {
  const { fileReader, fileWriter } = facets
  if (fileReader === undefined || fileWriter === undefined) return []
  // In a folder that is ours, and not beside what others may have at the top.
  const name = `blocks/ipfs-kit-test-${randomBytes(8).toString('hex')}`
  const [bytes, other] = [randomBytes(SIZE), randomBytes(SIZE + 1)]
  let outcome: 'put' | 'denied' | undefined
  const put = async (): Promise<string> => {
    await fileWriter
      .put(name, () => [bytes], options)
      .catch((error: unknown) => {
        if (isKitError(error, 'ACCESS_DENIED') || isRenameError(error)) outcome = 'denied'
        throw error
      })
    outcome = 'put'
    return `${SIZE} bytes as ${name}`
  }
  const look = async (): Promise<string> => {
    const found = await fileReader.stat(name, options)
    if (found?.size === SIZE) return `${found.size} bytes`
    throw new KitError('INTEGRITY', `${name} has ${found?.size ?? 'no'} bytes`)
  }
  const range = async (): Promise<string> => {
    const { position, length } = MIDDLE
    const part = await readRange(fileReader, name, MIDDLE, SIZE, options)
    if (bytes.subarray(position, position + length).equals(part)) return `${length} bytes`
    throw new KitError(
      'INTEGRITY',
      `bytes ${position} to ${position + length} of ${name} are others`
    )
  }
  const list = async (): Promise<string | undefined> => {
    if (outcome === undefined) return undefined
    for await (const entry of fileReader.list('blocks', name.slice(-16), options))
      if (entry.name === name) return 'it is listed'
    if (outcome === 'denied') return 'a folder is listed'
    throw new KitError('INTEGRITY', `${name} was put, and is not listed`)
  }
  const replace = async (): Promise<string> => {
    await fileWriter
      .put(name, () => [other], options)
      .catch((error: unknown) => {
        throw isRenameError(error) ? renameFailure(error) : error
      })
    const found = await readRange(fileReader, name, { position: 0 }, SIZE + 1, options)
    if (other.equals(found)) return `by ${SIZE + 1} bytes`
    throw new KitError('INTEGRITY', `${name} was replaced, and has other bytes`)
  }
  const remove = async (): Promise<string | undefined> => {
    if (outcome === undefined) return undefined
    await fileWriter.remove(name, options).catch((error: unknown) => {
      const { code, message } = toKitError(error)
      const left = outcome === 'put' ? `; ${name} is left there` : ''
      throw new KitError(code, `${message}${left}`, { cause: error })
    })
    // That nothing was there to be removed says nothing of the right to.
    if (outcome === 'denied') return undefined
    if ((await fileReader.stat(name, options)) === undefined) return 'it is gone'
    throw new KitError('INTEGRITY', `${name} was removed, and is still there`)
  }
  return [
    ...putSteps('put file', 'rename file', put),
    ['look at file', look, 'rename file'],
    ['range of file', range, 'rename file'],
    ['list files', list],
    ['replace file', replace, 'rename file'],
    ['remove file', remove]
  ]
}
