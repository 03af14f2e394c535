/** A few control connections. Each runs one transfer at a time, so there are as many as may run at once. */
import { FTPError } from 'basic-ftp'
import { onAbort, unlessAborted } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'
import { Semaphore } from '../../src/core/semaphore.js'
import { whileTimeStands } from '../call-time.js'
import { Connection } from './connection.js'
import { ftpError } from './errors.js'
import type { FtpOptions } from './options.js'
import { isAnswered, isTransferring, type Transfer } from './transfer.js'

/** Servers on shared hosts allow few to one user. */
const MAX_CONNECTIONS = 6
/** What is put may be read from here: uploads leave connections to those who read. */
const MAX_UPLOADS = 2
/** Servers close those that say nothing for long, and some networks forget them without a word. */
const IDLE_MS = 20_000
/** One that was idle for longer is asked whether it is still there. */
const FRESH_MS = 2000

interface Idle {
  readonly connection: Connection
  readonly since: number
  readonly timer: NodeJS.Timeout
}

/** A connection in use by one call, whose signal closes it. */
export interface Lease {
  readonly connection: Connection
  /** Waits for a part of the call, or its end by its signal. */
  readonly until: <T>(work: Promise<T>) => Promise<T>
  /** Notes why the call fails. @returns the error to throw. */
  readonly fail: (error: unknown) => unknown
  /** Gives it back, to be used again if it has nothing left to say. */
  readonly end: () => void
  /** Gives it back when the server has answered to a transfer that was cut short. */
  readonly endAfter: (transfer: Transfer) => void
}

export class Connections {
  readonly where: string
  readonly #options: FtpOptions
  readonly #turns = new Semaphore(MAX_CONNECTIONS)
  readonly #uploads = new Semaphore(MAX_UPLOADS)
  #idle: Idle[] = []
  #isClosed = false

  constructor(options: FtpOptions) {
    this.#options = options
    this.where = `${options.host}:${options.port}`
  }

  /** Runs `work` with a connection. */
  async use<T>(
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
    kind: 'upload' | 'other' = 'other'
  ): Promise<T> {
    // Uploads may take hours: the time of one does not run while it waits for another.
    const giveTurn = kind === 'upload' ? await whileTimeStands(signal, () => turnOf(this.#uploads, signal)) : undefined // prettier-ignore
    try {
      const lease = await this.lease(signal)
      try {
        return await lease.until(work(lease.connection))
      } catch (error) {
        throw lease.fail(error)
      } finally {
        lease.end()
      }
    } finally {
      giveTurn?.()
    }
  }

  /** Takes a connection. It must be ended. */
  async lease(signal: AbortSignal): Promise<Lease> {
    const giveTurn = await turnOf(this.#turns, signal)
    try {
      return this.#leaseOf(await this.#connection(signal), signal, giveTurn)
    } catch (error) {
      giveTurn()
      throw signal.aborted ? signal.reason : ftpError(error, this.where)
    }
  }

  async #connection(signal: AbortSignal): Promise<Connection> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      const { connection, since, timer } = idle
      clearTimeout(timer)
      if (await isUsable(connection, performance.now() - since, signal)) return connection
      connection.client.close()
    }
    return await Connection.open(this.#options, signal)
  }

  #leaseOf(connection: Connection, signal: AbortSignal, giveTurn: () => void): Lease {
    let isSound = true
    let isEnded = false
    const release = onAbort(signal, () => connection.client.close())
    const giveBack = (): void => {
      const { client } = connection
      if (isSound && !isTransferring(client) && !client.closed && !this.#isClosed)
        this.#keep(connection)
      else client.close()
      giveTurn()
    }
    const end = (): void => {
      if (isEnded) return
      isEnded = true
      release()
      giveBack()
    }
    return {
      connection,
      until: (work) => unlessAborted(work, signal),
      fail: (error) => {
        // After any answer of the server the next question may come.
        isSound = error instanceof FTPError || error instanceof KitError
        return signal.aborted ? signal.reason : ftpError(error, this.where)
      },
      end,
      endAfter: (transfer) => {
        isEnded = true
        release()
        void isAnswered(transfer).then(giveBack)
      }
    }
  }

  #keep(connection: Connection): void {
    const timer = setTimeout(() => {
      this.#idle = this.#idle.filter((idle) => idle.connection !== connection)
      connection.client.close()
    }, IDLE_MS).unref()
    this.#idle.push({ connection, since: performance.now(), timer })
  }

  close(): void {
    this.#isClosed = true
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      connection.client.close()
    }
  }
}

/** Waits for a turn. @returns gives it back. */
function turnOf(turns: Semaphore, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((give) => resolve(give))
    turns.run(1, hold, signal).catch(reject)
  })
}

/** Whether a connection that was idle can be used again. */
async function isUsable(
  { client }: Connection,
  idleMs: number,
  signal: AbortSignal
): Promise<boolean> {
  if (client.closed) return false
  if (idleMs < FRESH_MS) return true
  try {
    await unlessAborted(client.send('NOOP'), signal)
    return true
  } catch (error) {
    if (signal.aborted) throw error
    return false
  }
}
