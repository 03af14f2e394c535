/** Publishes a path under the name of this home's key: signs a record, and keeps it. */
import { systemClock } from '../core/clock.js'
import { KitError } from '../core/errors.js'
import { parseIpnsName } from '../names/ipns-name.js'
import { verifyIpnsRecord } from '../names/ipns-record.js'
import { KeptRecords } from '../names/kept-records.js'
import { signIpnsRecord } from '../names/sign-record.js'
import { namePut } from './name-put.js'
import { nodeKey } from './node-key.js'
import type { Operation } from './operation.js'

export interface NamePublishRequest {
  /** `/ipfs/CID[/path]`. */
  readonly value: string
  /** How long the record is valid; two days where it is not told. */
  readonly lifetimeMs?: number | undefined
  /** How long readers may keep it; five minutes where it is not told. */
  readonly ttlMs?: number | undefined
}

export interface NamePublishResult {
  /** The name in base36. */
  readonly name: string
  readonly value: string
  readonly sequence: string
}

const LIFETIME_MS = 48 * 3_600_000
const TTL_MS = 5 * 60_000

/**
 * The record leads readers of this home, its gateway and its mounts, and whoever takes it over; no other node is told.
 * @throws INVALID_ARGUMENT, IO.
 */
export const namePublish: Operation<NamePublishRequest, NamePublishResult> = async (
  services,
  { value, lifetimeMs = LIFETIME_MS, ttlMs = TTL_MS },
  run
) => {
  if (!/^\/ip[fn]s\/[^/]+/.test(value))
    throw new KitError('INVALID_ARGUMENT', `"${value}" is no path, such as /ipfs/CID`)
  const { name, privateKey } = nodeKey(services.home)
  const sequence = nextSequence(services.home, name, value)
  const validUntil = systemClock.now() + lifetimeMs
  const record = signIpnsRecord(privateKey, { value, sequence, ttlMs, validUntil })
  await namePut(services, { record, name }, run)
  return { name, value, sequence: String(sequence) }
}

/** A record that says the same has the same number, so that readers do not take it for news. */
function nextSequence(home: string, text: string, value: string): bigint {
  const name = parseIpnsName(text)!
  const bytes = new KeptRecords(home, () => undefined).get(name)
  if (bytes === undefined) return 0n
  // One that has expired counts all the same: its number is used.
  const before = verifyIpnsRecord(bytes, name, 0)
  return before.value === value ? before.sequence : before.sequence + 1n
}
