/** Homes as older installations left them, made from the descriptions of their formats. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'

export const CID_A = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
export const CID_V0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'
export const NO_CID = 'QmTest123'

/** Writes a file below a home; folders on the way are made. */
export function put(home: string, name: string, content: string | Uint8Array): void {
  const path = join(home, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { mode: 0o644 })
}

export const json = (value: unknown): string => JSON.stringify(value)

export const oldRow = (cid: string, backend: string, more: object = {}) => ({
  cid,
  car_file_path: `/s3-bucket/cars/${cid}.car`,
  backend_name: backend,
  created_at: '2024-05-06T07:08:09.123456',
  status: 'stored',
  metadata: '{"name": "old", "size": 5}',
  ...more
})

/** The CAR of an older installation: a JSON document. */
export const jsonCar = (rows: readonly object[]): string =>
  json({ format: 'pin_mappings_car', version: '1.0', created_at: '2024', pin_mappings: rows })

/** Another one: a length of four bytes, then dag-cbor, twice. */
export function framedCar(): Uint8Array {
  const header = dagCbor.encode({ format: 'simplified-car-dag-cbor', roots: [CID_A], version: 1 })
  const root = dagCbor.encode({ cid: CID_A, content: '00ff' })
  const framed = [header, root].map((bytes) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  })
  return Buffer.concat(framed)
}

/** And another: a varint, then JSON. */
export function varintCar(): Uint8Array {
  const header = Buffer.from(json({ version: 1, roots: [CID_A], padding: 'x'.repeat(150) }))
  const length = Buffer.from([(header.length & 0x7f) | 0x80, header.length >> 7])
  return Buffer.concat([length, header, Buffer.from(json({ blocks: 1 }))])
}
