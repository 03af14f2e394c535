/**
 * Bytes to stdout without keeping the thread: Node writes to pipes synchronously, and a reader
 * who pauses would pause everything else that a command has to see to.
 */
import { write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from '../core/errors.js'

const STDOUT = 1
/** A descriptor that somebody else made non-blocking is asked again so often. */
const AGAIN_MS = 5

/** Resolves when all of it is written. A reader who is gone ends the process: that is no error. */
export async function writeToStdout(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += await writeSome(bytes.subarray(done))
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') await delay(AGAIN_MS)
      else stdoutFailed(error as Error)
    }
  }
}

const writeSome = (bytes: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => {
    write(STDOUT, bytes, (error, count) => (error === null ? resolve(count) : reject(error)))
  })

/** `ipfs-kit ls … | head` is no error of ours. */
export function stdoutFailed(error: Error): never {
  if (systemCode(error) === 'EPIPE') process.exit(0)
  process.stderr.write(`ipfs-kit: cannot write to stdout: ${error.message}\n`)
  process.exit(1)
}
