/** What uploads left behind whose process was killed: files under names for uploads, which nobody lists. */
import type { CallOptions } from './call.js'

export interface Leftovers {
  /**
   * Removes what was last written before a time. What others put there is none of it, nor is what a
   * put still writes to.
   * @param before ms since 1970. Where the other side keeps no times, nothing is removed.
   * @returns how many were removed.
   */
  sweep(before: number, options: CallOptions): Promise<number>
}
