/** The nodes of ours that others fetch content from, such as Kubo among the backends. */
import type { Backend } from '../../backends/backend.js'
import type { CallOptions } from '../../backends/facets/call.js'
import type { Peers } from '../../backends/facets/peers.js'
import { abortController, unlessAborted } from '../core/abort.js'

export interface OwnNodes {
  /** Returns multiaddrs by which others reach them, those of this machine alone last. */
  addresses(options: CallOptions): Promise<readonly string[]>
  /** Connects each to one of the nodes that are to fetch, so that these find the content sooner. */
  connect(addresses: readonly string[], options: CallOptions): Promise<void>
}

/**
 * A node that does not answer, or reaches nobody, has no part: others may have the content as well.
 * Each is asked once, and connected once to the same others.
 * @param find returns backends, of which some are nodes.
 */
export function ownNodes(find: () => Promise<readonly Pick<Backend, 'facets'>[]>): OwnNodes {
  let nodes: Promise<readonly Peers[]> | undefined
  let known: Promise<readonly string[]> | undefined
  const met = new Set<string>()
  const all = (): Promise<readonly Peers[]> =>
    (nodes ??= find().then((backends) => backends.flatMap(({ facets }) => facets.peers ?? [])))
  return {
    addresses: async ({ signal }) => {
      // One caller that is cancelled must not leave the others without them.
      known ??= all().then((peers) => addressesOf(peers, abortController().signal))
      return await unlessAborted(known, signal)
    },
    connect: async (addresses, { signal }) => {
      const key = addresses.join(' ')
      if (met.has(key)) return
      met.add(key)
      await Promise.allSettled((await all()).map((peers) => peers.connect(addresses, { signal })))
      signal.throwIfAborted()
    }
  }
}

async function addressesOf(
  peers: readonly Peers[],
  signal: AbortSignal
): Promise<readonly string[]> {
  const asked = peers.map((one) => one.getAddresses({ signal }).catch(() => []))
  const found = (await Promise.all(asked)).flat()
  return found.toSorted((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)))
}

const isLoopback = (address: string): boolean => /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
