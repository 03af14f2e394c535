/** What a call brings: text, bytes, or the path of a file of this machine. */
import * as z from 'zod'
import { KitError } from '../core/errors.js'
import { MOST_BROUGHT } from './bounds.js'

export const broughtInput = {
  text: z.string().optional().describe('The content as text.'),
  base64: z.base64().optional().describe('The content as bytes in base64.'),
  path: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('An absolute path on the machine, below a folder that the user allowed.')
}

interface Brought {
  readonly text?: string | undefined
  readonly base64?: string | undefined
  readonly path?: string | undefined
}

/**
 * Returns the bytes that a call brings; undefined where it names a path.
 * @throws INVALID_ARGUMENT unless there is one of the three, TOO_LARGE.
 */
export function broughtBytes({ text, base64, path }: Brought): Uint8Array | undefined {
  if ([text, base64, path].filter((one) => one !== undefined).length !== 1)
    throw new KitError('INVALID_ARGUMENT', 'give one of `text`, `base64` and `path`')
  if (path !== undefined) return undefined
  const bytes = text === undefined ? Buffer.from(base64!, 'base64') : Buffer.from(text)
  if (bytes.length > MOST_BROUGHT)
    throw new KitError('TOO_LARGE', `a call brings at most ${MOST_BROUGHT} bytes, not ${bytes.length}; a larger file is added by its path, or with \`ipfs-kit add\``) // prettier-ignore
  return bytes
}

/** Yields bytes as a stream. */
export async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
  await Promise.resolve()
}
