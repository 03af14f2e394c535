/** Whole DAGs that are handed over as archives. */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'
import type { FileContent } from './named-files.js'
import type { PinRequest, PinStatus } from './remote-pins.js'

export interface CarUploads {
  /**
   * Hands over a DAG, and pins it. Whatever ends the call before leaves no pin; blocks that came
   * may stay until the other side collects its garbage. Handing over a DAG that is pinned is no error.
   * @param root the only root of the archive.
   * @param content begins a CARv1 with every block of the DAG; a call that is tried again begins it
   * again.
   * @throws BLOCK_NOT_FOUND where the archive lacks a block and the other side looks, NO_SPACE, QUOTA,
   * TOO_LARGE, and what the content throws.
   */
  putCar(
    root: Cid,
    content: FileContent,
    request: PinRequest,
    options: CallOptions
  ): Promise<PinStatus>
}
