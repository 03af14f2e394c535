/** Finds an upload of a key that was cut off, with the parts that the server has of it. */
import {
  ListMultipartUploadsCommand,
  type CompletedPart,
  type MultipartUpload
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { isKitError } from '../../src/core/errors.js'
import type { S3Hosts } from './hosts.js'
import type { Part } from './parts.js'
import type { CustomerKey } from './server-encryption.js'
import { storedParts, type StoredPart, type Upload } from './stored-parts.js'

export class BegunUpload {
  readonly upload: Upload
  readonly #parts: ReadonlyMap<number, StoredPart>

  constructor(upload: Upload, parts: ReadonlyMap<number, StoredPart>) {
    this.upload = upload
    this.#parts = parts
  }

  /**
   * Returns how a part is named when the upload is completed; undefined where the server has not
   * these very bytes, by the SHA-256 that it keeps of them, or else by their MD5, which the ETag is.
   * @param keepsChecksum whether the server is to keep one.
   */
  sent(part: Part, keepsChecksum: boolean): CompletedPart | undefined {
    const stored = this.#parts.get(part.number)
    if (stored === undefined || stored.size !== part.length) return undefined
    if ((stored.sha256 !== undefined) !== keepsChecksum) return undefined
    const isSame = keepsChecksum
      ? stored.sha256 === part.sha256.toString('base64')
      : stored.etag.replaceAll('"', '') === md5Of(part)
    const named = { PartNumber: part.number, ETag: stored.etag }
    return isSame ? { ...named, ...(keepsChecksum ? { ChecksumSHA256: stored.sha256 } : {}) } : undefined // prettier-ignore
  }
}

function md5Of({ pieces }: Part): string {
  const hash = createHash('md5')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/**
 * Finds the newest upload of a key that was begun and not ended; undefined where there is none, or the
 * access key may not look.
 * @param isBusy whether this process is at an upload.
 */
export async function begunUpload(
  hosts: S3Hosts,
  key: string,
  options: {
    readonly customerKey: CustomerKey
    readonly isBusy: (uploadId: string) => boolean
    readonly signal: AbortSignal
  }
): Promise<BegunUpload | undefined> {
  const { signal, customerKey, isBusy } = options
  try {
    const place = { Bucket: hosts.bucket, Prefix: key }
    const { Uploads = [] } = await hosts.ask(
      { send: (client, call) => client.send(new ListMultipartUploadsCommand(place), call) },
      signal
    )
    const [newest] = Uploads.filter(
      ({ Key, UploadId = '' }) => Key === key && UploadId !== '' && !isBusy(UploadId)
    ).sort((a, b) => begunAt(b) - begunAt(a))
    if (newest === undefined) return undefined
    const upload = { Bucket: hosts.bucket, Key: key, UploadId: newest.UploadId! }
    return new BegunUpload(upload, await storedParts(hosts, upload, customerKey, signal))
  } catch (error) {
    // It is begun anew, which tells what is wrong with the server.
    if (signal.aborted || !isKitError(error)) throw error
    return undefined
  }
}

const begunAt = ({ Initiated }: MultipartUpload): number => Initiated?.getTime() ?? 0
