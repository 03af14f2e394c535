/** The facets that a backend can offer. Each is a small interface whose comment is its contract. */
import { KitError } from '../../src/core/errors.js'
import type { BlockReader, BlockWriter } from './blocks.js'
import type { CarUploads } from './car-uploads.js'
import type { Leftovers } from './leftovers.js'
import type { FileReader, FileWriter } from './named-files.js'
import type { Keys, NamePublishing, NameRecords } from './names.js'
import type { Peers } from './peers.js'
import type { PinRemoval, PinStates, RemotePins } from './remote-pins.js'
import type { EntityArchives, FileBatches, FileStreams } from './streams.js'

interface AllFacets {
  readonly blockReader: BlockReader
  readonly blockWriter: BlockWriter
  readonly fileStreams: FileStreams
  readonly fileBatches: FileBatches
  readonly entityArchives: EntityArchives
  readonly nameRecords: NameRecords
  readonly keys: Keys
  readonly namePublishing: NamePublishing
  readonly pinStates: PinStates
  readonly remotePins: RemotePins
  readonly pinRemoval: PinRemoval
  readonly carUploads: CarUploads
  readonly peers: Peers
  readonly fileReader: FileReader
  readonly fileWriter: FileWriter
  readonly leftovers: Leftovers
}

/** The facets that a backend offers: some of all. */
export type Facets = Partial<AllFacets>

/** A capability is the name of an offered facet. */
export type Capability = keyof AllFacets

/**
 * The kind of a call. Reads may be repeated and are short. What a name takes to be found says
 * nothing about content.
 */
export type CallKind = 'read' | 'write' | 'name' | 'health'

/**
 * The shape of a method: a call that gives one answer, a stream that gives many, or an upload, which
 * is a write whose second argument is the content.
 */
export type CallShape = Exclude<CallKind, 'health'> | 'stream' | 'upload'

/** Every method of every facet. Wrappers go by this table and know no method by itself. */
export const FACET_CALLS = {
  blockReader: { getBlock: 'read' },
  blockWriter: { putBlock: 'write', deleteBlock: 'write' },
  fileStreams: { readFile: 'stream' },
  fileBatches: { readFiles: 'stream' },
  entityArchives: { readEntityCar: 'stream' },
  nameRecords: { getNameRecords: 'name' },
  keys: { listKeys: 'name' },
  namePublishing: { publishName: 'name' },
  pinStates: { statusOf: 'read', listPins: 'stream' },
  remotePins: { pin: 'write', replace: 'write', recover: 'write' },
  pinRemoval: { unpin: 'write' },
  carUploads: { putCar: 'upload' },
  peers: { getAddresses: 'read', connect: 'name' },
  fileReader: { get: 'stream', list: 'stream', stat: 'read' },
  fileWriter: { put: 'upload', remove: 'write' },
  leftovers: { sweep: 'write' }
} as const satisfies {
  readonly [F in Capability]: { readonly [M in keyof AllFacets[F]]: CallShape }
}

export const CAPABILITIES = Object.keys(FACET_CALLS) as readonly Capability[]

/** The facets that change what the other side holds. A backend that is read only has none of them. */
export const CHANGING_FACETS = [
  'blockWriter',
  'remotePins',
  'pinRemoval',
  'carUploads',
  'fileWriter',
  'leftovers',
  'namePublishing'
] as const

/** The names of the facets that are offered. */
export const offered = (facets: Facets): Capability[] =>
  CAPABILITIES.filter((capability) => facets[capability] !== undefined)

/**
 * Gives a facet of a backend. This is the one place that refuses what is not offered.
 * @throws UNSUPPORTED.
 */
export function facetOf<F extends Capability>(
  backend: { readonly name: string; readonly type: string; readonly facets: Facets },
  capability: F
): AllFacets[F] {
  const facet = backend.facets[capability]
  if (facet !== undefined) return facet
  throw new KitError(
    'UNSUPPORTED',
    `backend ${backend.name} of type ${backend.type} cannot do this: it offers no ${capability}`
  )
}
