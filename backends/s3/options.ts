/** The options of the S3 backend. */
import { KitError } from '../../src/core/errors.js'
import { checkFileName } from '../files/file-name.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

const DEFAULT_REGION = 'us-east-1'

const isAnonymous = (texts: OptionTexts): boolean => textOf(texts, 'anonymous') !== undefined

export const S3_OPTIONS = {
  bucket: { value: 'NAME', help: 'the bucket; it must be there', required: true },
  region: {
    value: 'REGION',
    help: 'its region; several are those of the endpoints, one of each',
    fallback: `$AWS_REGION, else ${DEFAULT_REGION}`,
    repeatable: true
  },
  endpoint: {
    value: 'URL',
    help: 'the server, such as https://s3.example.com; several stand in for each other',
    fallback: "Amazon's of the region",
    repeatable: true
  },
  prefix: { value: 'PATH', help: 'a folder in the bucket, which is ours alone' },
  'access-key-id': { value: 'ID', help: 'the access key', fallback: '$AWS_ACCESS_KEY_ID' },
  secret: {
    help: 'the secret access key',
    secret: {
      env: 'AWS_SECRET_ACCESS_KEY',
      use: (texts) => (isAnonymous(texts) ? 'refused' : 'needed')
    }
  },
  'session-token': {
    help: 'the token of a session that ends',
    fallback: '$AWS_SESSION_TOKEN',
    secret: {
      env: 'AWS_SESSION_TOKEN',
      use: (texts) => (isAnonymous(texts) ? 'refused' : 'allowed')
    }
  },
  'path-style': { help: 'name the bucket in the path; always so at an --endpoint' },
  anonymous: { help: 'sign nothing, to read a public bucket' },
  'storage-class': { value: 'CLASS', help: 'the class of what is put', fallback: "the bucket's" },
  sse: {
    value: 'AES256|aws:kms',
    help: 'encryption of what is put by the server',
    choices: ['AES256', 'aws:kms'],
    fallback: "the bucket's"
  },
  'sse-kms-key-id': { value: 'ID', help: 'the key for aws:kms', fallback: "the account's" },
  'sse-customer-key': {
    help: 'a key of yours, 32 bytes in base64, with which the server encrypts and then forgets it',
    fallback: '$S3_SSE_CUSTOMER_KEY',
    secret: {
      env: 'S3_SSE_CUSTOMER_KEY',
      use: (texts) => (isAnonymous(texts) || texts['sse'] !== undefined ? 'refused' : 'allowed')
    }
  },
  checksum: {
    value: 'sha256|off',
    help: 'whether the server keeps a checksum of what is put; what is sent is always signed with one',
    choices: ['sha256', 'off'],
    fallback: 'sha256 at Amazon, off at an --endpoint'
  }
} as const satisfies OptionTable

export interface S3Settings {
  readonly bucket: string
  readonly endpoints: readonly URL[]
  /** One of each endpoint, or one of them all. */
  readonly regions: readonly string[]
  readonly isPathStyle: boolean
  /** Begins every key of ours: empty, or ends with a slash. */
  readonly prefix: string
  /** Undefined for one that signs nothing. */
  readonly accessKeyId: string | undefined
  readonly storageClass: string | undefined
  readonly sse: string | undefined
  readonly sseKmsKeyId: string | undefined
  readonly keepsChecksum: boolean
}

/** Adds what the environment says, so that it holds in other processes too. */
export function completeS3(texts: OptionTexts): OptionTexts {
  const { AWS_ACCESS_KEY_ID: id, AWS_REGION: region } = process.env
  return {
    ...(id === undefined || id === '' || isAnonymous(texts) ? {} : { 'access-key-id': [id] }),
    ...(region === undefined || region === '' ? {} : { region: [region] }),
    ...texts
  }
}

/** @throws USAGE. */
export function s3Settings(given: OptionTexts): S3Settings {
  const texts = completeS3(given)
  const named = (texts['endpoint'] ?? []).map((text) => httpUrl('endpoint', text))
  const isAmazon = named.length === 0
  const regions = regionsIn(texts, Math.max(1, named.length))
  return {
    bucket: bucketIn(texts),
    endpoints: isAmazon ? regions.map(amazonOf) : named,
    regions,
    isPathStyle: !isAmazon || textOf(texts, 'path-style') !== undefined,
    prefix: prefixIn(texts),
    accessKeyId: accessKeyIn(texts),
    storageClass: textOf(texts, 'storage-class'),
    sse: textOf(texts, 'sse'),
    sseKmsKeyId: textOf(texts, 'sse-kms-key-id'),
    keepsChecksum: (textOf(texts, 'checksum') ?? (isAmazon ? 'sha256' : 'off')) === 'sha256'
  }
}

/** @param count of endpoints. */
function regionsIn(texts: OptionTexts, count: number): readonly string[] {
  const given = texts['region'] ?? [DEFAULT_REGION]
  for (const region of given)
    if (!/^[a-z0-9-]{1,40}$/i.test(region))
      throw new KitError('USAGE', `--region takes a region such as eu-central-1, not "${region}"`)
  if (given.length === count || given.length === 1) return given
  throw new KitError('USAGE', `give one --region, or one for each --endpoint; there are ${given.length} of ${count}`) // prettier-ignore
}

/** An address of our own, since the SDK would take another one from its configuration files. */
const amazonOf = (region: string): URL =>
  new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`)

/** Names that would lead to another path or host are none of a bucket. */
function bucketIn(texts: OptionTexts): string {
  const bucket = textOf(texts, 'bucket') ?? ''
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(bucket)) return bucket
  throw new KitError('USAGE', `--bucket takes the name of a bucket, not "${bucket}"`)
}

function prefixIn(texts: OptionTexts): string {
  const text = (textOf(texts, 'prefix') ?? '').replace(/\/$/, '')
  if (text === '') return ''
  try {
    checkFileName(text)
  } catch (cause) {
    throw new KitError('USAGE', `--prefix takes a path such as backups/ipfs: ${(cause as Error).message}`, { cause }) // prettier-ignore
  }
  return `${text}/`
}

function accessKeyIn(texts: OptionTexts): string | undefined {
  const id = textOf(texts, 'access-key-id')
  if (isAnonymous(texts)) {
    if (id === undefined) return undefined
    throw new KitError('USAGE', 'take one of --anonymous and --access-key-id')
  }
  if (id !== undefined && id !== '') return id
  throw new KitError('USAGE', '--access-key-id is needed, or --anonymous to read a public bucket')
}
