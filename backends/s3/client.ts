/** Makes the SDK's client of one endpoint: without retries, files of configuration and words of its own. */
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { KitError } from '../../src/core/errors.js'
import type { Secrets } from '../secrets.js'
import type { S3Settings } from './options.js'

const CONNECTION_MS = 5000
/** Until an answer begins. It is the net below the deadline of calls: without it the SDK waits for ever. */
const REQUEST_MS = 300_000
const MAX_SOCKETS = 64

// It would tell the user of this program which Node the SDK wants next year.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

const silent = (): void => undefined
const SILENCE = { trace: silent, debug: silent, info: silent, warn: silent, error: silent }

/** @param place of the server. @param onDate is told the server's time whenever it says it. */
export function s3Client(
  settings: S3Settings,
  place: { readonly endpoint: URL; readonly region: string },
  secrets: Secrets,
  onDate: (date: string) => void
): S3Client {
  const agents = { keepAlive: true, maxSockets: MAX_SOCKETS }
  const client = new S3Client({
    endpoint: place.endpoint.href,
    region: place.region,
    forcePathStyle: settings.isPathStyle,
    maxAttempts: 1,
    // What is sent is signed with its SHA-256, and blocks are hashed when they come back.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
    useArnRegion: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    userAgentAppId: 'ipfs-kit',
    logger: SILENCE,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agents),
      httpsAgent: new HttpsAgent(agents)
    }),
    ...identityOf(settings, secrets)
  })
  // A clock that is wrong is told, and not believed from the second request on.
  Object.defineProperty(client.config, 'systemClockOffset', { get: () => 0, set: silent })
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: Readonly<Record<string, string>> }
      if (headers?.['date'] !== undefined) onDate(headers['date'])
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'tellDate' }
  )
  return client
}

function identityOf({ accessKeyId }: S3Settings, secrets: Secrets) {
  if (accessKeyId === undefined)
    return {
      credentials: { accessKeyId: '', secretAccessKey: '' },
      signer: { sign: <T>(request: T): Promise<T> => Promise.resolve(request) }
    }
  // They are read whenever something is signed, so that no dump of the client has them.
  const credentials = () => {
    const secretAccessKey = secrets.text('secret')
    const sessionToken = secrets.text('session-token')
    if (secretAccessKey === undefined)
      throw new KitError('CREDENTIALS', 'the secret access key is not set; give it with `ipfs-kit backend update NAME --secret-file FILE`') // prettier-ignore
    return Promise.resolve({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken })
    })
  }
  return { credentials }
}
