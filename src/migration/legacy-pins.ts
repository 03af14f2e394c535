/**
 * The pins that an older installation kept for a backend: `pins.json` and what an earlier migration made
 * of it. Content is recognised by its bytes, never by its name.
 */
import { KitError } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import { Cid } from '../core/cid.js'

/** A pin as it was found, with what stood beside it. */
export interface LegacyPin {
  readonly cid: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LegacyPins {
  /** Each CID once; the last one counts. */
  readonly pins: readonly LegacyPin[]
  /** What is to be said of them. */
  readonly warnings: readonly string[]
}

/**
 * Reads the JSON of pins: a list of CIDs or of objects with `cid` or `hash`, a dictionary by CID, or
 * either within `{"pins": …}`.
 * @param where the file, for messages.
 * @throws CORRUPT_FORMAT for what is no such JSON.
 */
export function readLegacyPins(text: string, where: string): LegacyPins {
  const entries = entriesOf(unwrapped(parsedJson(text, where)), where)
  const pins = new Map<string, LegacyPin>()
  const warnings: string[] = []
  let duplicates = 0
  for (const pin of entries) {
    if (pin.cid === 'pins') {
      warnings.push(
        `${where}: a row whose CID is "pins", which an earlier migration made, is left out`
      )
      continue
    }
    if (pins.delete(pin.cid)) duplicates++
    pins.set(pin.cid, pin)
  }
  if (duplicates > 0)
    warnings.push(
      `${where}: ${duplicates} entries are about a CID that comes again; the last one counts`
    )
  return { pins: [...pins.values()], warnings }
}

export function parsedJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new KitError(
      'CORRUPT_FORMAT',
      `${where} is no JSON (${(cause as Error).message}); nothing of this backend was migrated: mend or remove the file, then migrate again`,
      { cause }
    )
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Takes away the object around a list or dictionary of pins. */
function unwrapped(value: unknown): unknown {
  if (!isObject(value)) return value
  const inner = value['pins'] ?? value['pin_mappings']
  const isWrapper =
    Array.isArray(inner) || (isObject(inner) && !('cid' in inner || 'hash' in inner))
  return isWrapper ? inner : value
}

function entriesOf(value: unknown, where: string): LegacyPin[] {
  if (Array.isArray(value))
    return value.map((entry, i) => entryOf(entry, `${where}, entry ${i + 1}`))
  if (isObject(value))
    return Object.entries(value).map(([cid, fields]) => ({
      cid,
      fields: isObject(fields) ? fields : fields === null ? {} : { value: fields }
    }))
  throw new KitError('CORRUPT_FORMAT', `${where} is neither a list nor a dictionary of pins`)
}

function entryOf(entry: unknown, where: string): LegacyPin {
  if (typeof entry === 'string' && entry !== '') return { cid: entry, fields: {} }
  if (isObject(entry)) {
    const { cid, hash, ...fields } = entry
    const found = cid ?? hash
    if (typeof found === 'string' && found !== '') return { cid: found, fields }
  }
  const shown = printableText(JSON.stringify(entry).slice(0, 100))
  throw new KitError('CORRUPT_FORMAT', `${where} has no CID: ${shown}`)
}

/** Whether a text is a CID; older installations invented some that only look like one. */
export function isCid(text: string): boolean {
  try {
    Cid.parse(text)
    return true
  } catch {
    return false
  }
}
