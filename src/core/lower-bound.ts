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
  const range = count === 0 ? undefined : new Range(cid, at, count)
  if (range === undefined || range.isBefore) return 0
  if (range.isBehind) return count
  let halvings = 0
  while (range.size > 1) {
    const { size } = range
    if (size > FEW && halvings === 0) {
      // What is near to an entry can be guessed better, so that few are looked at that are far away.
      range.look(range.guess())
      range.enclose()
      if (range.size > size / 4) halvings = HALVINGS
    } else {
      range.look(range.middle)
      halvings = Math.max(0, halvings - 1)
    }
  }
  return range.high
}

/** Two entries, of which the lower one is before a CID and the higher one is not. */
class Range {
  readonly #cid: Uint8Array
  readonly #at: (index: number) => Uint8Array
  #low = 0
  high: number
  #first: Uint8Array
  #last: Uint8Array

  constructor(cid: Uint8Array, at: (index: number) => Uint8Array, count: number) {
    this.#cid = cid
    this.#at = at
    this.high = count - 1
    this.#first = at(0)
    this.#last = at(count - 1)
  }

  /** Whether the CID is not behind the lower one. */
  get isBefore(): boolean {
    return Buffer.compare(this.#first, this.#cid) >= 0
  }

  get isBehind(): boolean {
    return Buffer.compare(this.#last, this.#cid) < 0
  }

  get size(): number {
    return this.high - this.#low
  }

  get middle(): number {
    return (this.#low + this.high) >>> 1
  }

  guess(): number {
    return this.#low + placeOf(this.#cid, this.#first, this.#last, this.size)
  }

  /** Narrows the range to what a guess is seldom wrong by. */
  enclose(): void {
    const guess = this.guess()
    // Entries between two that are spread by chance vary as a binomial distribution does.
    const slack = 2 * Math.sqrt(((guess - this.#low) * (this.high - guess)) / this.size) + 1
    this.look(Math.floor(guess - slack))
    this.look(Math.ceil(guess + slack))
  }

  /** Makes one of the two the entry at an index, or at the one nearest to it between them. */
  look(index: number): void {
    if (this.size <= 1) return
    const between = Math.min(this.high - 1, Math.max(this.#low + 1, index))
    const found = this.#at(between)
    if (Buffer.compare(found, this.#cid) < 0) {
      this.#low = between
      this.#first = found
    } else {
      this.high = between
      this.#last = found
    }
  }
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
  return Math.floor(Math.min(1, Math.max(0, share)) * size)
}

function numberAt(bytes: Uint8Array, at: number, { count, before }: Letters): number {
  let number = 0
  for (let i = at; i < at + DIGITS; i++) number = number * count + before[bytes[i] ?? 0]!
  return number
}
