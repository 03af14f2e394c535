/** The encryption that a server is asked for. */
import { KitError } from '../../src/core/errors.js'
import type { Secrets } from '../secrets.js'
import type { S3Settings } from './options.js'

/** A key that the server forgets; it is needed for every look at the object. */
export interface CustomerKey {
  readonly SSECustomerAlgorithm?: string
  readonly SSECustomerKey?: string
}

const KEY_BYTES = 32

/** @throws CREDENTIALS for a key that is none. */
export function customerKey(secrets: Secrets): CustomerKey {
  const text = secrets.text('sse-customer-key')
  if (text === undefined) return {}
  const { length } = Buffer.from(text, 'base64')
  if (length !== KEY_BYTES)
    throw new KitError('CREDENTIALS', `--sse-customer-key-file: the key has ${length} bytes, and not ${KEY_BYTES} in base64`) // prettier-ignore
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: text }
}

export const encryptionOf = ({ sse, sseKmsKeyId }: S3Settings) => ({
  ...(sse === undefined ? {} : { ServerSideEncryption: sse as 'AES256' | 'aws:kms' }),
  ...(sseKmsKeyId === undefined ? {} : { SSEKMSKeyId: sseKmsKeyId })
})
