/** Returns the signed record of an IPNS name that this home keeps. */
import { KitError } from '../core/errors.js'
import { parseIpnsName } from '../names/ipns-name.js'
import { KeptRecords } from '../names/kept-records.js'
import type { Operation } from './operation.js'

export interface NameGetResult {
  /** As it was signed. It may have expired. */
  readonly record: Uint8Array
}

/** @throws INVALID_ARGUMENT for what is no name of a key, PATH_NOT_FOUND. */
export const nameGet: Operation<{ readonly name: string }, NameGetResult> = async (
  { home },
  { name: text }
) => {
  const name = parseIpnsName(text.replace(/^\/?ipns\//, ''))
  if (name === undefined)
    throw new KitError('INVALID_ARGUMENT', `"${text}" is no name of a key; it looks like k51… or 12D3Koo…`) // prettier-ignore
  const record = new KeptRecords(home, () => undefined).get(name)
  if (record === undefined) throw new KitError('PATH_NOT_FOUND', `no record of /ipns/${name.text} is kept here`) // prettier-ignore
  return await Promise.resolve({ record })
}
