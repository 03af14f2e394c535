/**
 * A client of the API, for Node.js and browsers: `fetch` with the types of every operation. Results are
 * `{ data }`, or `{ error }` with problem details; nothing but a lost connection throws.
 */
import createFetchClient, { type Client } from 'openapi-fetch'
import type { paths } from './schema.js'

export type { components, operations, paths } from './schema.js'

export type ApiClient = Client<paths>

export interface ClientOptions {
  /** Where the engine answers; `ipfs-kit status` tells. */
  readonly url?: string
  /** The token in `run/token` of the home, or of `service.token_file`. */
  readonly token?: string
  /** Replaces the `fetch` of the platform, such as by one over a Unix socket. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** Address of an engine that is not configured otherwise. */
const STANDARD_URL = 'http://127.0.0.1:8520'

export function createClient({ url = STANDARD_URL, token, fetch }: ClientOptions = {}): ApiClient {
  return createFetchClient<paths>({
    baseUrl: url,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(fetch === undefined ? {} : { fetch })
  })
}
