/**
 * Storacha's own client, a package that is loaded where it is installed: it brings a hundred others
 * (42 MB), takes a quarter of a second to load, and who only reads needs none of it.
 */
import { CID } from 'multiformats/cid'
import { KitError } from '../../src/core/errors.js'
import { headerSecret } from '../bearer.js'
import type { Secrets } from '../secrets.js'

/** A link of the client: its text is its CID. */
type Link = { toString(): string }

/** An archive as the client reads it, in a stream of the web. */
export interface CarLike {
  stream(): ReadableStream<Uint8Array>
}

/** Makes a call another one than an equal call in the same second, whose answer the service would repeat. */
export interface Once {
  readonly nonce: string
}

/** The part of the client that is used. */
export interface StorachaClient {
  addSpace(proof: unknown): Promise<{ did(): string }>
  setCurrentSpace(did: string): Promise<void>
  uploadCAR(car: CarLike, options: Readonly<Record<string, unknown>>): Promise<Link>
  readonly capability: {
    readonly upload: {
      get(root: CID, options: Once): Promise<unknown>
      remove(root: CID, options: Once): Promise<unknown>
      list(options: Once & { readonly cursor?: string; readonly size?: number }): Promise<{
        readonly results: readonly { readonly root: Link }[]
        readonly cursor?: string
      }>
    }
  }
}

/** Where the client goes, if not to the service itself; for a service of tests. */
export interface StorachaPlace {
  readonly serviceConf?: unknown
  readonly receiptsEndpoint?: URL
  readonly fetch?: typeof fetch
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code

/** Imports a package that need not be there. Its name is no literal, so that no compiler looks for it. */
async function optional(name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(name)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new KitError(
      'UNSUPPORTED',
      "Storacha's client is not installed; `npm install @storacha/client` beside ipfs-kit (with -g where ipfs-kit is global); reading works without it",
      { cause }
    )
  }
}

/**
 * Opens the space that a proof allows an agent to use.
 * @throws UNSUPPORTED where the client is not installed, CREDENTIALS for a key or proof that is none.
 */
export async function openClient(secrets: Secrets, place: StorachaPlace): Promise<StorachaClient> {
  const key = headerSecret(secrets, 'agent-key', 'the key of the agent')
  const proof = headerSecret(secrets, 'proof', 'the proof of the space')
  const { create } = (await optional('@storacha/client')) as {
    readonly create: (options: unknown) => Promise<StorachaClient>
  }
  const { StoreMemory } = (await optional('@storacha/client/stores/memory')) as {
    readonly StoreMemory: new () => unknown
  }
  const signer = (await optional('@storacha/client/principal/ed25519')) as {
    readonly parse: (key: string) => unknown
  }
  const proofs = (await optional('@storacha/client/proof')) as {
    readonly parse: (text: string) => Promise<unknown>
  }
  const principal = parsed('key of the agent', () => signer.parse(key))
  const { serviceConf, receiptsEndpoint } = place
  const client = await create({
    principal,
    store: new StoreMemory(),
    ...(serviceConf === undefined ? {} : { serviceConf }),
    ...(receiptsEndpoint === undefined ? {} : { receiptsEndpoint })
  })
  try {
    const space = await client.addSpace(await proofs.parse(proof))
    await client.setCurrentSpace(space.did())
  } catch {
    // The cause would quote the proof.
    throw new KitError('CREDENTIALS', 'the proof of the space is none, or not for this agent; make it again with `storacha delegation create DID-OF-THE-AGENT --base64`') // prettier-ignore
  }
  return client
}

/** @throws CREDENTIALS, without a cause, which would quote the secret. */
function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw new KitError('CREDENTIALS', `the ${what} is none; see \`storacha key create\``)
  }
}
