/**
 * Writes what is pinned, and where, as the Arrow stream `pin_index`: first the pins of the home in the
 * order of their log, then the copies on backends in the order of their CIDs.
 */
import { join } from 'node:path'
import { backendNames } from '../../backends/configured.js'
import { makeSubfolder } from '../core/fs-durable.js'
import { Turns } from '../core/turns.js'
import { ArrowFile } from '../ipc/arrow-file.js'
import { ArrowFileWriter } from '../ipc/arrow-file-writer.js'
import { ipcFolder, streamPath } from '../ipc/layout.js'
import { areCurrent, marksOf, SOURCES_KEY } from '../ipc/source-marks.js'
import { STREAMS, type PinIndexRow } from '../ipc/streams.js'
import { nameOf, type Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import type { Pin } from '../store/pins.js'
import { areMappingsSame, markOfLog } from './log-mark.js'
import { withMappings } from './mappings-view.js'

/** The backend of rows that tell what is pinned here. */
export const HERE = 'local'

/** What the store knows of a pinned node. */
export interface PinnedNode {
  readonly isFolder: boolean
  /** Bytes of a file, of all blocks of a folder, or of the rows of a dataset; null where its block is missing. */
  readonly size: number | null
  /** When it was read last, s since 1970, as an earlier file has it. */
  readonly lastRead?: number | null
}

/** When content was read last, ms since 1970, by CID; what it does not tell, an earlier file may. */
export type Reads = ReadonlyMap<string, number>

export interface PinIndexSources {
  readonly home: string
  /** Returns the pins of this moment. */
  readonly pins: () => ReadonlyMap<string, Pin>
  readonly describe: (cid: string) => PinnedNode
  readonly reads: Reads
}

/** Key of the metadata of the schema: where the log ended, in a home with backends. */
const LOG_KEY = 'ipfs_kit.log'

/** Key of the metadata of the schema, and its value: files of earlier versions count datasets by their root alone. */
const FORMAT_KEY = 'ipfs_kit.format'
const FORMAT = '2'

/** Returns the files that tell what is pinned, below the home, and the folder that tells of new backends. */
function sourcePaths(home: string): string[] {
  const own = ['blocks/pins.log', 'blocks/MANIFEST', 'backends']
  const names = backendNames(home)
  if (names.length === 0) return own
  return [...own, ...names.map((name) => join('backends', name, 'pin_mappings.parquet'))]
}

/** Returns the index of a home where it shows what is pinned now; undefined otherwise. Close it. */
export function openPinIndex(home: string): ArrowFile | undefined {
  const file = openAny(home)
  if (file !== undefined && isCurrent(home, file)) return file
  file?.close()
  return undefined
}

function isCurrent(home: string, { metadata }: ArrowFile): boolean {
  const log = metadata[LOG_KEY]
  return (
    areCurrent(home, metadata[SOURCES_KEY]) && (log === undefined || areMappingsSame(home, log))
  )
}

export function isPinIndexCurrent(home: string): boolean {
  const file = openPinIndex(home)
  file?.close()
  return file !== undefined
}

/** A file that is torn, or of an earlier version, is as good as none. */
function openAny(home: string): ArrowFile | undefined {
  try {
    const file = ArrowFile.open(streamPath(home, 'pin_index'))
    if (file?.metadata[FORMAT_KEY] === FORMAT) return file
    file?.close()
    return undefined
  } catch {
    return undefined
  }
}

/** Replaces the file of a home, in turns, so that other work goes on. @throws the signal's reason. */
export async function writePinIndex(sources: PinIndexSources, signal: AbortSignal): Promise<void> {
  const index = new NewIndex(sources)
  try {
    await withMappings(sources.home, async (mappings) => {
      const turns = new Turns(signal)
      for (const row of index.rows(mappings)) {
        if (turns.isDue) await turns.take()
        index.writer.push(row)
      }
    })
    index.writer.finish(true)
  } finally {
    index.close()
  }
}

/** Replaces the file of a home that has no backends, at once. */
export function writeLocalPinIndex(sources: PinIndexSources): void {
  const index = new NewIndex(sources)
  try {
    for (const row of index.rows(undefined)) index.writer.push(row)
    index.writer.finish(true)
  } finally {
    index.close()
  }
}

/** A file that is being written. */
class NewIndex {
  readonly writer: ArrowFileWriter
  readonly #pins: ReadonlyMap<string, Pin>
  readonly #here: readonly Pin[]
  readonly #earlier: ArrowFile | undefined
  readonly #describe: PinIndexSources['describe']
  readonly #reads: Reads

  constructor({ home, pins, describe, reads }: PinIndexSources) {
    // Before anything is read: what changes from now on makes the file an old one.
    const log = backendNames(home).length === 0 ? undefined : markOfLog(home)
    const marks = marksOf(home, sourcePaths(home))
    this.#pins = pins()
    this.#here = [...this.#pins.values()]
    makeSubfolder(ipcFolder(home))
    const metadata = {
      'ipfs_kit.stream': 'pin_index',
      [FORMAT_KEY]: FORMAT,
      [SOURCES_KEY]: JSON.stringify(marks),
      ...(log === undefined ? {} : { [LOG_KEY]: log })
    }
    const path = streamPath(home, 'pin_index')
    this.writer = new ArrowFileWriter(path, STREAMS.pin_index, metadata)
    this.#earlier = openAny(home)
    this.#describe = withKnown(describe, this.#earlier)
    this.#reads = reads
  }

  rows(mappings: PinMappings | undefined): Iterable<PinIndexRow> {
    return pinRows(this.#here, this.#pins, mappings, this.#describe, this.#reads)
  }

  close(): void {
    this.writer.abandon()
    this.#earlier?.close()
  }
}

/** Yields the rows of the index. */
export function* pinRows(
  here: readonly Pin[],
  pins: ReadonlyMap<string, Pin>,
  mappings: PinMappings | undefined,
  describe: (cid: string) => PinnedNode,
  reads: Reads
): Iterable<PinIndexRow> {
  const names = mappings?.names ?? []
  for (const pin of here) {
    const copies = names.length === 0 ? [] : (mappings?.of(pin.cid) ?? [])
    yield rowOfPin(pin, describe(pin.cid), 1 + storedIn(copies), reads.get(pin.cid))
  }
  if (mappings === undefined) return
  for (const copies of mappings.byCid(names)) {
    const replicas = storedIn(copies) + (pins.has(copies[0]!.cid) ? 1 : 0)
    for (const copy of copies) yield rowOfCopy(copy, replicas)
  }
}

const storedIn = (copies: readonly Mapping[]): number =>
  copies.filter(({ status }) => status === 'stored').length

const secondsOf = (time: string): number | null => {
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000)
}

const rowOfPin = (
  { cid, name, type, createdAt }: Pin,
  { size, isFolder, lastRead = null }: PinnedNode,
  replicas: number,
  readAt: number | undefined
): PinIndexRow => ({
  cid,
  name,
  size_bytes: size,
  pin_type: type,
  timestamp: secondsOf(createdAt),
  metadata: JSON.stringify({ created_at: createdAt, ...(isFolder ? { is_folder: true } : {}) }),
  backend: HERE,
  replication_factor: replicas,
  verified: null,
  last_access: readAt === undefined ? lastRead : Math.floor(readAt / 1000)
})

const rowOfCopy = (copy: Mapping, replicas: number): PinIndexRow => ({
  cid: copy.cid,
  name: nameOf(copy),
  size_bytes: copy.own.size ?? null,
  pin_type: 'recursive',
  timestamp: secondsOf(copy.createdAt),
  metadata: JSON.stringify({
    ...copy.fields,
    created_at: copy.createdAt,
    status: copy.status,
    car_file_path: copy.carPath
  }),
  backend: copy.backend,
  replication_factor: replicas,
  verified: copy.own.verified_at !== undefined,
  last_access: copy.own.read_at === undefined ? null : secondsOf(copy.own.read_at)
})

const KNOWN = ['cid', 'backend', 'size_bytes', 'metadata', 'last_access'] as const

/**
 * Takes what an earlier file tells of a pin, as content never changes: its rows have the order of
 * the pins, less those that were removed since, and before those that are new.
 */
function withKnown(
  describe: (cid: string) => PinnedNode,
  earlier: ArrowFile | undefined
): (cid: string) => PinnedNode {
  const rows = earlier?.rows(STREAMS.pin_index, KNOWN)
  return (cid) => {
    for (;;) {
      const row = nextOf(rows)
      if (row === undefined || row['backend'] !== HERE) return describe(cid)
      if (row['cid'] !== cid) continue
      const size = row['size_bytes'] as number | null
      const lastRead = row['last_access'] as number | null
      if (size === null) return { ...describe(cid), lastRead }
      return { size, isFolder: (row['metadata'] as string).includes('"is_folder":true'), lastRead }
    }
  }
}

/** @returns undefined at the end, and where the rest cannot be read. */
function nextOf<T>(rows: Iterator<T> | undefined): T | undefined {
  try {
    const next = rows?.next()
    return next?.done === false ? next.value : undefined
  } catch {
    return undefined
  }
}
