/**
 * Has the disk of the server take in a long file while more of it comes: otherwise all of that is
 * waited for at the end. A channel of its own serves for it, because a server answers one request of
 * a channel after the other.
 */
import { FSYNC, type Handle, type Session } from './session.js'

/** Bytes after which the disk is asked again. */
const EVERY = 32 << 20

interface Side {
  readonly session: Session
  readonly handle: Handle
}

export class EarlySync {
  readonly #session: Session
  readonly #path: string
  readonly #signal: AbortSignal
  #unasked = 0
  #isUnderWay = false
  /** What cannot be done early is done at the end, and fails there. */
  #isGivenUp: boolean
  #side: Promise<Side> | undefined

  constructor(session: Session, path: string, signal: AbortSignal) {
    this.#session = session
    this.#path = path
    this.#signal = signal
    this.#isGivenUp = !session.offers(FSYNC)
  }

  /** Says that the server has taken in so many bytes more. */
  took(bytes: number): void {
    this.#unasked += bytes
    if (this.#unasked < EVERY || this.#isUnderWay || this.#isGivenUp) return
    this.#unasked = 0
    this.#isUnderWay = true
    void this.#sync()
  }

  /** Never throws. */
  async #sync(): Promise<void> {
    try {
      const { session, handle } = await (this.#side ??= this.#open())
      await session.sync(handle, this.#signal)
    } catch {
      this.#isGivenUp = true
    } finally {
      this.#isUnderWay = false
    }
  }

  async #open(): Promise<Side> {
    const session = await this.#session.beside()
    try {
      return { session, handle: await session.open(this.#path, 'r', this.#signal) }
    } catch (error) {
      session.end()
      throw error
    }
  }

  /** Lets go of its channel, now or once it is there. */
  end(): void {
    this.#isGivenUp = true
    this.#side?.then(
      ({ session }) => session.end(),
      () => undefined
    )
  }
}
