/** Asks for a secret on a terminal, which shows nothing of what is typed, or reads it from a pipe. */
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { Writable } from 'node:stream'
import { KitError } from '../core/errors.js'

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** @throws ABORTED by Ctrl-C or Ctrl-D. */
export async function askSecret(question: string): Promise<string> {
  // Readline edits the line without the terminal's echo, and writes it to nowhere.
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // From now on the terminal shows nothing, so that somebody may type.
  process.stderr.write(`${question}: `)
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (): void => reject(new KitError('ABORTED', 'no secret was typed'))
    lines.once('SIGINT', end)
    lines.once('close', end)
  })
  try {
    return await Promise.race([lines.question(''), ended])
  } finally {
    ended.catch(() => undefined)
    lines.close()
    process.stderr.write('\n')
  }
}

/** Returns what somebody writes to standard input; on a terminal it is not shown. */
export const readInput = (): Promise<string> =>
  process.stdin.isTTY ? askSecret('secret') : text(process.stdin)
