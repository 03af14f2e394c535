/** The outcome of an operation: bytes of its payload, no reply at all, or an errno. */

/** The outcome of an operation to which the kernel expects no answer. */
export const NO_REPLY = -1

/** Returns an errno as an outcome, apart from every payload length and from NO_REPLY. */
export const errnoResult = (errno: number): number => NO_REPLY - errno
