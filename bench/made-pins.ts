/** Pins that are made up in the order of their CIDs, so that millions of mappings are written in one pass. */
import type { Row } from '../src/pins/mapping.js'
import { encodeRow, RowView } from '../src/pins/row-codec.js'

/** The letters of base32, in the order in which they sort. */
const LETTERS = Buffer.from('234567abcdefghijklmnopqrstuvwxyz')
const HEAD = 'bafkrei'
/** Letters of a CID that rise with its number, and those that are random behind them. */
const RISING = 6
const RANDOM = 46
const RANGE = 32 ** RISING
/** Digits of a pin's name. */
const DIGITS = 8
/** One pin in so many has a name of its own kind, which a wildcard finds. */
const RARE_IN = 50

export const RARE_NAMES = 'rare *'

/** Pins `0` to `count - 1` of a backend, spread evenly over all CIDs. */
export class MadePins {
  readonly count: number
  readonly #backend: string
  readonly #step: number

  constructor(backend: string, count: number) {
    this.#backend = backend
    this.count = count
    this.#step = Math.floor(RANGE / count)
  }

  cid(number: number): string {
    const bytes = Buffer.from(HEAD + '2'.repeat(RISING + RANDOM))
    this.#write(bytes, HEAD.length, number)
    return bytes.toString('latin1')
  }

  /** The row of a CID, of this pin or of one that comes later. */
  row(cid: string, number: number): Row {
    return {
      cid,
      car_file_path: `/${this.#backend}/cars/${cid}.car`,
      backend_name: this.#backend,
      created_at: '2026-01-01T00:00:00.000Z',
      status: 'stored',
      metadata: `{"name":"${number % RARE_IN === 0 ? 'rare' : 'some'} ${String(number).padStart(DIGITS, '0')}","ipfs_kit":{"size":77000,"blocks":9}}`
    }
  }

  /** All rows, in order; each view is good until the next one. */
  *rows(): Iterable<RowView> {
    const views = [0, 1].map((number) => new RowView(Buffer.from(encodeRow(this.row(this.cid(number), number))))) // prettier-ignore
    const places = views.map(({ bytes }) => placesIn(bytes as Buffer))
    for (let number = 0; number < this.count; number++) {
      const kind = number % RARE_IN === 0 ? 0 : 1
      const view = views[kind]!
      const { cids, name } = places[kind]!
      for (const at of cids) this.#write(view.bytes, at, number)
      let rest = number
      for (let i = DIGITS - 1; i >= 0; i--) {
        view.bytes[name + i] = 48 + (rest % 10)
        rest = Math.floor(rest / 10)
      }
      yield view.at(0)
    }
  }

  /** Writes what differs in the CID of a pin. */
  #write(bytes: Uint8Array, at: number, number: number): void {
    let rising = number * this.#step
    for (let i = RISING - 1; i >= 0; i--) {
      bytes[at + i] = LETTERS[rising % 32]!
      rising = Math.floor(rising / 32)
    }
    let random = (number + 1) | 0
    for (let i = 0; i < RANDOM; i++) {
      if (i % 6 === 0) {
        random = Math.imul(random ^ (random >>> 15), 0x2c1b3c6d)
        random = Math.imul(random ^ (random >>> 12), 0x297a2d39) + number
        random ^= random >>> 15
      }
      bytes[at + RISING + i] = LETTERS[(random >>> (5 * (i % 6))) & 31]!
    }
  }
}

/** Where in a row the CIDs stand, and the number in the name. */
function placesIn(row: Buffer): { readonly cids: readonly number[]; readonly name: number } {
  const first = row.indexOf(HEAD)
  const second = row.indexOf(HEAD, first + 1)
  const name = row.indexOf('"name":"') + '"name":"rare '.length
  return { cids: [first + HEAD.length, second + HEAD.length], name }
}
