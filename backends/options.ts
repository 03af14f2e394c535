/** The options of a backend, as texts from the command line or its backend.json, made into values. */
import { isAbsolute } from 'node:path'
import { KitError } from '../src/core/errors.js'

/** Texts by option; an option that may be given several times has several. */
export type OptionTexts = Readonly<Record<string, readonly string[]>>

/** What help and `backend add` know of an option. */
export interface OptionRow {
  readonly value: string
  readonly help: string
  readonly repeatable?: true
  readonly required?: true
}

const wrong = (option: string, reason: string): KitError =>
  new KitError('USAGE', `--${option} ${reason}`)

/** The one text of an option; undefined where it is not given. */
export const textOf = (texts: OptionTexts, option: string): string | undefined => texts[option]?.[0]

export function requiredText(texts: OptionTexts, option: string): string {
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

/** Refuse what a type does not know. */
export function knownOnly(texts: OptionTexts, rows: Readonly<Record<string, OptionRow>>): void {
  for (const [option, values] of Object.entries(texts)) {
    const row = rows[option]
    if (row === undefined)
      throw wrong(option, `is none of this type's options: ${Object.keys(rows).map((name) => `--${name}`).join(', ')}`) // prettier-ignore
    if (values.length > 1 && row.repeatable !== true) throw wrong(option, 'is given twice')
  }
  for (const [option, { required }] of Object.entries(rows))
    if (required === true) requiredText(texts, option)
}
