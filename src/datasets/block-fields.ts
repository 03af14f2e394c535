/** The fields of a block of dag-cbor that anybody may have written: each is looked at before it is used. */
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { asLink } from '../formats/ipld-value.js'

type Values = Readonly<Record<string, unknown>>

export class BlockFields {
  readonly #block: Cid
  readonly #values: Values

  /** @throws CORRUPT_FORMAT, as all of it. */
  constructor(block: Cid, value: unknown) {
    this.#block = block
    if (!isMap(value)) throw this.wrong('has no fields where some should be')
    this.#values = value
  }

  text(name: string): string {
    const value = this.#values[name]
    if (typeof value !== 'string' || value.includes('\0')) throw this.wrong(`has no text as its ${name}`) // prettier-ignore
    return value
  }

  /** A whole number from 0. */
  count(name: string): number {
    const value = this.#values[name]
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.wrong(`has no count as its ${name}`) // prettier-ignore
    return value as number
  }

  link(name: string): Cid {
    return this.#linkIn(this.#values[name])
  }

  links(name: string): Cid[] {
    return this.#list(name).map((one) => this.#linkIn(one))
  }

  texts(name: string): string[] {
    return this.#list(name).map((value) => new BlockFields(this.#block, { [name]: value }).text(name)) // prettier-ignore
  }

  items(name: string): BlockFields[] {
    return this.#list(name).map((value) => new BlockFields(this.#block, value))
  }

  map(name: string): Values {
    const value = this.#values[name]
    if (!isMap(value)) throw this.wrong(`has no map as its ${name}`)
    return value
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  /** Returns the error of a block. */
  wrong(what: string): KitError {
    return new KitError('CORRUPT_FORMAT', `${this.#block} ${what}`)
  }

  #list(name: string): readonly unknown[] {
    const value = this.#values[name]
    if (!Array.isArray(value)) throw this.wrong(`has no list as its ${name}`)
    return value as readonly unknown[]
  }

  #linkIn(value: unknown): Cid {
    const found = asLink(value)
    if (found === undefined) throw this.wrong('has no link where one should be')
    return found
  }
}

const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && asLink(value) === undefined // prettier-ignore
