/** How much one answer holds. An assistant reads every byte of it, so the usual part is small. */

/** Bytes of a file that are given when nobody says how many, and at most. */
export const USUAL_BYTES = 32 << 10
export const MOST_BYTES = 256 << 10

/** Entries of a listing. */
export const USUAL_ENTRIES = 100
export const MOST_ENTRIES = 1000

/** Rows of a table. */
export const USUAL_ROWS = 50
export const MOST_ROWS = 1000

/** Characters of the rows of an answer, whatever number was asked for. */
export const MOST_TEXT = 256 << 10

/** Most bytes of content that a call brings: the limit of a message leaves room for no more. */
export const MOST_BROUGHT = 4 << 20
