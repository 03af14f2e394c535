/**
 * The place of a CID among CIDs that are sorted. Most letters of a CID are those of a hash, so that its
 * place can be guessed: of ten million, a dozen are looked at, most of them side by side.
 */

/** Entries among which halving is as quick as guessing. */
const FEW = 32
/** Letters that a guess takes into account: as many as a number holds. */
const DIGITS = 8
/** Steps of halving after a guess that was far off, as CIDs that are not spread evenly make it. */
const HALVINGS = 3

/** Letters of base32 and of base58btc, in the order of their bytes. */
const BASE32 = placesOf('234567abcdefghijklmnopqrstuvwxyz')
const BASE58 = placesOf('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')

interface Letters {
  readonly count: number
  /** For each byte, how many of the letters come before it. */
  readonly before: Uint8Array
}

function placesOf(letters: string): Letters {
  const bytes = Buffer.from(letters)
  const before = Uint8Array.from({ length: 256 }, (_, byte) => bytes.filter((one) => one < byte).length) // prettier-ignore
  return { count: bytes.length, before }
}

/**
 * Returns the index of the first of `count` sorted CIDs that is not before `cid`.
 * @param at gives one of them; its bytes stay as they are.
 */
export function lowerBound(
  count: number,
  at: (index: number) => Uint8Array,
  cid: Uint8Array
): number {
  const isBefore = (index: number): boolean => Buffer.compare(at(index), cid) < 0
  let low = 0
  let high = count
  let halvings = 0
  while (low < high) {
    const size = high - low
    if (size > FEW && halvings === 0) {
      // A guess among so many is wrong by about the root of their number.
      const middle = low + placeOf(cid, at(low), at(high - 1), size)
      const slack = Math.ceil(Math.sqrt(size))
      const below = Math.max(low, middle - slack)
      if (isBefore(below)) low = below + 1
      else high = below
      const above = Math.min(high - 1, middle + slack)
      if (above >= low)
        if (isBefore(above)) low = above + 1
        else high = above
      if (high - low > size / 4) halvings = HALVINGS
    } else {
      const middle = (low + high) >>> 1
      if (isBefore(middle)) low = middle + 1
      else high = middle
      halvings = Math.max(0, halvings - 1)
    }
  }
  return low
}

/** Guesses the place of a CID among `size` between two of them, by the letters behind those that both have. */
function placeOf(cid: Uint8Array, first: Uint8Array, last: Uint8Array, size: number): number {
  let shared = 0
  while (shared < first.length && first[shared] === last[shared]) shared++
  const letters = cid[0] === 0x62 ? BASE32 : BASE58 // "b"
  const from = numberAt(first, shared, letters)
  const to = numberAt(last, shared, letters)
  const wanted = numberAt(cid, shared, letters)
  const share = to > from ? (wanted - from) / (to - from) : 0
  return Math.floor(Math.min(1, Math.max(0, share)) * (size - 1))
}

function numberAt(bytes: Uint8Array, at: number, { count, before }: Letters): number {
  let number = 0
  for (let i = at; i < at + DIGITS; i++) number = number * count + before[bytes[i] ?? 0]!
  return number
}
