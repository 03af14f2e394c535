/** How long the kernel may believe what it was told, in seconds. */

/** A year: what a CID names cannot change. */
export const FOREVER = 31_536_000

/**
 * What can change: the times of `ipfs/`, and that a root is there. Never zero: every path walk
 * asks for the attributes of each folder on its way, and two requests for each open were half
 * the cost of a small file.
 */
export const BRIEFLY = 1

/** A size that a neighbour claims of a file that is not here: opening it finds out whether it is right. */
export const CLAIMED = 60
