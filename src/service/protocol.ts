/**
 * What commands and the owner of a home say to each other, over the home's unix socket: one map of
 * methods, each with what it is asked, what it answers and what it tells on the way. Values are
 * plain data, as JSON carries them. A call can be cancelled; a caller that goes away cancels its
 * calls.
 */
import type { MountOptions } from '../mount/driver.js'
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'
import type { EngineReport, MountStatus } from '../operations/engine-report.js'
import type { EngineSettings } from './settings.js'
import type { WantMessage } from './want-message.js'

/** Counts changes of this file that an older owner, or command, does not understand. */
export const PROTOCOL_VERSION = 2

interface Method<Request, Answer, Progress = never> {
  readonly request: Request
  readonly answer: Answer
  readonly progress: Progress
}

type Nothing = Readonly<Record<string, never>>

export interface Protocol {
  /** The first call on each connection. */
  readonly hello: Method<{ readonly version: number }, Greeting>
  readonly status: Method<Nothing, readonly MountStatus[]>
  readonly report: Method<Nothing, EngineReport>
  /** Answers which of the settings that were asked for the engine does not have. */
  readonly mount: Method<
    { readonly path: string; readonly options: MountOptions; readonly settings: EngineSettings },
    { readonly differences: readonly string[] }
  >
  readonly unmount: Method<{ readonly path: string; readonly force: boolean }, null>
  /** Keeps the engine alive without a mount. Answers as `mount`. */
  readonly stay: Method<
    { readonly settings: EngineSettings },
    { readonly differences: readonly string[] }
  >
  /** Takes `stay` back: the engine ends when its last mount has. @throws EXISTS while there is one. */
  readonly leave: Method<Nothing, null>
  /** Makes a finished session visible and pins its roots, durably. */
  readonly publish: Method<{ readonly session: ObjectId; readonly pins: readonly Pin[] }, null>
  readonly addPins: Method<{ readonly pins: readonly Pin[] }, null>
  readonly removePins: Method<{ readonly cids: readonly string[] }, null>
  readonly collect: Method<Nothing, GcReport>
  /** Tells bytes that were read since the last time. */
  readonly check: Method<
    { readonly readData: boolean; readonly repair: boolean },
    FsckReport,
    number
  >
  /** Fetches content that is not here. */
  readonly retrieve: Method<WantMessage, null>
  /** Answers the CID that a name leads to; null where it leads nowhere. */
  readonly resolveName: Method<{ readonly name: string }, string | null>
  /** Answers how many of these blocks were in the cache. */
  readonly evict: Method<{ readonly cids: readonly string[] }, number>
  readonly clearCache: Method<Nothing, null>
  /** Takes up which backends there are now. */
  readonly reloadBackends: Method<Nothing, null>
}

export interface Greeting {
  readonly version: number
  /** Version of the program that owns the home. */
  readonly program: string
  readonly pid: number
}

export type MethodName = keyof Protocol
export type RequestOf<M extends MethodName> = Protocol[M]['request']
export type AnswerOf<M extends MethodName> = Protocol[M]['answer']
export type ProgressOf<M extends MethodName> = Protocol[M]['progress']

/** What a handler is given beside its request. */
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
