/**
 * The options of backends. Each type declares its own once, as a table in its options.ts; flags,
 * help, completion, `backend show`, validation and README.md come from these tables.
 */
import { isAbsolute } from 'node:path'
import { KitError } from '../src/core/errors.js'

/** Texts by option; an option that may be given several times has several. */
export type OptionTexts = Readonly<Record<string, readonly string[]>>

export interface OptionRow {
  /** The name of the value in help, such as `DIR`; without it, the option is a switch. */
  readonly value?: string
  readonly help: string
  /** The default, in words. */
  readonly fallback?: string
  /** The only texts that it takes. */
  readonly choices?: readonly string[]
  readonly repeatable?: true
  readonly required?: true
  /** Makes the option a secret, which is never given as a word of a command line. */
  readonly secret?: SecretRow
}

/** Whether options that are given need, allow or refuse a secret. */
export type SecretUse = 'needed' | 'allowed' | 'refused'

/** Where a secret may come from, besides the file that its flag names. */
export interface SecretRow {
  /** The environment variable that may give it. */
  readonly env: string
  /** Says of the other options whether they need one; without it, all do. */
  readonly use?: (texts: OptionTexts) => SecretUse
}

/** Rows by the names of the options, without dashes. */
export type OptionTable = Readonly<Record<string, OptionRow>>

export const DEFAULT_PRIORITY = 100
export const DEFAULT_TIMEOUT_MS = 10_000

/**
 * How far a copy on a backend is believed in. `trusted`: it counts as long as nobody found it missing.
 * `semitrusted`: it counts, and is looked at before another copy goes because of it. `untrusted`: it never
 * counts. As git-annex has it.
 */
export const TRUSTS = ['trusted', 'semitrusted', 'untrusted'] as const
export type Trust = (typeof TRUSTS)[number]
export const DEFAULT_TRUST: Trust = 'semitrusted'

/** Options that every type takes. They are fields of backend.json of their own. */
export const COMMON_OPTIONS = {
  priority: { value: 'N', help: 'the least is asked first', fallback: String(DEFAULT_PRIORITY) },
  timeout: {
    value: 'DURATION',
    help: 'how long a call may take',
    fallback: `${DEFAULT_TIMEOUT_MS / 1000}s`
  },
  'read-only': { help: 'put nothing there' },
  cost: {
    value: 'N',
    help: 'what keeping content there costs, compared with the others; the cheapest are chosen first',
    fallback: 'its priority'
  },
  trust: {
    value: TRUSTS.join('|'),
    help: 'whether a copy there counts unasked, counts once it is looked at, or never counts',
    fallback: DEFAULT_TRUST,
    choices: TRUSTS
  },
  encrypt: { help: 'encrypt what is put there with age; its key stays in the home' },
  'age-identity': {
    value: 'FILE',
    help: 'the key of what is encrypted there, as age-keygen writes it'
  },
  'max-upload': {
    value: 'RATE',
    help: 'most bytes a second that are sent there, such as 5MiB',
    fallback: 'off'
  },
  'max-download': {
    value: 'RATE',
    help: 'most bytes a second that are had from there',
    fallback: 'off'
  }
} as const satisfies OptionTable

/** The flag of an option, without dashes: that of a secret names a file which holds it. */
export const flagName = (option: string, { secret }: OptionRow): string =>
  secret === undefined ? option : `${option}-file`

/** The name of the value of a flag, as help shows it; undefined for a switch. */
export const flagValue = ({ secret, value }: OptionRow): string | undefined =>
  secret === undefined ? value : 'FILE'

/** The default of an option, in words. */
export const fallbackOf = ({ secret, fallback }: OptionRow): string | undefined =>
  secret === undefined ? fallback : (fallback ?? `$${secret.env}, else you are asked`)

/** The help of an option, with its default. */
export const describeOption = (row: OptionRow): string => {
  const fallback = fallbackOf(row)
  return fallback === undefined ? row.help : `${row.help} (default ${fallback})`
}

/** A row of an option that is a secret. */
export type SecretOption = OptionRow & { readonly secret: SecretRow }

/** The options of a table that are secrets. */
export const secretOptions = (table: OptionTable): [option: string, row: SecretOption][] =>
  Object.entries(table).flatMap(([option, row]) =>
    row.secret === undefined ? [] : [[option, { ...row, secret: row.secret }]]
  )

/** The names of the flags of a table, as people write them. */
const flagsOf = (table: OptionTable): string =>
  Object.entries(table).map(([option, row]) => `--${flagName(option, row)}`).join(', ') // prettier-ignore

const wrong = (option: string, reason: string): KitError =>
  new KitError('USAGE', `--${option} ${reason}`)

/** The one text of an option; undefined where it is not given. */
export const textOf = (texts: OptionTexts, option: string): string | undefined => texts[option]?.[0]

function requiredText(texts: OptionTexts, option: string): string {
  const text = textOf(texts, option)
  if (text === undefined || text === '') throw wrong(option, 'is needed')
  return text
}

export function absolutePath(texts: OptionTexts, option: string): string {
  const path = requiredText(texts, option)
  if (!isAbsolute(path)) throw wrong(option, `takes an absolute path, not "${path}"`)
  return path
}

/** @throws USAGE for anything but http and https without a name and password in it. */
export function httpUrl(option: string, text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw wrong(option, `takes a URL such as https://example.com, not "${text}"`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw wrong(option, `takes an http or https URL, not "${text}"`)
  if (url.username !== '' || url.password !== '')
    throw wrong(option, 'must not hold a name or password: it is shown by `backend show`')
  if (url.search !== '' || url.hash !== '') throw wrong(option, 'takes a URL without ? and #')
  return url
}

/**
 * Holds texts against the table of a type.
 * @throws USAGE for an option that is unknown, needed and not given, given twice, or none of its
 * choices.
 */
export function checkTexts(texts: OptionTexts, table: OptionTable): void {
  for (const [option, values] of Object.entries(texts)) {
    const row = Object.hasOwn(table, option) ? table[option] : undefined
    if (row === undefined) throw wrong(option, `is none of this type's options: ${flagsOf(table)}`)
    if (row.secret !== undefined)
      throw wrong(option, `is a secret; give it by --${flagName(option, row)} FILE or in $${row.secret.env}`) // prettier-ignore
    if (values.length > 1 && row.repeatable !== true) throw wrong(option, 'is given twice')
    const { choices } = row
    for (const text of values)
      if (choices?.includes(text) === false)
        throw wrong(option, `takes ${choices.join(' or ')}, not "${text}"`)
  }
  for (const [option, { required, secret }] of Object.entries(table))
    if (required === true && secret === undefined) requiredText(texts, option)
}
