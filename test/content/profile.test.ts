/** CIDs agree with the published vectors, and in property tests with the reference importer. */
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import fc from 'fast-check'
import { BlackHoleBlockstore } from 'blockstore-core/black-hole'
import { importer } from 'ipfs-unixfs-importer'
import { HashOnlySink } from '../../src/content/hash-only-sink.js'
import { writeStream } from '../../src/content/file-writer.js'
import { NodeWriter } from '../../src/content/node-writer.js'
import { PROFILES, withChunker, type Profile } from '../../src/content/profile.js'
import { sha256 } from '../../src/core/hash.js'
import { addBytes, addTree, type Tree } from '../support/adding.js'
import { FIXTURES } from '../support/paths.js'

interface Vector {
  profile: keyof typeof PROFILES
  case: string
  cid: string
  text?: string
  size?: number
  seed?: string
  count?: number
  len?: number
  lastLen?: number
}

const { vectors, generators } = JSON.parse(readFileSync(`${FIXTURES}ipip-0499.json`, 'utf8')) as {
  vectors: Vector[]
  generators: { alphabet: string }
}

/** The ChaCha20 keystream of a seed, as a source of bytes. */
function keystream(seed: string, size: number) {
  const cipher = createCipheriv('chacha20', sha256(Buffer.from(seed)), Buffer.alloc(16))
  let left = size
  return {
    async read(target: Uint8Array): Promise<number> {
      const n = Math.min(target.length, left)
      target.set(cipher.update(Buffer.alloc(n)))
      left -= n
      return n
    }
  }
}

async function vectorTree({ seed, count, len, lastLen }: Vector): Promise<Tree> {
  const stream = Buffer.alloc(1 << 20)
  await keystream(seed!, stream.length).read(stream)
  let at = 0
  const tree: Record<string, Uint8Array> = {}
  for (let i = 0; i < count!; i++) {
    let name = ''
    while (name.length < (i === count! - 1 ? lastLen! : len!))
      name += generators.alphabet[stream[at++]! % generators.alphabet.length]
    tree[name] = Buffer.from('x')
  }
  return tree
}

async function vectorCid(vector: Vector): Promise<string> {
  const profile = PROFILES[vector.profile]
  const sink = new HashOnlySink()
  if (vector.text !== undefined)
    return String((await addBytes(sink, profile, Buffer.from(vector.text))).cid)
  if (vector.case === 'empty-file')
    return String((await addBytes(sink, profile, Buffer.alloc(0))).cid)
  if (vector.case === 'empty-dir') return String((await addTree(sink, profile, {})).cid)
  if (vector.case === 'dir')
    return String((await addTree(sink, profile, await vectorTree(vector))).cid)
  const source = keystream(vector.seed!, vector.size!)
  const options = { signal: new AbortController().signal, onBytes: () => undefined }
  return String((await writeStream(new NodeWriter(sink, profile), source, {}, options)).cid)
}

t.test('all vectors of IPIP-499', async (t) => {
  for (const vector of vectors)
    t.equal(
      await vectorCid(vector),
      vector.cid,
      `${vector.profile} ${vector.case} ${vector.size ?? ''}`
    )
})

/** A deterministic filler: what the bytes are does not matter, that they differ does. */
const filler = (size: number, seed: number): Uint8Array => {
  const bytes = Buffer.alloc(size)
  let x = seed * 2654435761 + 1
  for (let i = 0; i < size; i++) bytes[i] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 16
  return bytes
}

async function referenceCid(
  profile: Profile,
  tree: Tree | Uint8Array,
  chunkSize?: number
): Promise<string> {
  const files: { path: string; content?: Uint8Array }[] = []
  const visit = (node: Tree | Uint8Array, path: string): void => {
    if (node instanceof Uint8Array) files.push({ path, content: node })
    else {
      files.push({ path })
      for (const [name, child] of Object.entries(node)) visit(child, `${path}/${name}`)
    }
  }
  visit(tree, 'root')
  const options = {
    profile: profile.name as 'unixfs-v1-2025',
    ...(chunkSize === undefined ? {} : { chunker: fixed(chunkSize) })
  }
  let last = ''
  for await (const { cid, path } of importer(files, new BlackHoleBlockstore(), options))
    if (path === 'root') last = cid.toString()
  return last
}

const fixed = (size: number) =>
  async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const parts: Uint8Array[] = []
    for await (const part of source) parts.push(part)
    const all = Buffer.concat(parts)
    if (all.length === 0) yield all
    for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
  }

for (const profile of Object.values(PROFILES)) {
  t.test(`${profile.name}: files around every boundary`, async (t) => {
    const { chunkSize } = profile
    const sizes = [
      0,
      1,
      chunkSize - 1,
      chunkSize,
      chunkSize + 1,
      2 * chunkSize,
      2 * chunkSize + 7,
      5 * chunkSize
    ]
    for (const size of sizes) {
      const bytes = filler(size, size)
      const { cid } = await addBytes(new HashOnlySink(), profile, bytes)
      t.equal(String(cid), await referenceCid(profile, bytes), `${size} bytes`)
    }
  })

  t.test(`${profile.name}: any size, with chunks small enough for several levels`, async (t) => {
    const { maxLinks } = profile
    const edges = [
      maxLinks - 1,
      maxLinks,
      maxLinks + 1,
      2 * maxLinks,
      maxLinks * maxLinks,
      maxLinks * maxLinks + 1
    ]
    const chunk = 16
    const small = withChunker(profile, `size-${chunk}`)
    const check = async (size: number): Promise<void> => {
      const bytes = filler(size, size)
      const { cid } = await addBytes(new HashOnlySink(), small, bytes)
      t.equal(String(cid), await referenceCid(profile, bytes, chunk), `${size} bytes in ${chunk}`)
    }
    for (const leaves of edges.filter((count) => count < 40_000)) await check(leaves * chunk)
    await fc.assert(
      fc.asyncProperty(fc.nat(chunk * maxLinks * 3), async (size) => await check(size)),
      { numRuns: 15 }
    )
  })

  t.test(`${profile.name}: folders around the HAMT threshold, names of any kind`, async (t) => {
    const names = (count: number, length: number): Tree =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          String(i).padStart(length, 'ä日x'),
          Buffer.from(String(i % 7))
        ])
      )
    for (const [count, length] of [
      [3000, 20],
      [4700, 11],
      [2400, 60],
      [1200, 200],
      [6000, 30]
    ] as const) {
      const tree = names(count, length)
      const { cid } = await addTree(new HashOnlySink(), profile, tree)
      t.equal(String(cid), await referenceCid(profile, tree), `${count} names of ${length}`)
    }
  })

  t.test(`${profile.name}: any small tree`, async (t) => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..')
      .filter((text) => Buffer.byteLength(text) <= 255 && text !== '__proto__')
    const { tree } = fc.letrec<{ tree: Tree; node: Tree | Uint8Array }>((tie) => ({
      tree: fc.dictionary(name, tie('node'), { maxKeys: 6, noNullPrototype: true }),
      node: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.uint8Array({ maxLength: 50 }),
        tie('tree')
      )
    }))
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const { cid } = await addTree(new HashOnlySink(), profile, value)
        return String(cid) === (await referenceCid(profile, value))
      }),
      { numRuns: 60 }
    )
    t.pass('same CIDs')
  })
}
