/** Makes the object of the parts that were sent, of which nothing is heard until that is done. */
import {
  CompleteMultipartUploadCommand,
  HeadObjectCommand,
  type CompletedPart
} from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import { withStepTime } from '../step-time.js'
import type { S3Hosts } from './hosts.js'
import type { CustomerKey } from './server-encryption.js'
import type { Upload } from './stored-parts.js'

export interface Completion {
  /** In their order. */
  readonly parts: readonly CompletedPart[]
  /** Bytes of all parts. */
  readonly size: number
  readonly customerKey: CustomerKey
  /** Whether an object of that key is left as it is. */
  readonly ifAbsent: boolean
}

/** What may mean that the object is there, and that the answer was lost. */
const LOST: ReadonlySet<string> = new Set(['BACKEND_UNAVAILABLE', 'TIMEOUT', 'STALE'])

/**
 * Completes an upload. Where the answer is lost, or another endpoint says that there is no such upload
 * any more, the object is looked at: one of the same size and parts is the one that was made.
 * @throws EXISTS, and what is wrong where the object is not there.
 */
export async function completeUpload(
  hosts: S3Hosts,
  upload: Upload,
  completion: Completion,
  options: CallOptions
): Promise<void> {
  const { signal } = options
  try {
    const what = `${hosts.names} puts ${upload.Key} together`
    await withStepTime(signal, what, (step) => complete(hosts, upload, completion, step))
  } catch (error) {
    if (signal.aborted || !(error instanceof KitError) || !LOST.has(error.code)) throw error
    if (!(await isThere(hosts, upload, completion, signal))) throw error
  }
}

async function complete(
  hosts: S3Hosts,
  upload: Upload,
  { parts, customerKey, ifAbsent }: Completion,
  signal: AbortSignal
): Promise<void> {
  const input = { ...upload, ...customerKey, MultipartUpload: { Parts: [...parts] } }
  const command = (): CompleteMultipartUploadCommand =>
    new CompleteMultipartUploadCommand({ ...input, ...(ifAbsent ? { IfNoneMatch: '*' } : {}) })
  const answer = await hosts.ask(
    { isUpload: true, send: (client, call) => client.send(command(), call) },
    signal
  )
  hosts.mustBe(answer, answer.ETag !== undefined)
}

/** Whether the object of these parts is there. What cannot be asked is no answer. */
async function isThere(
  hosts: S3Hosts,
  { Bucket, Key }: Upload,
  { parts, size, customerKey }: Completion,
  signal: AbortSignal
): Promise<boolean> {
  const checksum = checksumOf(parts)
  const input = { Bucket, Key, ...customerKey }
  const asked = checksum === undefined ? input : { ...input, ChecksumMode: 'ENABLED' as const }
  try {
    const found = await hosts.ask(
      { send: (client, call) => client.send(new HeadObjectCommand(asked), call) },
      signal
    )
    if (found.ContentLength !== size) return false
    if (checksum !== undefined && found.ChecksumSHA256 !== undefined)
      return found.ChecksumSHA256 === checksum
    return found.ETag?.replaceAll('"', '') === etagOf(parts)
  } catch (error) {
    if (signal.aborted || !isKitError(error)) throw error
    return false
  }
}

/** The ETag of an object of several parts: the MD5 of theirs, and how many they are. */
function etagOf(parts: readonly CompletedPart[]): string {
  const hash = createHash('md5')
  for (const { ETag = '' } of parts) hash.update(Buffer.from(ETag.replaceAll('"', ''), 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

/** The checksum of an object of several parts, made in the same way; undefined where the server keeps none. */
function checksumOf(parts: readonly CompletedPart[]): string | undefined {
  const hash = createHash('sha256')
  for (const { ChecksumSHA256 } of parts) {
    if (ChecksumSHA256 === undefined) return undefined
    hash.update(Buffer.from(ChecksumSHA256, 'base64'))
  }
  return `${hash.digest('base64')}-${parts.length}`
}
