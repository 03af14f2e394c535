/**
 * Types of the protocol between commands and the owner of a home, over the home's Unix socket: a
 * map of methods, each with its request, answer and progress. Values are plain data, as JSON
 * carries them. A call can be cancelled; a caller that goes away cancels its calls.
 */
import type { MountOptions } from '../mount/driver.js'
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { EngineMount, EngineReport } from '../operations/engine-report.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { PinRecord, Recorded } from '../operations/pin-records.js'
import type { Unmounting } from './mounts.js'
import type { CacheListing } from '../fetch/upstream-content.js'
import type { Inspected, KnownLimits, SqlRows } from '../query/ports.js'
import type { SentSelect } from './sql-shapes.js'
import type { EngineSettings } from './settings.js'
import type { WantMessage } from './want-message.js'

/** Increases with each change of this file that an older owner or command does not understand. */
export const PROTOCOL_VERSION = 8

interface Method<Request, Answer, Progress = never> {
  readonly request: Request
  readonly answer: Answer
  readonly progress: Progress
}

type Nothing = Readonly<Record<string, never>>

export interface Protocol {
  /** Must be the first call on each connection. */
  readonly hello: Method<{ readonly version: number }, Greeting>
  readonly status: Method<Nothing, readonly EngineMount[]>
  readonly report: Method<Nothing, EngineReport>
  /**
   * Mounts. Answers which of the requested settings the engine does not have.
   * @throws UNSUPPORTED where the caller would not see the mount, being in another mount namespace.
   */
  readonly mount: Method<
    {
      readonly path: string
      readonly options: MountOptions
      readonly settings: EngineSettings
      /** Mount namespace of the caller. */
      readonly namespace?: string | undefined
      /** Whether folders of the system and of other users are meant, too. */
      readonly anyFolder?: boolean | undefined
    },
    { readonly differences: readonly string[] }
  >
  /** Unmounts; answers when the mount is gone, or is held by others. */
  readonly unmount: Method<Unmounting, null>
  /** Keeps the engine alive without a mount. Answers as `mount` does. */
  readonly stay: Method<
    { readonly settings: EngineSettings },
    { readonly differences: readonly string[] }
  >
  /** Withdraws `stay`: the engine ends with its last mount. @throws EXISTS while there is one. */
  readonly leave: Method<Nothing, null>
  /** Answers a code by which a browser is signed in, good once and for a minute. */
  readonly signIn: Method<{ readonly isReadOnly: boolean }, string>
  /** Makes a finished session visible and pins its roots, durably. */
  readonly publish: Method<
    {
      readonly session: ObjectId
      readonly pins: readonly Pin[]
      /** Roots that are not pinned. */
      readonly unpinned?: readonly string[] | undefined
    },
    null
  >
  readonly addPins: Method<{ readonly pins: readonly Pin[] }, null>
  readonly removePins: Method<{ readonly cids: readonly string[] }, null>
  readonly collect: Method<Nothing, GcReport>
  /** Tells what `collect` would do. */
  readonly survey: Method<Nothing, GcReport>
  /** Runs fsck. Its progress counts the bytes read since the last message. */
  readonly check: Method<
    { readonly readData: boolean; readonly repair: boolean },
    FsckReport,
    number
  >
  /** Makes operations of the log pending and due. @throws PATH_NOT_FOUND, INVALID_ARGUMENT: then nothing is done. */
  readonly retryOperations: Method<{ readonly ids: readonly string[] }, null>
  /** Gives operations of the log up. @throws as `retryOperations`. */
  readonly cancelOperations: Method<{ readonly ids: readonly string[] }, null>
  /** Records work on backends; answers the ids of the operations that begin, and what is refused. */
  readonly recordPins: Method<{ readonly records: readonly PinRecord[] }, readonly Recorded[]>
  /** Lasts as long as the caller runs operations; its progress is the id of each of them that is given up. */
  readonly runOperations: Method<{ readonly runner: string }, null, string>
  /** Brings the files of pin mappings up to date where that is quick. */
  readonly settlePins: Method<Nothing, null>
  /** Changes records of the metadata index durably. */
  readonly recordIndex: Method<{ readonly patches: readonly IndexPatch[] }, null>
  /** Writes the index's files where many changes wait; with `all`, where any does. */
  readonly settleIndex: Method<{ readonly all: boolean }, null>
  /** Fetches content. */
  readonly retrieve: Method<WantMessage, null>
  /** Answers the CID that a name leads to; null where it leads nowhere. */
  readonly resolveName: Method<{ readonly name: string }, string | null>
  /** Answers how many of these blocks were in the cache. */
  readonly evict: Method<{ readonly cids: readonly string[] }, number>
  /** As `evict`, with all blocks below these that are here. */
  readonly evictBelow: Method<{ readonly cids: readonly string[] }, number>
  /** Answers the hottest blocks of the cache, and how many there are. */
  readonly listCache: Method<{ readonly limit: number }, CacheListing>
  readonly clearCache: Method<Nothing, null>
  /** Answers what a user's text of SQL asks for. */
  readonly inspectSql: Method<{ readonly sql: string }, Inspected>
  /** Runs a user's SELECT over local files; its progress is the part that is done. */
  readonly selectSql: Method<
    { readonly request: SentSelect; readonly limits: KnownLimits },
    SqlRows,
    number
  >
  /** Opens the backends as they are configured now. */
  readonly reloadBackends: Method<Nothing, null>
}

export interface Greeting {
  readonly version: number
  /** Version of the owner's program. */
  readonly program: string
  readonly pid: number
}

export type MethodName = keyof Protocol
export type RequestOf<M extends MethodName> = Protocol[M]['request']
export type AnswerOf<M extends MethodName> = Protocol[M]['answer']
export type ProgressOf<M extends MethodName> = Protocol[M]['progress']

/** The context that a handler receives with its request. */
export interface CallRun<M extends MethodName> {
  /** Aborted when the caller cancels the call, or goes away. */
  readonly signal: AbortSignal
  readonly progress: (value: ProgressOf<M>) => void
}

export type Handler<M extends MethodName> = (
  request: RequestOf<M>,
  run: CallRun<M>
) => Promise<AnswerOf<M>>

export type Handlers = { readonly [M in MethodName]: Handler<M> }
