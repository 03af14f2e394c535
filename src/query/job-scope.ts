import type { DuckDBConnection } from '@duckdb/node-api'
import type { BareInstance } from './sandbox.js'

/** What a job in a process of SQL is given by that process. */
export interface JobScope {
  /** A folder for what does not fit in memory, empty before the job and after it. */
  readonly temporary: string
  /** Returns an instance for the sandbox of the job. */
  readonly instance: () => Promise<BareInstance>
  /** Tells that a statement of this connection runs from now on, so that it can be interrupted. */
  readonly started: (connection: DuckDBConnection) => void
  /** Does something when the answer is given: nobody waits until the memory of a large table is free. */
  readonly afterwards: (work: () => void) => void
}
