/**
 * Converts the refusals of Kubo's API into errors. Kubo answers every failure with status 500, and
 * the `Message` of its JSON holds the meaning. Any other status comes from a proxy before it, which
 * knows nothing of blocks.
 */
import { isKitError, systemCode, type ErrorCode, type KitError } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'
import type { RepoFailure } from './repo-messages.js'

type Meaning = readonly [message: RegExp, code: ErrorCode]

/** Messages of any command, as Kubo 0.43 writes them. */
const MEANINGS: readonly Meaning[] = [
  [/block was not found locally|ipld: could not find/, 'BLOCK_NOT_FOUND'],
  [/context deadline exceeded/, 'TIMEOUT']
]

/** Messages that mean something in one command alone. */
const MEANINGS_OF: Readonly<Record<string, readonly Meaning[]>> = {
  'name/get': [
    [/routing: not found/, 'BLOCK_NOT_FOUND'],
    [/must be run in online mode/, 'UNSUPPORTED']
  ],
  'pin/ls': [[/is not pinned/, 'BLOCK_NOT_FOUND']],
  'pin/rm': [[/not pinned/, 'BLOCK_NOT_FOUND']]
}

/** Commands that older versions lack: these answer 404 where Kubo knows no such command. */
const NEW_COMMANDS: ReadonlySet<string> = new Set(['name/get'])

/** The error of a refused command. */
export function kuboError(command: string, refusal: Refusal): KitError {
  const { status } = refusal
  if (status === 404 && NEW_COMMANDS.has(command)) return refusalError(refusal, 'UNSUPPORTED')
  const message = status === 500 ? messageOf(refusal.text) : undefined
  const code = message === undefined ? undefined : meaningOf(command, message)
  return refusalError(refusal, code ?? codeOfStatus(refusal))
}

const meaningOf = (command: string, message: string): ErrorCode | undefined =>
  [...(MEANINGS_OF[command] ?? []), ...MEANINGS].find(([text]) => text.test(message))?.[1]

/** The code of a failure that a command tells at the end of an answer that had begun. */
export const codeOfFailure = (command: string, message: string): ErrorCode =>
  meaningOf(command, message) ?? 'BACKEND_UNAVAILABLE'

const MESSAGE = /"Message"\s*:\s*"((?:[^"\\]|\\.)*)/

/**
 * The text of Kubo's own answer; undefined for an answer that is not Kubo's. Of a stream only the
 * beginning of an answer is read, which need not be whole JSON.
 */
const messageOf = (text: string): string | undefined => MESSAGE.exec(text)?.[1]

/** The failure of reading a block's file in a repository. */
export function repoFailure(error: unknown, path: string): RepoFailure {
  if (isKitError(error) && (error.code === 'UNSUPPORTED' || error.code === 'TOO_LARGE'))
    return { code: error.code, reason: error.message }
  switch (systemCode(error)) {
    case 'ENOENT':
      return { code: 'BLOCK_NOT_FOUND', reason: `the repository of Kubo has no ${path}` }
    // A socket, or a device without a driver.
    case 'ENXIO':
    case 'ENODEV':
      return { code: 'UNSUPPORTED', reason: `${path} is no file` }
    default:
      return { code: 'IO', reason: (error as Error).message }
  }
}
