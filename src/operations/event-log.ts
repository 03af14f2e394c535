/**
 * The events of an engine. The last ones are kept in a ring, and all who watch read from it, each at a
 * place of his own: one that is slow costs nothing, and is told of the gap when the ring has gone on.
 */
import { onAbort } from '../core/abort.js'
import type { Clock } from '../core/clock.js'
import { KitError } from '../core/errors.js'
import type { EngineEvent, EventChoice, News } from './events.js'

/** Events that are kept. */
const KEPT = 4096
/** Characters of a text in an event, which people choose: names, paths, errors. */
const MAX_TEXT = 1024
/** Who may watch at a time; each has a connection. */
const MAX_WATCHERS = 256
/** Ids of an engine follow those of the one before it, which told fewer events than this each millisecond. */
const IDS_EACH_MS = 1000

export class EventLog {
  readonly #clock: Clock
  readonly #kept: number
  readonly #ring: EngineEvent[] = []
  /** The id of the first event of this engine, and of the next one. */
  readonly #start: number
  #next: number
  readonly #waiting = new Set<() => void>()
  readonly #leaving = new Set<() => void>()
  #watchers = 0
  #isClosed = false

  constructor(clock: Clock, kept = KEPT) {
    this.#clock = clock
    this.#kept = kept
    this.#start = this.#next = clock.now() * IDS_EACH_MS
  }

  /** How many watch. */
  get watchers(): number {
    return this.#watchers
  }

  /** Whether the engine ends. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  readonly tell = (news: News): void => {
    if (this.#isClosed) return
    const id = this.#next++
    this.#ring[id % this.#kept] = { id, time: this.#now(), ...shortened(news) }
    this.#wake()
  }

  /** Calls back when the engine ends. @returns ends the wait. */
  onClose(callback: () => void): () => void {
    this.#leaving.add(callback)
    return () => void this.#leaving.delete(callback)
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #wake(): void {
    const callbacks = [...this.#waiting]
    this.#waiting.clear()
    for (const callback of callbacks) callback()
  }

  /** Yields events until the signal comes, or the engine ends. @throws BUSY where too many watch. */
  watch(choice: EventChoice, signal: AbortSignal): AsyncGenerator<EngineEvent, void, undefined> {
    if (this.#watchers >= MAX_WATCHERS)
      throw new KitError('BUSY', `${this.#watchers} programs watch the events already`)
    return this.#watch(choice, signal)
  }

  async *#watch(
    { types, after }: EventChoice,
    signal: AbortSignal
  ): AsyncGenerator<EngineEvent, void, undefined> {
    let at = after === undefined ? this.#next : after + 1
    this.#watchers++
    try {
      yield { id: at - 1, time: this.#now(), type: 'ready' }
      while (!signal.aborted) {
        const event = this.#from(at)
        if (event !== undefined) {
          at = event.id + 1
          if (isWanted(event, types)) yield event
        } else if (this.#isClosed) return
        else await this.#changed(signal)
      }
    } finally {
      this.#watchers--
    }
  }

  /** Returns the event at an id, or the gap where it is not kept; undefined where it has not happened yet. */
  #from(at: number): EngineEvent | undefined {
    const first = Math.max(this.#start, this.#next - this.#kept)
    if (at >= first && at < this.#next) return this.#ring[at % this.#kept]
    if (at === this.#next) return undefined
    const missed = at < this.#start || at > this.#next ? null : first - at
    return { id: first - 1, time: this.#now(), type: 'gap', missed }
  }

  /**
   * Returns what happened after an id, by default all that is kept.
   * @returns the id after which the next call goes on.
   */
  list(
    { types, after }: EventChoice,
    limit: number
  ): { readonly events: readonly EngineEvent[]; readonly last: number } {
    const events: EngineEvent[] = []
    let at = after === undefined ? Math.max(this.#start, this.#next - this.#kept) : after + 1
    while (events.length < limit) {
      const event = this.#from(at)
      if (event === undefined) break
      at = event.id + 1
      if (isWanted(event, types)) events.push(event)
    }
    return { events, last: at - 1 }
  }

  async #changed(signal: AbortSignal): Promise<void> {
    let stop: () => void = () => undefined
    let forget: () => void = () => undefined
    await new Promise<void>((resolve) => {
      stop = onAbort(signal, resolve)
      this.#waiting.add(resolve)
      forget = () => this.#waiting.delete(resolve)
    })
    stop()
    forget()
  }

  /** Ends what is watched, after what was told so far. */
  close(): void {
    this.#isClosed = true
    this.#wake()
    for (const callback of this.#leaving) callback()
  }
}

const isWanted = ({ type }: EngineEvent, types: EventChoice['types']): boolean =>
  types === undefined || type === 'gap' || (types as readonly string[]).includes(type)

const shortened = (news: News): News =>
  Object.fromEntries(
    Object.entries(news).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
    ])
  ) as unknown as News
