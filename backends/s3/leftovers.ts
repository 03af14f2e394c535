/** Finds parts of uploads that were never finished, since a process was killed, and removes them. */
import { ListMultipartUploadsCommand, type MultipartUpload } from '@aws-sdk/client-s3'
import { isPublicName } from '../files/temporary-name.js'
import type { S3Hosts } from './hosts.js'

/** Nobody is at an upload for so long. */
const STALE_MS = 24 * 3_600_000
/** Pages of a thousand that are looked at. */
const MAX_PAGES = 10
/** Where this program puts files in a bucket that has no folder of ours. */
const OWN = /^(?:blocks|cars)\//

interface Leftover {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

/**
 * Gives the unfinished uploads below a prefix that are older than a day, by the server's own time.
 * What others put in the bucket is none of them.
 */
export async function* leftovers(
  hosts: S3Hosts,
  prefix: string,
  signal: AbortSignal
): AsyncIterable<Leftover> {
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await hosts.ask(
      {
        send: (client, options) =>
          client.send(
            new ListMultipartUploadsCommand({ Bucket: hosts.bucket, Prefix: prefix, ...after }),
            options
          )
      },
      signal
    )
    for (const upload of page.Uploads ?? []) {
      const found = staleOf(upload, prefix, hosts)
      if (found !== undefined) yield found
    }
    if (page.IsTruncated !== true) return
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}

function staleOf(
  { Key = '', UploadId, Initiated }: MultipartUpload,
  prefix: string,
  hosts: S3Hosts
): Leftover | undefined {
  if (UploadId === undefined || Initiated === undefined || !Key.startsWith(prefix)) return undefined
  const name = Key.slice(prefix.length)
  const isOurs = isPublicName(name) && (prefix !== '' || OWN.test(name))
  const isStale = hosts.serverNow - Initiated.getTime() > STALE_MS
  return isOurs && isStale ? { Bucket: hosts.bucket, Key, UploadId } : undefined
}
