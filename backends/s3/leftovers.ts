/** Finds uploads in parts that were never finished, since a process was killed. */
import { ListMultipartUploadsCommand, type MultipartUpload } from '@aws-sdk/client-s3'
import { isKitError } from '../../src/core/errors.js'
import { isPublicName } from '../files/temporary-name.js'
import type { S3Hosts } from './hosts.js'
import type { CustomerKey } from './server-encryption.js'
import { storedParts, type Upload } from './stored-parts.js'

/** Pages of a thousand that are looked at. */
const MAX_PAGES = 10
/** Where this program puts files in a bucket that has no folder of ours. */
const OWN = /^(?:blocks|cars)\//

interface LeftoverOptions {
  readonly prefix: string
  /** By this machine's clock, ms since 1970. */
  readonly before: number
  readonly customerKey: CustomerKey
  readonly signal: AbortSignal
}

/**
 * Gives the unfinished uploads below a prefix whose last part was sent before a time. What others put
 * in the bucket is none of them.
 */
export async function* leftovers(
  hosts: S3Hosts,
  { prefix, before, customerKey, signal }: LeftoverOptions
): AsyncIterable<Upload> {
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const input = { Bucket: hosts.bucket, Prefix: prefix, ...after }
    const page = await hosts.ask(
      { send: (client, call) => client.send(new ListMultipartUploadsCommand(input), call) },
      signal
    )
    // Known only once the server has answered.
    const theirs = hosts.serverTime(before)
    for (const found of page.Uploads ?? []) {
      const upload = ownUpload(found, prefix, hosts)
      if (upload === undefined || !isBefore(found.Initiated, theirs)) continue
      if (await standsStill(hosts, upload, theirs, customerKey, signal)) yield upload
    }
    if (page.IsTruncated !== true) return
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}

/** Whether nobody has sent a part since a time. */
async function standsStill(
  hosts: S3Hosts,
  upload: Upload,
  since: number,
  customerKey: CustomerKey,
  signal: AbortSignal
): Promise<boolean> {
  try {
    const parts = await storedParts(hosts, upload, customerKey, signal)
    return [...parts.values()].every(({ modifiedMs = 0 }) => modifiedMs < since)
  } catch (error) {
    // Somebody ended it in the meantime.
    if (isKitError(error, 'STALE')) return false
    throw error
  }
}

const isBefore = (begun: Date | undefined, time: number): boolean =>
  begun !== undefined && begun.getTime() < time

function ownUpload(
  { Key = '', UploadId }: MultipartUpload,
  prefix: string,
  hosts: S3Hosts
): Upload | undefined {
  if (UploadId === undefined || !Key.startsWith(prefix)) return undefined
  const name = Key.slice(prefix.length)
  const isOurs = isPublicName(name) && (prefix !== '' || OWN.test(name))
  return isOurs ? { Bucket: hosts.bucket, Key, UploadId } : undefined
}
