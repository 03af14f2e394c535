/** Thrift's compact protocol, as far as Parquet uses it: bytes ↔ a tree that tests change. */

export type Thrift =
  | { readonly type: 'bool' | 'byte' | 'int' | 'double'; value: bigint; readonly kind: number }
  | { readonly type: 'binary'; value: Buffer }
  | { readonly type: 'list'; readonly kind: number; readonly items: Thrift[] }
  | ThriftStruct

export interface ThriftStruct {
  readonly type: 'struct'
  readonly fields: Map<number, Thrift>
}

class Reader {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    return this.#bytes[this.at++]!
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  zigzag(): bigint {
    const value = this.varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  take(length: number): Buffer {
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}

function readValue(reader: Reader, kind: number): Thrift {
  if (kind === 1 || kind === 2) return { type: 'bool', value: kind === 1 ? 1n : 0n, kind }
  if (kind === 3) return { type: 'byte', value: BigInt(reader.byte()), kind }
  if (kind <= 6) return { type: 'int', value: reader.zigzag(), kind }
  if (kind === 7) return { type: 'double', value: reader.take(8).readBigUInt64LE(), kind }
  if (kind === 8) return { type: 'binary', value: reader.take(Number(reader.varint())) }
  if (kind === 9 || kind === 10) return readList(reader)
  return readStruct(reader)
}

function readList(reader: Reader): Thrift {
  const head = reader.byte()
  const length = head >> 4 === 15 ? Number(reader.varint()) : head >> 4
  const kind = head & 15
  const item = (): Thrift => (kind <= 2 ? { type: 'byte', value: BigInt(reader.byte()), kind: 3 } : readValue(reader, kind)) // prettier-ignore
  return { type: 'list', kind, items: Array.from({ length }, item) }
}

function readStruct(reader: Reader): ThriftStruct {
  const fields = new Map<number, Thrift>()
  for (let id = 0; ;) {
    const head = reader.byte()
    if (head === 0) return { type: 'struct', fields }
    id = head >> 4 === 0 ? Number(reader.zigzag()) : id + (head >> 4)
    fields.set(id, readValue(reader, head & 15))
  }
}

/** Reads a struct that begins at an offset. @returns where it ends, too. */
export function decodeThrift(bytes: Buffer, at = 0): { struct: ThriftStruct; end: number } {
  const reader = new Reader(bytes, at)
  const struct = readStruct(reader)
  return { struct, end: reader.at }
}

function varint(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return [...bytes, Number(rest)]
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}

const zigzag = (value: bigint): number[] =>
  varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))

function kindOf(value: Thrift): number {
  if (value.type === 'bool') return value.value === 1n ? 1 : 2
  return value.type === 'binary' ? 8 : value.type === 'list' ? 9 : value.type === 'struct' ? 12 : value.kind // prettier-ignore
}

export function encodeThrift(value: Thrift): Buffer {
  switch (value.type) {
    case 'bool':
      return Buffer.alloc(0)
    case 'byte':
      return Buffer.of(Number(value.value))
    case 'int':
      return Buffer.from(zigzag(value.value))
    case 'double': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(value.value)
      return bytes
    }
    case 'binary':
      return Buffer.concat([Buffer.from(varint(BigInt(value.value.length))), value.value])
    case 'list': {
      const { length } = value.items
      const head = length < 15 ? [(length << 4) | value.kind] : [0xf0 | value.kind, ...varint(BigInt(length))] // prettier-ignore
      return Buffer.concat([Buffer.from(head), ...value.items.map(encodeThrift)])
    }
    case 'struct': {
      const parts: Buffer[] = []
      let last = 0
      for (const [id, field] of value.fields) {
        const delta = id - last
        const kind = kindOf(field)
        parts.push(delta > 0 && delta < 16 ? Buffer.of((delta << 4) | kind) : Buffer.from([kind, ...zigzag(BigInt(id))])) // prettier-ignore
        parts.push(encodeThrift(field))
        last = id
      }
      return Buffer.concat([...parts, Buffer.of(0)])
    }
  }
}

/** Follows field ids and positions in lists. */
export function thriftAt(value: Thrift, ...path: number[]): Thrift {
  let found = value
  for (const step of path)
    found = found.type === 'struct' ? found.fields.get(step)! : (found as { items: Thrift[] }).items[step]! // prettier-ignore
  return found
}
