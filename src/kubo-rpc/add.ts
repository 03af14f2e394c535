/** `add`: files and folders that a client sends. */
import { addEntries, type EntryWritten, type StreamedEntry } from '../operations/add-entries.js'
import { KitError } from '../core/errors.js'
import { bufferOf } from '../core/bytes.js'
import { sendValues } from './answers.js'
import type { KuboCall, KuboCommands } from './call.js'
import { importProfile } from './import-options.js'
import { Outbox } from './outbox.js'
import { unixMode } from './go-mode.js'
import { uploads, type Upload } from './uploads.js'

/** Bytes of a file between two messages of progress, as in Kubo. */
const PROGRESS_BYTES = 256 << 10
/** Longest target of a link, as on Linux. */
const MAX_TARGET = 4095

export const addCommands: KuboCommands = {
  add: async (call) => {
    const adding = new Adding(call)
    await sendValues(call.http, adding.messages())
  }
}

type Metadata = StreamedEntry['metadata']

/** What Kubo tells of an entry. Fields that are undefined are left out. */
interface Message {
  readonly Name: string
  readonly Hash?: string
  readonly Bytes?: number
  readonly Size?: string
  readonly Mode?: string | undefined
  readonly Mtime?: number | undefined
  readonly MtimeNsecs?: number | undefined
}

class Adding {
  readonly #call: KuboCall
  readonly #wrap: boolean
  readonly #preserve: { readonly mode: boolean; readonly mtime: boolean }
  readonly #fixed: Metadata
  /** What was told of the files and folders in the root, by their names. */
  readonly #tops = new Map<string, Upload>()

  constructor(call: KuboCall) {
    this.#call = call
    this.#wrap = call.flag('wrap-with-directory', false)
    this.#fixed = fixedMetadata(call)
    this.#preserve = {
      mode: call.flag('preserve-mode', false) && this.#fixed.mode === undefined,
      mtime: call.flag('preserve-mtime', false) && this.#fixed.mtime === undefined
    }
  }

  /** Yields what is told of the entries. Roots are told of once they are durable. */
  async *messages(): AsyncGenerator<Message, void, undefined> {
    const { services, run, flag, text } = this.#call
    refuseOptions(this.#call)
    const { mode, mtime } = this.#preserve
    const hasMetadata = mode || mtime || Object.values(this.#fixed).some((one) => one !== undefined)
    const profile = importProfile(this.#call, hasMetadata)
    const outbox = new Outbox<Message>()
    const roots: Message[] = []
    const silent = flag('silent', false)
    const onEntry = (entry: EntryWritten): void => {
      if (silent && entry.type !== 'directory') return
      if (entry.isRoot) roots.push(this.#told(entry))
      else outbox.push(this.#told(entry))
    }
    const work = addEntries(
      services,
      {
        entries: outbox.paced(this.#entries()),
        profile,
        wrap: this.#wrap ? this.#fixed : undefined,
        onlyHash: flag('only-hash', false),
        pin: flag('pin', true),
        pinName: text('pin-name'),
        emptyFolders: flag('empty-dirs', true),
        onEntry,
        ...(flag('progress', false) ? { onBytes: progressTo(outbox) } : {})
      },
      run
    )
    yield* outbox.until(work)
    yield* roots
  }

  async *#entries(): AsyncGenerator<StreamedEntry, void, undefined> {
    for await (const upload of uploads(this.#call.http, 'path')) {
      const { path, type, body } = upload
      if (path.length === 1) this.#tops.set(nameOf(path), upload)
      if (type === 'directory' && path.length === 0) continue
      const metadata = this.#metadataOf(upload)
      if (type === 'directory') yield { path, type, metadata }
      else if (type === 'symlink') yield { path, type, metadata, target: await targetIn(body) }
      else yield { path, type, metadata, bytes: body }
    }
  }

  #metadataOf({ mode, mtime }: Upload): Metadata {
    return {
      mode: this.#preserve.mode ? unixMode(mode) || undefined : this.#fixed.mode,
      mtime: this.#preserve.mtime ? mtime : this.#fixed.mtime
    }
  }

  /** Kubo tells mode and time of the entry in the root with everything below it, and none if it is wrapped. */
  #told({ path, cid, tsize }: EntryWritten): Message {
    const top = this.#wrap ? undefined : this.#tops.get(nameOf(path.slice(0, 1)))
    const mtime = top?.mtime
    return {
      Name: nameOf(path),
      Hash: cid,
      Size: String(tsize),
      Mode: top === undefined || top.mode === 0 ? undefined : `0${top.mode.toString(8)}`,
      Mtime: mtime === undefined || mtime.sec === 0 ? undefined : mtime.sec,
      MtimeNsecs: mtime === undefined || mtime.nsec === 0 ? undefined : mtime.nsec
    }
  }
}

const nameOf = (path: readonly Uint8Array[]): string =>
  path.map((name) => bufferOf(name).toString()).join('/')

const progressTo = (outbox: Outbox<Message>) => {
  let told = 0
  return (path: readonly Uint8Array[], bytes: number): void => {
    if (bytes < told) told = 0
    if (bytes - told < PROGRESS_BYTES && bytes >= PROGRESS_BYTES) return
    told = bytes
    outbox.push({ Name: nameOf(path), Bytes: bytes })
  }
}

/** @throws UNSUPPORTED, INVALID_ARGUMENT. */
function refuseOptions(call: KuboCall): void {
  if (call.text('to-files') !== undefined)
    throw new KitError(
      'UNSUPPORTED',
      'the files of this node cannot be written, so --to-files is refused; pin with --pin-name instead'
    )
  if (!call.flag('pin', true) && call.text('pin-name') !== undefined)
    throw new KitError('INVALID_ARGUMENT', 'pin-name option requires pin to be set')
}

/** Returns the mode and the time that all entries get. */
function fixedMetadata(call: KuboCall): Metadata {
  const sec = call.count('mtime') ?? 0
  const nsec = call.count('mtime-nsecs') ?? 0
  if (sec === 0 && nsec !== 0)
    throw new KitError(
      'INVALID_ARGUMENT',
      'option "mtime-nsecs" requires "mtime" to be provided as well'
    )
  const mode = unixMode(call.count('mode') ?? 0)
  return { mode: mode || undefined, mtime: sec === 0 ? undefined : { sec, nsec } }
}

async function targetIn(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > MAX_TARGET)
      throw new KitError('INVALID_ARGUMENT', `the target of a link has over ${MAX_TARGET} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
