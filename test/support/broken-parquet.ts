/** Parquet files that say what is not so. */
import { decodeThrift, encodeThrift, thriftAt, type Thrift } from './thrift.js'

/** Fields of FileMetaData: row groups, columns of one, and the metadata of a column. */
const COLUMN = [4, 0, 1, 0, 3]
const NUM_VALUES = [...COLUMN, 5]
const UNCOMPRESSED = [...COLUMN, 6]
const COMPRESSED = [...COLUMN, 7]

function withFooter(
  file: Buffer,
  change: (set: (value: bigint, ...path: number[]) => void, footer: Thrift) => void
): Buffer {
  // prettier-ignore
  const length = file.readUInt32LE(file.length - 8)
  const start = file.length - 8 - length
  const { struct } = decodeThrift(file, start)
  change((value, ...path) => {
    ;(thriftAt(struct, ...path) as { value: bigint }).value = value
  }, struct)
  return closed(file.subarray(0, start), encodeThrift(struct))
}

function closed(body: Buffer, footer: Buffer): Buffer {
  const end = Buffer.alloc(8, 'PAR1')
  end.writeUInt32LE(footer.length)
  end.write('PAR1', 4)
  return Buffer.concat([body, footer, end])
}

const HALF_A_TERABYTE = 500_000_000_000n

/** Files by what is wrong with them. @param file one column of BIGINT, one page. */
export const brokenParquet = (file: Buffer): Readonly<Record<string, Buffer>> => ({
  'a column claims 500 GB': withFooter(file, (set) => set(HALF_A_TERABYTE, ...UNCOMPRESSED)),
  'a column has more bytes than the file': withFooter(file, (set) => {
    set(HALF_A_TERABYTE, ...UNCOMPRESSED)
    set(HALF_A_TERABYTE, ...COMPRESSED)
  }),
  'a negative size': withFooter(file, (set) => set(-5n, ...COMPRESSED)),
  'a page claims 2 GB': withPage(file, 2n ** 31n - 1n),
  'rows without values': withFooter(file, (set) => {
    set(10n ** 12n, 3)
    set(10n ** 12n, 4, 0, 3)
  }),
  'values beyond the pages': withFooter(file, (set) => {
    set(10n ** 12n, 3)
    set(10n ** 12n, 4, 0, 3)
    set(10n ** 12n, ...NUM_VALUES)
  }),
  'another type of column': withFooter(file, (set) => {
    set(6n, 2, 1, 1)
    set(6n, ...COLUMN, 1)
  }),
  'an offset beyond the end': withFooter(file, (set) => set(2n ** 40n, ...COLUMN, 9)),
  'a footer of noise': closed(file.subarray(0, 400), Buffer.alloc(300, 0x5a)),
  'a footer longer than the file': Buffer.concat([file.subarray(0, -8), Buffer.from('ffffff7f50415231', 'hex')]), // prettier-ignore
  'no footer': file.subarray(0, 1000),
  'two magics': Buffer.from('PAR1PAR1'),
  'an empty file': Buffer.alloc(0)
})

/** The page's header is written anew, with the size that its data would unpack to. */
function withPage(file: Buffer, size: bigint): Buffer {
  const length = file.readUInt32LE(file.length - 8)
  const start = file.length - 8 - length
  const { struct: footer } = decodeThrift(file, start)
  const at = Number((thriftAt(footer, ...COLUMN, 9) as { value: bigint }).value)
  const { struct: page, end } = decodeThrift(file, at)
  ;(thriftAt(page, 2) as { value: bigint }).value = size
  const header = encodeThrift(page)
  const more = BigInt(header.length - (end - at))
  for (const path of [COMPRESSED, UNCOMPRESSED]) (thriftAt(footer, ...path) as { value: bigint }).value += more // prettier-ignore
  return closed(Buffer.concat([file.subarray(0, at), header, file.subarray(end, start)]), encodeThrift(footer)) // prettier-ignore
}
