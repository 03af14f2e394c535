/** For how long what was found out about names is believed, and others are waited for. */

/** Longest time for which a result is cached, even if its record has a longer TTL. */
export const MAX_TTL_MS = 5000
/** Time for which it is cached that a name does not exist. */
export const ABSENT_TTL_MS = 1000
/** Wait for further sources after the first has answered, because theirs may be newer. */
export const GRACE_MS = 300
/** Time for which an answer of DNS is cached, because Node does not report the TTL of a TXT record. */
export const DNSLINK_TTL_MS = 60_000
