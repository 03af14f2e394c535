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

/** Returns names that commas separate; undefined where the option is not given. @throws USAGE. */
export function namesFrom(context: Context, name: string): readonly string[] | undefined {
  const text = valueOf(context, name)
  if (text === undefined) return undefined
  const names = text.split(',').map((word) => word.trim())
  if (names.includes(''))
    throw new KitError('USAGE', `--${name} takes names with commas between them, not "${text}"`)
  return names
}

/** Returns the word of an option that takes one of some; undefined where it is not given. @throws USAGE. */
export function wordFrom<const T extends string>(
  context: Context,
  name: string,
  words: readonly T[]
): T | undefined {
  const text = valueOf(context, name)
  const found = words.find((word) => word === text)
  if (text !== undefined && found === undefined)
    throw new KitError('USAGE', `--${name} takes one of ${words.join(', ')}, not "${text}"`)
  return found
}

/** Returns the archive that a word names; `-` is standard input. */
export const archiveFrom = (word: string) =>
  word === '-' ? { fd: STDIN, name: 'standard input' } : word

const STDIN = 0
