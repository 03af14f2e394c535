/** Finds what may follow the words of a command line, for the completion of every shell. */
import {
  GLOBAL_OPTIONS,
  type CommandSpec,
  type OptionSpec,
  type ValueKind
} from './command-spec.js'

export interface Candidate {
  readonly text: string
  readonly help: string
}

/** Looks up the values of a kind that begin with what was typed; none where files may follow. */
export type LookUp = (kind: ValueKind, typed: string) => Promise<readonly Candidate[]>

/**
 * @param words behind the program's name, up to the one that is typed, which may be empty.
 * @returns candidates for the last word; none where the shell should offer files.
 */
export async function candidates(
  words: readonly string[],
  commands: readonly CommandSpec[],
  lookUp: LookUp
): Promise<Candidate[]> {
  const { words: joined, offset } = joinedVersions(words)
  const found = await candidatesOf(joined, commands, lookUp)
  return offset === 0 ? found : found.map((one) => ({ ...one, text: one.text.slice(offset) }))
}

/**
 * Joins what bash takes for three words: `name@version`. Of the last word it replaces only what is
 * behind the `@`, which is at `offset`.
 */
function joinedVersions(words: readonly string[]): {
  readonly words: readonly string[]
  readonly offset: number
} {
  const joined: string[] = []
  let offset = 0
  words.forEach((word, i) => {
    const isBehind = words[i - 1] === '@' && i > 1
    offset = 0
    if ((word !== '@' || i === 0) && !isBehind) return joined.push(word)
    const text = `${joined.pop() ?? ''}${word}`
    offset = text.lastIndexOf('@') + 1
    return joined.push(text)
  })
  return { words: joined, offset }
}

async function candidatesOf(
  words: readonly string[],
  commands: readonly CommandSpec[],
  lookUp: LookUp
): Promise<Candidate[]> {
  // Bash takes `--name=value` for three words.
  const line = words.filter((word, i) => word !== '=' || i === words.length - 1)
  const typed = line.at(-1) === '=' ? '' : (line.at(-1) ?? '')
  const before = line.at(-1) === '=' ? line : line.slice(0, -1)
  const { spec, rest } = commandIn(
    before.filter((word) => word !== '='),
    commands
  )
  const options = { ...spec?.options, ...GLOBAL_OPTIONS }
  const inline = /^(--[^=]+)=(.*)$/s.exec(typed)
  if (inline !== null)
    return (await valuesOf(optionNamed(inline[1]!, options), inline[2]!, lookUp)).map(
      ({ text, help }) => ({ text: `${inline[1]}=${text}`, help })
    )
  const awaiting = optionNamed(rest.at(-1) ?? '', options)
  if (awaiting?.type === 'string') return await valuesOf(awaiting, typed, lookUp)
  if (typed.startsWith('-')) return starting(typed, optionWords(options))
  if (spec === undefined) return starting(typed, commandWords(rest, commands))
  const { completesSecond, completesRest } = spec
  const [first] = argumentsIn(rest, options)
  if (first !== undefined && completesSecond !== undefined)
    return starting(typed, (completesSecond[first] ?? []).map(plain))
  const completes = (first === undefined ? undefined : completesRest) ?? spec.completes ?? 'file'
  if (typeof completes !== 'string') return starting(typed, completes.map(plain))
  if (completes === 'command')
    return starting(
      typed,
      commandWords(
        rest.filter((word) => !word.startsWith('-')),
        commands
      )
    )
  return [...(await lookUp(completes, typed))]
}

const plain = (text: string): Candidate => ({ text, help: '' })

const starting = (typed: string, all: readonly Candidate[]): Candidate[] =>
  all.filter(({ text }) => text.startsWith(typed))

/** Returns the command that the words name, and the words behind it (or all, where none is named). */
function commandIn(
  words: readonly string[],
  commands: readonly CommandSpec[]
): { readonly spec: CommandSpec | undefined; readonly rest: readonly string[] } {
  let start = 0
  while (words[start]?.startsWith('-') === true) {
    const option = optionNamed(words[start]!, GLOBAL_OPTIONS)
    start += option?.type === 'string' ? 2 : 1
  }
  for (const length of [2, 1]) {
    const name = words.slice(start, start + length).join(' ')
    const spec = commands.find((one) => one.name === name)
    if (spec !== undefined) return { spec, rest: words.slice(start + length) }
  }
  // The value of a global option may be what is typed.
  return { spec: undefined, rest: start > words.length ? words : words.slice(start) }
}

/** Returns the words that are neither options nor their values. */
const argumentsIn = (
  words: readonly string[],
  options: Readonly<Record<string, OptionSpec>>
): readonly string[] =>
  words.filter(
    (word, i) =>
      !word.startsWith('-') && optionNamed(words[i - 1] ?? '', options)?.type !== 'string'
  )

/** Returns the option that a word names without its value. */
function optionNamed(
  word: string,
  options: Readonly<Record<string, OptionSpec>>
): OptionSpec | undefined {
  if (word.startsWith('--')) return Object.hasOwn(options, word.slice(2)) ? options[word.slice(2)] : undefined // prettier-ignore
  if (!/^-[A-Za-z]+$/.test(word)) return undefined
  return Object.values(options).find(({ short }) => short === word.at(-1))
}

/** Returns the words of a closed list; looks up what depends on the home; none for files. */
async function valuesOf(
  option: OptionSpec | undefined,
  typed: string,
  lookUp: LookUp
): Promise<Candidate[]> {
  if (option === undefined) return []
  if (option.values !== undefined) return starting(typed, option.values.map(plain))
  if (option.completes !== undefined) return [...(await lookUp(option.completes, typed))]
  // Words in small letters stand for themselves, as in `DIR|off`.
  const words = (option.value ?? '').split('|').filter((word) => /^[a-z][a-z-]*$/.test(word))
  return starting(typed, words.map(plain))
}

const optionWords = (options: Readonly<Record<string, OptionSpec>>): Candidate[] =>
  Object.entries(options).flatMap(([name, { short, help }]) => [
    { text: `--${name}`, help },
    ...(short === undefined ? [] : [{ text: `-${short}`, help }])
  ])

/** Returns the first words of commands, or the second words of the group that was named. */
function commandWords(
  words: readonly string[],
  commands: readonly CommandSpec[]
): readonly Candidate[] {
  const [group] = words
  const found = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ')
    if (group === undefined) found.set(first, second === undefined ? summary : `${first} …`)
    else if (first === group && second !== undefined && words.length === 1)
      found.set(second, summary)
  }
  return [...found].map(([text, help]) => ({ text, help }))
}
