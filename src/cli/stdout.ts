/**
 * Writes to stdout without blocking the thread: Node writes to pipes synchronously, so a reader
 * that pauses would hold up everything else that a command does.
 */
import { write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import { endBy } from './interrupts.js'

const STDOUT = 1
/** How often a descriptor that another program made non-blocking is tried again. */
const RETRY_MS = 5

/** Resolves when all bytes are written. Ends the process when the reader is gone. */
export async function writeToStdout(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += await writeSome(bytes.subarray(done))
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') await delay(RETRY_MS)
      else stdoutFailed(error as Error)
    }
  }
}

const writeSome = (bytes: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => {
    write(STDOUT, bytes, (error, count) => (error === null ? resolve(count) : reject(error)))
  })

/**
 * Ends the process: by SIGPIPE where the reader is gone, as in `ipfs-kit ls … | head`, like any
 * other program of a pipeline, so without a message.
 */
export function stdoutFailed(error: Error): never {
  if (systemCode(error) === 'EPIPE') endBy('SIGPIPE')
  else process.stderr.write(`ipfs-kit: cannot write to stdout: ${printableText(error.message)}\n`)
  process.exit(1)
}
