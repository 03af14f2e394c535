/** Tells the service manager of an engine in the foreground: ready, stopping, alive, and what it serves. */
import type { ChildProcess } from 'node:child_process'
import { notifyManager, watchdogInterval } from '../core/sd-notify.js'
import type { EngineMessage } from '../mount/supervisor.js'

/** A message to the engine, which answers `alive` when its main thread gets to it. */
export const PING = { type: 'ping' } as const

/** Signs of life in each interval in which the manager wants one. */
const SIGNS_PER_INTERVAL = 3

export class ManagedService {
  /** Paths by the numbers of the mounts. */
  readonly #mounts = new Map<number, string>()
  #isReady = false
  #timer: NodeJS.Timeout | undefined

  /** Begins to tell of an engine that was just started. */
  watch(engine: ChildProcess): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => notifyManager('STOPPING=1', 'STATUS=stopping'))
    const interval = watchdogInterval()
    if (interval === undefined) return
    // The engine is asked: this process being alive says nothing about the mount.
    this.#timer = setInterval(() => {
      if (engine.connected) engine.send(PING, () => undefined)
    }, interval / SIGNS_PER_INTERVAL).unref()
  }

  receive(message: EngineMessage): void {
    if (message.type === 'mounted') this.#mounts.set(message.id, message.path)
    if (message.type === 'unmounted') this.#mounts.delete(message.id)
    if (message.type === 'alive') notifyManager('WATCHDOG=1')
    else if (message.type === 'ready') {
      this.#isReady = true
      notifyManager('READY=1', this.#status)
    } else if (this.#isReady) notifyManager(this.#status)
  }

  get #status(): string {
    const paths = [...new Set(this.#mounts.values())].join(', ')
    return `STATUS=${paths === '' ? 'serving its home' : `serving ${paths}`}`
  }

  /** The engine has ended. */
  end(): void {
    clearInterval(this.#timer)
    notifyManager('STOPPING=1', 'STATUS=the engine has ended')
  }
}
