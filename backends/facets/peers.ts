/** A node of a network of peers, which gives what it has to those who can reach it. */
import type { CallOptions } from './call.js'

export interface Peers {
  /** Gives the multiaddrs by which others reach it; none for a node that is offline. */
  getAddresses(options: CallOptions): Promise<readonly string[]>

  /**
   * Connects it to one of these nodes, such as the delegates of a pin.
   * @throws BACKEND_UNAVAILABLE where none can be reached.
   */
  connect(addresses: readonly string[], options: CallOptions): Promise<void>
}
