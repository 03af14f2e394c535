/** The parts that a server has of an upload that is not complete. */
import { ListPartsCommand } from '@aws-sdk/client-s3'
import type { S3Hosts } from './hosts.js'
import type { CustomerKey } from './server-encryption.js'

/** An upload in parts that is not complete. */
export interface Upload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

/** What the server says of a part that it has. */
export interface StoredPart {
  readonly size: number | undefined
  readonly etag: string
  /** In base64; undefined where the server keeps none. */
  readonly sha256: string | undefined
  /** By the server's clock, ms since 1970. */
  readonly modifiedMs: number | undefined
}

/** Gives the parts by their numbers. */
export async function storedParts(
  hosts: S3Hosts,
  upload: Upload,
  customerKey: CustomerKey,
  signal: AbortSignal
): Promise<Map<number, StoredPart>> {
  const parts = new Map<number, StoredPart>()
  for (let marker: string | undefined; ;) {
    const input = { ...upload, ...customerKey, PartNumberMarker: marker }
    const page = await hosts.ask(
      { send: (client, call) => client.send(new ListPartsCommand(input), call) },
      signal
    )
    for (const {
      PartNumber,
      Size: size,
      ETag: etag = '',
      ChecksumSHA256: sha256,
      LastModified
    } of page.Parts ?? [])
      // prettier-ignore
      if (PartNumber !== undefined)
        parts.set(PartNumber, { size, etag, sha256, modifiedMs: LastModified?.getTime() })
    const { IsTruncated, NextPartNumberMarker: next } = page
    if (IsTruncated !== true || next === undefined || Number(next) <= Number(marker ?? 0))
      return parts
    marker = next
  }
}
