/** The seconds for which the kernel may cache names and attributes. */

/** Validity of content below a CID, which cannot change: a year. */
export const FIXED_TTL_S = 31_536_000

/**
 * Validity of what can change: the times of `ipfs/`, and the presence of a root. It is not zero,
 * because each path walk requests the attributes of all folders on its way, and two requests for
 * each open were half the cost of a small file.
 */
export const CHANGING_TTL_S = 1

/** Validity of names in each kind of folder. */
export const NAME_TTL_S = { lasting: FIXED_TTL_S, changing: CHANGING_TTL_S, none: 0 } as const

/** Validity of a size that a foreign repository claims; opening the file checks the claim. */
export const CLAIMED_TTL_S = 60
