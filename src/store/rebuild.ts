/**
 * The rebuild of a lost or damaged index from the packs and whole files alone. Every block is
 * hashed, and those that do not verify are left out.
 */
import { accessSync, closeSync, constants, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { CarReader } from '../formats/car-reader.js'
import { fileSource } from '../core/byte-source.js'
import { copyOf } from '../core/bytes.js'
import { Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError, systemCode } from '../core/errors.js'
import { openFailure } from '../core/read-file.js'
import { fsyncDir } from '../core/fs-durable.js'
import { framePayload } from '../formats/leaf-frame.js'
import { newId, parseId, type StoreLayout } from './layout.js'
import { writeManifest, type PackEntry } from './manifest.js'
import { type BlockRecord, type ObjectId } from './ports.js'
import { Kind, type BlockMeta } from '../formats/block-kind.js'
import { newRecord } from './record.js'
import { RecordTable } from './record-table.js'
import { SealWriter, type Sealed } from './seal-writer.js'
import { writeSegment } from './segment.js'

export interface RebuildPorts {
  readonly describe: (codec: number, block: Uint8Array) => BlockMeta
  /** Returns the parts of a file node with the bytes each covers; undefined for other blocks. */
  readonly parts: (cid: Cid, block: Uint8Array) => readonly FilePart[] | undefined
}

export interface FilePart {
  readonly cid: Cid
  readonly size: number
}

export interface RebuildReport {
  readonly blocks: number
  readonly files: number
  /** Messages about the blocks and files left out. */
  readonly lost: readonly string[]
}

interface FileNode {
  readonly cid: Cid
  readonly parts: readonly FilePart[]
}

/** Writes a new index and manifest; the caller holds the home's lock. Pins are left alone. */
export function rebuildIndex(layout: StoreLayout, ports: RebuildPorts): RebuildReport {
  return new Rebuild(layout, ports).run()
}

class Rebuild {
  readonly #layout: StoreLayout
  readonly #ports: RebuildPorts
  readonly #records = new RecordTable()
  readonly #nodes = new Map<string, FileNode>()
  readonly #bySize = new Map<number, FileNode[]>()
  readonly #packs: PackEntry[] = []
  readonly #lost: string[] = []
  /** Files all of whose recorded blocks were hashed. */
  readonly #hashed: Sealed[] = []
  #files = 0

  constructor(layout: StoreLayout, ports: RebuildPorts) {
    this.#layout = layout
    this.#ports = ports
  }

  run(): RebuildReport {
    const { packs, files } = this.#layout
    for (const name of this.#namesIn(packs)) {
      const id = parseId(name.slice(0, 13))
      if (id !== undefined && this.#isFile(join(packs, name))) this.#pack(id)
    }
    for (const folder of this.#namesIn(files))
      for (const name of this.#namesIn(join(files, folder))) {
        const id = parseId(name)
        if (id !== undefined && this.#isFile(join(files, folder, name))) this.#file(id)
      }
    this.#publish()
    return { blocks: this.#records.count, files: this.#files, lost: this.#lost }
  }

  #namesIn(folder: string): string[] {
    try {
      return readdirSync(folder)
    } catch (error) {
      if (systemCode(error) !== 'ENOTDIR') throw error
      this.#lost.push(`${folder} is no folder`)
      return []
    }
  }

  /** Returns whether a file can be read; what is none is left where it is. */
  #isFile(path: string): boolean {
    try {
      accessSync(path, constants.R_OK)
      if (lstatSync(path).isFile()) return true
      this.#lost.push(`${path} is no file`)
    } catch (error) {
      // To go on without it would lose its blocks.
      throw openFailure(path, 'run `ipfs-kit fsck --repair`', error)
    }
    return false
  }

  /** Records the blocks of a pack up to its first damaged section. */
  #pack(id: ObjectId): void {
    const path = this.#layout.pack(id)
    const fd = openSync(path, 'r')
    try {
      for (const { cid, block, blockOffset } of new CarReader(fileSource(fd)).sections())
        this.#block(cid, block, { source: id, inFile: false, offset: blockOffset }, path)
    } catch (error) {
      if (!isKitError(error)) throw error
      this.#lost.push(`${path}: ${error.message}`)
    } finally {
      closeSync(fd)
    }
    this.#packs.push({ id, bytes: statSync(path).size })
    this.#hashed.push({ id, path })
  }

  /** Verifies and records a block, and remembers file nodes by size to match whole files. */
  #block(cid: Cid, block: Uint8Array, place: Partial<BlockRecord>, path: string): void {
    try {
      verifyBlock(cid, block)
    } catch (error) {
      if (!isKitError(error)) throw error
      this.#lost.push(`${path} at ${place.offset}: ${error.message}`)
      return
    }
    const meta = this.#ports.describe(cid.codec, block)
    this.#records.set(cid.key, newRecord(cid, meta, { ...place, length: block.length }))
    const parts = this.#ports.parts(cid, copyOf(block))
    if (parts === undefined) return
    const node = { cid, parts }
    this.#nodes.set(String(cid), node)
    const same = this.#bySize.get(meta.size)
    if (same === undefined) this.#bySize.set(meta.size, [node])
    else same.push(node)
  }

  /**
   * Finds the file nodes that a whole file belongs to: of the same size, with verifying leaves. There
   * may be several, since the same bytes can be hashed or framed in two ways.
   */
  #file(id: ObjectId): void {
    const path = this.#layout.file(id)
    const { size } = statSync(path)
    const fd = openSync(path, 'r')
    try {
      let isKnown = false
      for (const node of this.#bySize.get(size) ?? []) {
        const leaves = this.#leaves(node)
        if (leaves === undefined || !this.#matches(fd, leaves)) continue
        this.#adopt(id, node, leaves)
        isKnown = true
      }
      if (!isKnown) {
        this.#lost.push(`${path}: no file node matches it`)
        return
      }
      this.#files++
      this.#hashed.push({ id, path })
    } finally {
      closeSync(fd)
    }
  }

  /** Returns the leaves of a node in order; a part that is no known node counts as a leaf. */
  #leaves(node: FileNode): FilePart[] | undefined {
    const leaves: FilePart[] = []
    const open = [...node.parts].reverse()
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      const inner = this.#nodes.get(String(part.cid))
      if (inner === undefined) leaves.push(part)
      else for (let i = inner.parts.length - 1; i >= 0; i--) open.push(inner.parts[i]!)
    }
    return leaves
  }

  #matches(fd: number, leaves: readonly FilePart[]): boolean {
    let position = 0
    for (const { cid, size } of leaves) {
      const bytes = Buffer.allocUnsafe(size)
      if (readSync(fd, bytes, 0, size, position) !== size) return false
      try {
        verifyBlock(cid, cid.codec === DAG_PB ? framePayload(bytes) : bytes)
      } catch (error) {
        if (isKitError(error)) return false
        throw error
      }
      position += size
    }
    return true
  }

  /** Records a whole file at its root, and at each leaf that no pack holds. */
  #adopt(id: ObjectId, node: FileNode, leaves: readonly FilePart[]): void {
    let offset = 0
    for (const { cid, size } of leaves) {
      if (!this.#records.has(cid.key)) {
        const framed = cid.codec === DAG_PB
        const meta: BlockMeta = { kind: framed ? Kind.FILE : Kind.RAW, size }
        const place = { source: id, inFile: true, framed, offset, length: size }
        this.#records.set(cid.key, newRecord(cid, meta, place))
      }
      offset += size
    }
    const known = this.#records.get(node.cid.key)
    if (known !== undefined) this.#records.set(node.cid.key, { ...known, whole: id })
  }

  #publish(): void {
    const id = newId()
    const records = writeSegment(this.#layout.segment(id), this.#records.count, (writer) =>
      this.#records.writeTo(writer)
    )
    fsyncDir(this.#layout.index)
    const seals = new SealWriter(this.#layout)
    seals.seal([...this.#hashed, { id, path: this.#layout.segment(id) }])
    seals.close()
    writeManifest(this.#layout.manifest, {
      version: 1,
      generation: Date.now(),
      segments: [{ id, records }],
      packs: this.#packs,
      doomed: [],
      // Files that killed sessions had moved in are kept: recovery must remove their folders only.
      published: readdirSync(this.#layout.incoming).flatMap((name) => parseId(name) ?? [])
    })
  }
}
