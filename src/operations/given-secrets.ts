/** Collects the secrets that a backend's options need: from files, the environment, or by asking. */
import {
  secretOptions,
  flagName,
  type OptionTable,
  type OptionTexts,
  type SecretOption,
  type SecretUse
} from '../../backends/options.js'
import { readPrivateFile, type StoredSecret, type StoredSecrets } from '../../backends/secrets.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'

/** Where secrets may be taken from. The first that has one wins. */
export interface SecretSources {
  /** Files by option; `-` is standard input. */
  readonly files?: Readonly<Record<string, string>>
  /** The secrets themselves by option, for programs. */
  readonly values?: Readonly<Record<string, string>>
  /** Reads standard input to its end. */
  readonly input?: () => Promise<string>
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Asks a person, who may answer with nothing. */
  readonly ask?: (question: string) => Promise<string>
}

interface Before {
  /** The secrets that are kept already. */
  readonly stored: StoredSecrets
  /** Whether kept ones are replaced from the environment, or by asking. */
  readonly anew: boolean
}

const NOTHING: Before = { stored: {}, anew: false }
/** Bytes of the longest secret, such as a private key. */
const MAX_LENGTH = 64 * 1024

/**
 * Returns the secrets of a backend with these options.
 * @throws USAGE for one that is needed and that nobody gave, or given and of no use; CREDENTIALS
 * for a file that others can read.
 */
export async function givenSecrets(
  table: OptionTable,
  texts: OptionTexts,
  sources: SecretSources,
  before: Before = NOTHING
): Promise<StoredSecrets> {
  const found: Record<string, StoredSecret> = {}
  const rows = secretOptions(table)
  for (const option of [...Object.keys(sources.files ?? {}), ...Object.keys(sources.values ?? {})])
    if (!rows.some(([known]) => known === option))
      throw new KitError('USAGE', `--${option}-file is none of this type's options`)
  for (const [option, row] of rows) {
    const { use } = row.secret
    const need = use === undefined ? 'needed' : use(texts)
    const secret = await oneSecret(option, row, need, sources, before)
    if (secret !== undefined) found[option] = secret
  }
  return found
}

async function oneSecret(
  option: string,
  row: SecretOption,
  need: SecretUse,
  sources: SecretSources,
  { stored, anew }: Before
): Promise<StoredSecret | undefined> {
  const flag = `--${flagName(option, row)}`
  const { env } = row.secret
  if (need === 'refused') {
    if (sources.files?.[option] === undefined && sources.values?.[option] === undefined) return
    throw new KitError('USAGE', `${flag} is of no use with these options`)
  }
  const secret =
    (await namedSource(option, flag, sources)) ??
    (anew ? undefined : stored[option]) ??
    fromEnvironment(env, sources) ??
    (need === 'needed' || anew ? await answered(row.help, sources) : undefined)
  if (secret !== undefined || need === 'allowed') return secret
  throw new KitError(
    'USAGE',
    `${row.help} is needed: give it by ${flag} FILE (- is standard input) or in $${env}, or run this on a terminal to be asked`
  )
}

async function namedSource(
  option: string,
  flag: string,
  { files, values, input }: SecretSources
): Promise<StoredSecret | undefined> {
  const file = files?.[option]
  if (file === '-' && input !== undefined) {
    const value = checkedText(withoutNewline(await input()), flag)
    return { value, from: 'standard input' }
  }
  if (file !== undefined)
    return { value: checkedText(readGiven(file, flag), flag), from: `file ${file}` }
  const value = values?.[option]
  return value === undefined ? undefined : { value: checkedText(value, flag), from: 'a program' }
}

/** A file ends with a newline that is none of the secret. */
const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '')

function readGiven(path: string, flag: string): string {
  try {
    return withoutNewline(readPrivateFile(path))
  } catch (error) {
    if (isKitError(error)) throw error
    throw new KitError('USAGE', `${flag}: ${toKitError(error).message}`, { cause: error })
  }
}

/** @throws USAGE, without the text. */
function checkedText(text: string, flag: string): string {
  if (text === '') throw new KitError('USAGE', `${flag}: it is empty`)
  if (text.length > MAX_LENGTH) throw new KitError('USAGE', `${flag}: it is longer than any secret`)
  return text
}

function fromEnvironment(env: string, { environment }: SecretSources): StoredSecret | undefined {
  const value = environment?.[env]
  return value === undefined || value === '' ? undefined : { value, from: `environment ${env}` }
}

async function answered(
  question: string,
  { ask }: SecretSources
): Promise<StoredSecret | undefined> {
  const value = await ask?.(question)
  return value === undefined || value === '' ? undefined : { value, from: 'typed' }
}
