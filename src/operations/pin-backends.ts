/** The backends that pins are kept on, each opened when it is first needed. */
import {
  configuredBackends,
  openConfigured,
  type ConfiguredBackend
} from '../../backends/configured.js'
import { DEFAULT_TRUST } from '../../backends/options.js'
import { KitError } from '../core/errors.js'
import { ownNodes } from '../pins/own-nodes.js'
import type { PlaceForPins } from '../pins/placement.js'
import type { KnownPlace } from '../pins/place-mark.js'
import type { PinFinder, PinTarget } from '../pins/pin-target.js'
import { keepsPins, pinFinderOf, pinTargetOf } from '../pins/target-of.js'
import { knownPlace } from './known-place.js'
import { noSuchBackend } from './configured-backend.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

type Opened = Awaited<ReturnType<typeof openConfigured>>

export class PinBackends {
  readonly #configured: ReadonlyMap<string, ConfiguredBackend>
  readonly #home: string
  readonly #run: Run
  readonly #opened = new Map<string, Promise<Opened>>()
  /** One of each for a backend: what it saw of its place holds for all that comes. */
  readonly #targets = new Map<string, PinTarget>()
  readonly #finders = new Map<string, PinFinder>()

  readonly #nodes = ownNodes(() => this.#all())

  constructor({ home }: Services, run: Run) {
    this.#home = home
    this.#run = run
    this.#configured = new Map(configuredBackends(home).map((config) => [config.name, config]))
  }

  get names(): readonly string[] {
    return [...this.#configured.keys()]
  }

  /** @throws PATH_NOT_FOUND. */
  configured(name: string): ConfiguredBackend {
    const found = this.#configured.get(name)
    if (found === undefined) throw noSuchBackend(name)
    return found
  }

  /** Opens a backend; later calls share it. @throws PATH_NOT_FOUND, and what opening it throws. */
  backend(name: string): Promise<Opened> {
    const config = this.configured(name)
    let opened = this.#opened.get(name)
    if (opened === undefined) {
      opened = openConfigured(this.#home, config, this.#run.warn)
      this.#opened.set(name, opened)
    }
    return opened
  }

  /** @throws UNSUPPORTED for a backend that keeps no pins, and as `backend`. */
  async target(name: string): Promise<PinTarget> {
    const backend = await this.backend(name)
    return madeOnce(this.#targets, name, () => pinTargetOf(backend, this.#place(name), this.#nodes))
  }

  /** @throws UNSUPPORTED for a backend that keeps no pins, and as `backend`. */
  async finder(name: string): Promise<PinFinder> {
    const backend = await this.backend(name)
    // A target looks at pins, too: what it saw of the place holds for both.
    if (keepsPins(backend)) return await this.target(name)
    return madeOnce(this.#finders, name, () => pinFinderOf(backend, this.#place(name), this.#nodes))
  }

  /** Opens all, but those that cannot be opened. */
  async #all(): Promise<readonly Opened[]> {
    const opened = await Promise.allSettled(this.names.map((name) => this.backend(name)))
    return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  #place(name: string): KnownPlace {
    return knownPlace(this.#home, name, this.#run)
  }

  /** Returns all backends as a policy sees them, without asking any of them. */
  async places(): Promise<PlaceForPins[]> {
    return await Promise.all(
      [...this.#configured.values()].map(async (config) => ({
        name: config.name,
        isWritable: await this.#isTarget(config.name),
        cost: config.cost ?? config.priority,
        priority: config.priority,
        trust: config.trust ?? DEFAULT_TRUST
      }))
    )
  }

  async #isTarget(name: string): Promise<boolean> {
    try {
      await this.target(name)
      return true
    } catch (error) {
      if (error instanceof KitError) return false
      throw error
    }
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values())
      await opened.then((backend) => backend.close()).catch(() => undefined)
  }
}

/** Returns what was made for a name before, or makes it. */
function madeOnce<T>(made: Map<string, T>, name: string, make: () => T): T {
  const known = made.get(name)
  if (known !== undefined) return known
  const one = make()
  made.set(name, one)
  return one
}
