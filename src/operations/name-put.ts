/** Puts the signed record of an IPNS name into the home, so that the name leads somewhere without asking anybody. */
import { basename } from 'node:path'
import { systemClock } from '../core/clock.js'
import { equalBytes } from '../core/bytes.js'
import { isKitError, KitError } from '../core/errors.js'
import { parseIpnsName, type IpnsName } from '../names/ipns-name.js'
import { MAX_RECORD, verifyIpnsRecord, type IpnsRecord } from '../names/ipns-record.js'
import { KeptRecords } from '../names/kept-records.js'
import type { Operation } from './operation.js'
import { timeText } from './time-text.js'

export { MAX_RECORD }

export interface NamePutRequest {
  /** The record as it was signed, 10 KiB at most. */
  readonly record: Uint8Array
  /** The name of the key, in any form. */
  readonly name: string
}

export interface NamePutResult {
  /** The name in base36. */
  readonly name: string
  /** The path that it leads to. */
  readonly value: string
  readonly sequence: string
  /** ISO 8601. */
  readonly validUntil: string
}

/**
 * Keeps a record in the place of an older one. An engine that runs uses it within seconds.
 * @throws INVALID_ARGUMENT for what is no name of a key, INTEGRITY for a record that the key did not sign or that
 * expired, EXISTS where a newer one is kept, IO.
 */
export const namePut: Operation<NamePutRequest, NamePutResult> = async (services, request) => {
  const name = parseIpnsName(request.name.replace(/^\/?ipns\//, ''))
  if (name === undefined)
    throw new KitError('INVALID_ARGUMENT', `"${request.name}" is no name of a key; it looks like k51… or 12D3Koo…`) // prettier-ignore
  services.checkHome()
  const now = systemClock.now()
  const record = verifyIpnsRecord(request.record, name, now)
  let failure: string | undefined
  const kept = new KeptRecords(services.home, (message) => (failure = message))
  const before = keptBefore(kept, name, now)
  if (before !== undefined && isNewer(before, record))
    throw new KitError('EXISTS', `/ipns/${name.text} has a newer record, of sequence ${before.sequence}, than this one of ${record.sequence}`) // prettier-ignore
  if (before === undefined || !equalBytes(before.bytes, record.bytes)) kept.keep(name, record.bytes)
  if (failure !== undefined) throw new KitError('IO', failure)
  return await Promise.resolve({
    name: name.text,
    value: record.value,
    sequence: String(record.sequence),
    validUntil: timeText({ sec: Math.floor(record.validUntil / 1000), nsec: 0 })
  })
}

const isNewer = (before: IpnsRecord, record: IpnsRecord): boolean =>
  before.sequence > record.sequence ||
  (before.sequence === record.sequence && before.validUntil > record.validUntil)

function keptBefore(kept: KeptRecords, name: IpnsName, now: number): IpnsRecord | undefined {
  const bytes = kept.get(name)
  if (bytes === undefined) return undefined
  try {
    return verifyIpnsRecord(bytes, name, now)
  } catch (error) {
    // It has expired, or somebody wrote to it.
    if (isKitError(error, 'INTEGRITY')) return undefined
    throw error
  }
}

/** Returns the name with which the name of a record's file begins, as `ipfs name get` and fixtures have them. */
export function nameOfRecordFile(path: string): string | undefined {
  const [, first = ''] = /^([A-Za-z0-9]+)/.exec(basename(path)) ?? []
  return parseIpnsName(first) === undefined ? undefined : first
}
