/** Words of a command line → a command with its arguments and options. */
import { parseArgs } from 'node:util'
import { KitError } from '../core/errors.js'
import type { Command } from './command.js'
import { GLOBAL_OPTIONS, parseOptions, type OptionSpec } from './command-spec.js'
import { COMMANDS, findCommand } from './commands.js'
import type { OptionValues } from './context.js'
import { didYouMean } from '../core/suggest.js'
import { unknownCommand } from './unknown-command.js'

export interface Invocation {
  readonly spec: Command
  readonly args: readonly string[]
  readonly options: OptionValues
}

/** A part of a line as parseArgs tells it. */
interface Token {
  readonly kind: 'option' | 'positional' | 'option-terminator'
  readonly name?: string
  readonly value?: string | undefined
}

type Options = Readonly<Record<string, OptionSpec>>

/** @throws USAGE naming the word that is wrong, and what was probably meant. */
export function parseWords(words: readonly string[]): Invocation {
  const start = leadingGlobals(words)
  const found = findCommand(words.slice(start))
  if (found === undefined) {
    const [word = ''] = words.slice(start)
    throw word.startsWith('--')
      ? unknownOption(word, GLOBAL_OPTIONS)
      : unknownCommand(words.slice(start), COMMANDS)
  }
  const { spec, used } = found
  const options = { ...GLOBAL_OPTIONS, ...spec.options }
  try {
    const rest = [...words.slice(0, start), ...words.slice(start + used)]
    const { values, positionals, tokens } = parseArgs({
      args: withValues(rest, options),
      options: parseOptions(options),
      allowPositionals: true,
      strict: true,
      tokens: true
    })
    checkOnce(tokens, spec)
    checkValues(values as OptionValues, options)
    if (values['help'] !== true) checkCount(positionals, spec)
    return { spec, args: positionals, options: values as OptionValues }
  } catch (error) {
    const message = (error as Error).message.split(/\. To specify|\n/)[0]!
    const see = message.endsWith('?') ? ' See' : '; see'
    throw new KitError('USAGE', `${message}${see} \`ipfs-kit help ${spec.name}\``, { cause: error })
  }
}

/** Returns the command that a line names, whatever else is wrong with it. */
export const commandNamed = (words: readonly string[]): string | undefined =>
  findCommand(words.slice(leadingGlobals(words)))?.spec.name

/** Counts the words of global options that stand before the command. */
function leadingGlobals(words: readonly string[]): number {
  let at = 0
  while (words[at]?.startsWith('--') === true) {
    const [name = '', inline] = words[at]!.slice(2).split('=', 2)
    const option = Object.hasOwn(GLOBAL_OPTIONS, name) ? GLOBAL_OPTIONS[name] : undefined
    if (option === undefined) break
    at += option.type === 'string' && inline === undefined ? 2 : 1
  }
  return at
}

/**
 * Joins each option with its value, because parseArgs refuses values that begin with a dash, such
 * as a negative number, without a word on what is wrong with them.
 * @throws USAGE for an unknown option, and for one without its value.
 */
function withValues(words: readonly string[], options: Options): string[] {
  const joined: string[] = []
  const texts: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '--') return [...joined, '--', ...texts, ...words.slice(i + 1)]
    if (isText(word)) {
      texts.push(word)
      continue
    }
    const wants =
      word.startsWith('-') && word !== '-' ? optionWithoutValue(word, options) : undefined
    if (wants === undefined) {
      joined.push(word)
      continue
    }
    const value = words[++i]
    if (value === undefined || isOption(value, options))
      throw new KitError(
        'USAGE',
        `${word} needs a value, ${options[wants]!.value ?? 'VALUE'}${value === undefined ? '' : `; after it stands ${value}`}`
      )
    // The last letter of a cluster such as -Qo is the option that takes the value.
    if (!word.startsWith('--') && word.length > 2) joined.push(word.slice(0, -1))
    joined.push(`--${wants}=${value}`)
  }
  return texts.length === 0 ? joined : [...joined, '--', ...texts]
}

/** Returns whether a word that begins as an option is a text, such as SQL that begins with a comment. */
const isText = (word: string): boolean => /^--?[^=\s]*\s/.test(word)

/**
 * Returns the name of the option whose value is the next word; undefined where no value is wanted.
 * @throws USAGE for an unknown option.
 */
function optionWithoutValue(word: string, options: Options): string | undefined {
  if (word.startsWith('--')) {
    const [name = '', inline] = word.slice(2).split('=', 2)
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) throw unknownOption(`--${name}`, options)
    return option.type === 'string' && inline === undefined ? name : undefined
  }
  for (let at = 1; at < word.length; at++) {
    const found = shortNamed(word[at]!, options)
    if (found === undefined) throw unknownOption(`-${word[at]!}`, options)
    if (options[found]!.type === 'string') return at === word.length - 1 ? found : undefined
  }
  return undefined
}

const shortNamed = (letter: string, options: Options): string | undefined =>
  Object.keys(options).find((name) => options[name]!.short === letter)

/** Returns whether a word is an option of the command, and so no value of the one before it. */
function isOption(word: string, options: Options): boolean {
  if (word.startsWith('--')) return Object.hasOwn(options, word.slice(2).split('=', 1)[0]!)
  return /^-[A-Za-z]$/.test(word) && shortNamed(word[1]!, options) !== undefined
}

const unknownOption = (word: string, options: Options): KitError => {
  const known = Object.keys(options).map((name) => `--${name}`)
  return new KitError(
    'USAGE',
    `there is no option ${word} here${word.length > 2 ? didYouMean(word, known) : ''}`
  )
}

/** Checks the options that take one of some words. @throws USAGE. */
function checkValues(values: OptionValues, options: Options): void {
  for (const [name, { values: words }] of Object.entries(options)) {
    const given = values[name]
    if (words === undefined || given === undefined) continue
    for (const text of [given].flat())
      if (!words.includes(String(text)))
        throw new KitError(
          'USAGE',
          `--${name} must be one of ${words.join(', ')}, not "${String(text)}"${didYouMean(String(text), words)}`
        )
  }
}

/** Of two values one would be lost without a word; of global options, which scripts put before all, the last one counts. @throws USAGE. */
function checkOnce(tokens: readonly Token[], { options }: Command): void {
  const seen = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue
    const { name = '', value } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined || option.multiple === true) continue
    const earlier = seen.get(name)
    if (earlier !== undefined && earlier !== value)
      throw new KitError('USAGE', `--${name} is given twice${option.value?.includes('[,') === true ? '; it takes several values with commas between them' : `, as "${earlier}" and as "${value}"`}`) // prettier-ignore
    seen.set(name, value)
  }
}

/** @throws USAGE. */
function checkCount(args: readonly string[], { args: { min, max }, name, usage }: Command): void {
  if (args.length >= min && args.length <= max) return
  const what =
    args.length < min ? 'something is missing' : `too many arguments, from "${args[max]!}" on`
  throw new KitError('USAGE', `${what}; usage: ipfs-kit ${name} ${usage}`.trimEnd())
}
