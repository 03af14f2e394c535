/** The options of every call of a facet, and the meaning of its errors. */

/**
 * A signal that is aborted already ends a call before it has any effect.
 *
 * Every call throws KitError. BLOCK_NOT_FOUND and PATH_NOT_FOUND mean that the other side said that
 * it has no such thing. BACKEND_UNAVAILABLE, TIMEOUT, RATE_LIMITED, CREDENTIALS, ACCESS_DENIED,
 * TOO_LARGE, INTEGRITY and UNSUPPORTED mean that nobody knows. CLOSED means that the backend was
 * closed before.
 */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Is told that an upload goes on, by those that send what they have taken of the content long ago. */
  readonly progress?: (() => void) | undefined
}
