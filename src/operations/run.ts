/** How one call of an operation is run: its signal, its progress, its warnings. */

export interface Progress {
  /** What is being done, such as `adding`. */
  readonly what: string
  /** Bytes that were dealt with since the last time. */
  readonly bytes: number
  /** Bytes there are in all, where that is known. */
  readonly total?: number
}

/** How one call of an operation is run. */
export interface Run {
  /** Ends the operation, which then throws ABORTED and leaves nothing half-done. */
  readonly signal: AbortSignal
  readonly progress: (progress: Progress) => void
  /** Told what went otherwise than one would expect, without being an error. */
  readonly warn: (message: string) => void
}

/** @throws the reason of a signal that was aborted. Signals are heard between turns only. */
export function throwIfAborted({ signal }: Run): void {
  if (signal.aborted) throw signal.reason
}
