/** The context of one call of an operation: its signal, progress and warnings. */

export interface Progress {
  /** The activity, such as `adding`. */
  readonly what: string
  /** Bytes processed since the last message. */
  readonly bytes: number
  /** Bytes in all, where that is known. */
  readonly total?: number
  /** Whether `bytes` and `total` are parts of the work, and no bytes. */
  readonly isShare?: boolean
}

/** The context of one call of an operation. */
export interface Run {
  /** Ends the operation, which then throws ABORTED and leaves nothing half-done. */
  readonly signal: AbortSignal
  readonly progress: (progress: Progress) => void
  /**
   * Receives a message when the result differs from what one would expect, without being an error.
   */
  readonly warn: (message: string) => void
}

/** Call it after giving signal handlers a turn. @throws the signal's reason once it is aborted. */
export function throwIfAborted({ signal }: Run): void {
  if (signal.aborted) throw signal.reason
}
