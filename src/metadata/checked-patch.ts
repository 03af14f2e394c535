/** Changes that come from outside this process, checked by the table of columns. */
import { KitError } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import { SAID } from './claim.js'
import { NODE_ID } from './node-id.js'
import type { IndexPatch } from './patch.js'
import { COLUMNS, type ColumnType } from './schema.js'

/** Most characters of one text, and most values of one list or map. */
const MAX_TEXT = 64 << 10
const MAX_VALUES = 10_000

const refused = (at: string, what: string): KitError =>
  new KitError('INVALID_ARGUMENT', `${at} must be ${what}`)

type Fields = Readonly<Record<string, unknown>>

const PATCH_FIELDS = [
  'cid',
  'at',
  'set',
  'suggest',
  'add_tags',
  'remove_tags',
  'accesses',
  'claim',
  'only_known',
  'forget'
]

/** @throws INVALID_ARGUMENT naming the field and what it must be. */
export function checkedPatch(value: unknown, at: string): IndexPatch {
  const patch = objectOf(value, at)
  for (const name of Object.keys(patch))
    if (!PATCH_FIELDS.includes(name)) throw refused(`${at}.${name}`, 'absent')
  checkCid(patch['cid'], `${at}.cid`)
  checkTime(patch['at'], `${at}.at`)
  for (const name of ['set', 'suggest'])
    if (patch[name] !== undefined) checkSettings(patch[name], `${at}.${name}`)
  for (const name of ['add_tags', 'remove_tags'])
    if (patch[name] !== undefined) checkTags(patch[name], `${at}.${name}`)
  if (patch['accesses'] !== undefined) checkAccesses(patch['accesses'], `${at}.accesses`)
  if (patch['claim'] !== undefined) checkClaim(patch['claim'], `${at}.claim`)
  for (const name of ['only_known', 'forget'])
    if (patch[name] !== undefined && patch[name] !== true) throw refused(`${at}.${name}`, 'true')
  return patch as unknown as IndexPatch
}

/** @throws INVALID_ARGUMENT as `checkedPatch`. */
export function checkClaim(value: unknown, at: string): void {
  const { updated_at, node, self, said } = objectOf(value, at)
  checkTime(updated_at, `${at}.updated_at`)
  for (const [name, id] of Object.entries({ node, self }))
    if (typeof id !== 'string' || !NODE_ID.test(id)) throw refused(`${at}.${name}`, 'the id of a node') // prettier-ignore
  const columns = objectOf(said, `${at}.said`)
  for (const { name, type } of COLUMNS)
    if (SAID_COLUMNS.has(name)) checkValue(type, columns[name] ?? null, `${at}.said.${name}`)
  for (const name of Object.keys(columns))
    if (!SAID_COLUMNS.has(name)) throw refused(`${at}.said.${name}`, 'absent')
}

const SAID_COLUMNS: ReadonlySet<string> = new Set([...SAID, 'storage_locations'])

function objectOf(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(at, 'an object')
  return value as Fields
}

function checkCid(value: unknown, at: string): void {
  // Older installations invented CIDs, which must be told of, too.
  if (typeof value !== 'string' || value === '' || value.length > 512 || !isLine(value))
    throw refused(at, 'a CID')
}

/** Returns whether a text is one line, without controls. */
const isLine = (text: string): boolean => printableText(text) === text

function checkTime(value: unknown, at: string): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || Math.abs(value) > MAX_TIME)
    throw refused(at, 'a time in ms since 1970')
}

/** As far as a Date goes. */
const MAX_TIME = 8.64e15

function checkTags(value: unknown, at: string): void {
  if (value === null) throw refused(at, 'a list of tags')
  checkValue({ kind: 'list', of: { kind: 'string' } }, value, at)
  for (const tag of value as readonly unknown[])
    if (typeof tag !== 'string' || tag === '' || !isLine(tag))
      throw refused(at, 'a list of tags, which are texts of one line')
}

function checkAccesses(value: unknown, at: string): void {
  const { count, last } = objectOf(value, at)
  if (!Number.isSafeInteger(count) || (count as number) < 0) throw refused(`${at}.count`, 'a number from 0 on') // prettier-ignore
  checkTime(last, `${at}.last`)
}

function checkSettings(value: unknown, at: string): void {
  for (const [name, own] of Object.entries(objectOf(value, at))) {
    const column = COLUMNS.find((one) => one.name === name && name !== 'cid')
    if (column === undefined) throw refused(`${at}.${name}`, 'absent: there is no such column')
    // Null takes one key of a map away.
    const isMap = column.type.kind === 'map' && own !== null
    if (isMap) checkMap(own, `${at}.${name}`, true)
    else checkValue(column.type, own, `${at}.${name}`)
  }
}

/** Checks a value of a column; null is one of any. */
export function checkValue(type: ColumnType, value: unknown, at: string): void {
  if (value === null) return
  switch (type.kind) {
    case 'string':
      if (typeof value !== 'string' || value.length > MAX_TEXT) throw refused(at, `a text of at most ${MAX_TEXT} characters`) // prettier-ignore
      return
    case 'bool':
      if (typeof value !== 'boolean') throw refused(at, 'true or false')
      return
    case 'float':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(at, 'a number')
      return
    case 'int':
      return checkInt(type.bits, value, at)
    case 'time':
      return checkTime(value, at)
    case 'list':
      if (!Array.isArray(value) || value.length > MAX_VALUES) throw refused(at, `a list of at most ${MAX_VALUES}`) // prettier-ignore
      return value.forEach((one, i) => checkValue(type.of, one, `${at}[${i}]`))
    case 'map':
      return checkMap(value, at, false)
    case 'struct':
      for (const [name, own] of Object.entries(objectOf(value, at))) {
        const field = type.fields.find((one) => one.name === name)
        if (field === undefined) throw refused(`${at}.${name}`, 'absent: there is no such field')
        checkValue(field.type, own, `${at}.${name}`)
      }
  }
}

function checkInt(bits: number, value: unknown, at: string): void {
  const limit = 2 ** Math.min(bits - 1, 53)
  const isInt = Number.isSafeInteger(value)
  if (!isInt || (value as number) >= limit || (value as number) < -limit)
    throw refused(at, `a whole number of ${bits} bits`)
}

function checkMap(value: unknown, at: string, takesAway: boolean): void {
  const entries = Object.entries(objectOf(value, at))
  if (entries.length > MAX_VALUES) throw refused(at, `at most ${MAX_VALUES} properties`)
  for (const [key, own] of entries)
    if (!(takesAway && own === null)) {
      if (typeof own !== 'string') throw refused(`${at}.${key}`, 'a text')
      checkValue({ kind: 'string' }, own, `${at}.${key}`)
    }
}
