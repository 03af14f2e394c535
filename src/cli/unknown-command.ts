/** Makes the error for words that name no command: it says what was probably meant. */
import { KitError } from '../core/errors.js'
import type { CommandSpec } from './command-spec.js'
import { nearest } from '../core/suggest.js'

/** Words of other programs, and what says the same here. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  check: ['fsck', 'doctor', 'verify'],
  create: ['add'],
  delete: ['rm'],
  download: ['get'],
  dump: ['export'],
  get: ['show', 'ls'],
  info: ['stat', 'show', 'status'],
  list: ['ls'],
  new: ['add'],
  put: ['add'],
  prune: ['gc'],
  read: ['cat'],
  remove: ['rm'],
  restore: ['import'],
  set: ['update'],
  store: ['add'],
  umount: ['unmount'],
  unpin: ['pin rm'],
  upload: ['add']
}

/** Commands mentioned in one message at most. */
const MAX_NAMED = 3

/** @param words of the command line, from the one that should be a command on. */
export function unknownCommand(
  words: readonly string[],
  commands: readonly CommandSpec[]
): KitError {
  const [first = '', second] = words
  if (first === '') return new KitError('USAGE', 'a command is missing; see `ipfs-kit help`')
  const group = commands.map(({ name }) => name).filter((name) => name.startsWith(`${first} `))
  if (group.length > 0) return unknownInGroup(first, second, group)
  const meant = meantBy(first, commands)
  const hint = meant.length === 0 ? 'see `ipfs-kit help`' : `did you mean ${either(meant)}?`
  return new KitError('USAGE', `there is no command "${first}"; ${hint}`)
}

function unknownInGroup(
  first: string,
  second: string | undefined,
  group: readonly string[]
): KitError {
  const all = `say one of: ${group.join(', ')}`
  if (second === undefined || second.startsWith('-')) return new KitError('USAGE', all)
  const seconds = group.map((name) => name.slice(first.length + 1))
  const [meant] = [...synonymsOf(second, seconds), ...nearest(second, seconds)]
  const hint = meant === undefined ? all : `did you mean \`${first} ${meant}\`?`
  return new KitError('USAGE', `there is no command "${first} ${second}"; ${hint}`)
}

/** Returns commands by a synonym, then by the second word alone, then by similar letters. */
function meantBy(word: string, commands: readonly CommandSpec[]): string[] {
  const names = commands.map(({ name }) => name)
  const bySynonym = (SYNONYMS[word] ?? []).flatMap((text) => ending(text, names))
  if (bySynonym.length > 0) return bySynonym
  const bySecond = ending(word, names)
  if (bySecond.length > 0) return bySecond
  const firsts = new Set(names.map((name) => name.split(' ')[0]!))
  return nearest(word, firsts).slice(0, 1)
}

/** Returns the commands that are, or end in, some words; a whole name alone where there is one. */
const ending = (text: string, names: readonly string[]): string[] =>
  names.includes(text) ? [text] : names.filter((name) => name.endsWith(` ${text}`))

const synonymsOf = (word: string, among: readonly string[]): string[] =>
  (Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word]! : []).filter((text) => among.includes(text))

const LIST = new Intl.ListFormat('en-GB', { type: 'disjunction' })

const either = (names: readonly string[]): string =>
  LIST.format(names.slice(0, MAX_NAMED).map((name) => `\`${name}\``))
