/** Options of a command line as values. */
import { KitError } from '../core/errors.js'
import { valueOf, type Context } from './context.js'

/** A whole number from an option; undefined where it is not given. @throws USAGE. */
export function countFrom(context: Context, name: string): number | undefined {
  const text = valueOf(context, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new KitError('USAGE', `--${name} takes a number from 0 on, not "${text}"`)
  return value
}

/** The archives that are named; `-` is standard input. */
export const archiveFrom = (word: string) =>
  word === '-' ? { fd: STDIN, name: 'standard input' } : word

const STDIN = 0
