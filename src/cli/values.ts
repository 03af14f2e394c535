/** Converts options of a command line to values. */
import { KitError } from '../core/errors.js'
import { valueOf, type Context } from './context.js'

/** Returns a whole number from an option; undefined where it is not given. @throws USAGE. */
export function countFrom(context: Context, name: string): number | undefined {
  const text = valueOf(context, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new KitError('USAGE', `--${name} takes a number from 0 on, not "${text}"`)
  return value
}

/** Returns the archive that a word names; `-` is standard input. */
export const archiveFrom = (word: string) =>
  word === '-' ? { fd: STDIN, name: 'standard input' } : word

const STDIN = 0
