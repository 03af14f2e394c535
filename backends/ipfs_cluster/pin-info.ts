/** What a cluster tells of a pin: its state at each peer, and what that means for the whole. */
import { Cid } from '../../src/core/cid.js'
import { optional, orNull, record, text, type Shape } from '../../src/core/shape.js'
import type { ListedPin, PinHolder, PinState } from '../facets/remote-pins.js'
import { wordsFrom } from '../json-answer.js'

/** The states of those who are to have a pin. Others are not among its holders. */
const STATES: Readonly<Record<string, PinState>> = {
  pinned: 'pinned',
  pinning: 'pinning',
  pin_queued: 'queued',
  queued: 'queued',
  pin_error: 'failed',
  error: 'failed',
  unexpectedly_unpinned: 'failed',
  cluster_error: 'unknown',
  undefined: 'unknown',
  sharded: 'unknown'
}

interface PeerPin {
  readonly peername?: string | null | undefined
  readonly status: string
  readonly error?: string | null | undefined
}

const peerPin = record<PeerPin>({
  peername: optional(orNull(text)),
  status: text,
  error: optional(orNull(text))
})

const peers: Shape<readonly (PeerPin & { readonly id: string })[]> = (value, at) =>
  Object.entries((value ?? {}) as Record<string, unknown>).map(([id, one]) => ({
    id,
    ...peerPin(one, `${at}.${id}`)
  }))

const info = record({ cid: text, name: optional(orNull(text)), peer_map: peers })

/**
 * Makes the shape of a cluster's answer about a pin.
 * @param min how many peers must have it; all that are to have it where that is undefined or -1.
 */
export const pinInfo =
  (min: number | undefined): Shape<ListedPin> =>
  (value, at) => {
    const { cid, name, peer_map: all } = info(value, at)
    const holders: PinHolder[] = all
      .filter(({ status }) => Object.hasOwn(STATES, status))
      .map(({ id, peername, status, error }) => ({
        name: wordsFrom(peername || id),
        state: STATES[status]!,
        details: wordsFrom(error ?? '')
      }))
    return {
      cid: Cid.parse(cid),
      state: stateOf(holders, min),
      name: wordsFrom(name ?? ''),
      details: '',
      delegates: [],
      holders
    }
  }

/** As `ipfs-cluster-ctl --wait` sees it: enough is enough, whatever the others do. */
function stateOf(holders: readonly PinHolder[], min: number | undefined): PinState {
  const count = (state: PinState): number => holders.filter((one) => one.state === state).length
  const wanted = min === undefined || min === -1 ? holders.length : min
  if (holders.length > 0 && count('pinned') >= wanted) return 'pinned'
  return (['pinning', 'queued', 'failed'] as const).find((state) => count(state) > 0) ?? 'unknown'
}
