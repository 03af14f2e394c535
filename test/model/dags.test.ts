/**
 * Kubo is the judge of random DAGs: after gc exactly what it reaches from the pins is left, and
 * export and verification agree with its `dag export`. RANDOM_DAGS sets how many.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { toHex } from '../../src/core/bytes.js'
import { fileSource } from '../../src/core/byte-source.js'
import { Cid } from '../../src/core/cid.js'
import { CarReader } from '../../src/formats/car-reader.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { openKit, type Kit } from '../../src/index.js'
import { StoreReader } from '../../src/store/reader.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import type { Block } from '../support/blocks.js'
import { tempFolder } from '../support/temp.js'
import { Dice, randomDag } from './random-dag.js'

const DAGS = Number(process.env['RANDOM_DAGS'] ?? 2000)
/** DAGs of one home, which share blocks. */
const PER_HOME = 250

t.test('random DAGs', { ...skipWithoutKubo, timeout: 60_000 + DAGS * 300 }, async (t) => {
  const folder = tempFolder(t, 'dags')
  const kubo = await Kubo.start(t, folder)
  for (let first = 0; first < DAGS; first += PER_HOME) {
    const home = new HomeOfDags(folder, kubo, first, Math.min(PER_HOME, DAGS - first))
    await home.compare(t)
  }
})

class HomeOfDags {
  readonly #seed: number
  readonly #kubo: Kubo
  readonly #home: string
  readonly #archive: string
  readonly #roots: Cid[] = []
  readonly #blocks: Block[] = []

  constructor(folder: string, kubo: Kubo, seed: number, count: number) {
    this.#seed = seed
    this.#kubo = kubo
    this.#home = join(folder, `home-${seed}`)
    this.#archive = join(folder, `${seed}.car`)
    const dice = new Dice(seed)
    for (let i = 0; i < count; i++)
      this.#roots.push(randomDag(dice, this.#blocks, `${seed} ${i}`).cid)
    writeFileSync(this.#archive, archiveOf(this.#roots, this.#blocks))
  }

  async compare(t: Test): Promise<void> {
    const kit = await openKit({ home: this.#home, offline: true })
    await kit.cars.import([this.#archive], { pin: false })
    await this.#kubo.ipfs('dag', 'import', '--pin-roots=false', this.#archive)
    const pins = this.#roots.filter((_, i) => i % 3 === 0)
    await kit.pins.add(pins.map(String))
    for (const root of pins) await this.#exportsAlike(t, kit, root)
    const report = await kit.gc()
    t.same(report.doubts, [])
    t.same(this.#stored(), await this.#reached(pins), `what gc keeps, seed ${this.#seed}`)
    t.match(await kit.fsck({ readData: true }), { bad: [], missing: [] })
  }

  /** Export a DAG; the archive has Kubo's blocks, and is whole. */
  async #exportsAlike(t: Test, kit: Kit, root: Cid): Promise<void> {
    const theirs = await this.#call('dag/export', { arg: String(root), progress: 'false' })
    const parts: Uint8Array[] = []
    for await (const part of kit.cars.export(String(root))) parts.push(part)
    const file = join(this.#home, 'out.car')
    writeFileSync(file, Buffer.concat(parts))
    const ours = sectionsOf(file)
    t.match(await kit.cars.verify(file), { success: true, missing: [], bad: [] }, String(root))
    writeFileSync(file, theirs)
    t.same([...ours].sort(), [...sectionsOf(file)].sort(), `the export of ${root}`)
  }

  /** The multihashes that Kubo reaches from some roots, without identity nodes. */
  async #reached(roots: readonly Cid[]): Promise<string[]> {
    const found = new Set(roots)
    for (const root of roots) {
      const body = await this.#call('refs', {
        arg: String(root),
        recursive: 'true',
        unique: 'true'
      })
      for (const line of body.toString().trim().split('\n')) {
        if (line === '') continue
        const { Ref, Err } = JSON.parse(line) as { Ref: string; Err: string }
        if (Err !== '') throw new Error(`refs ${root}: ${Err}`)
        found.add(Cid.parse(Ref))
      }
    }
    const stored = [...found].filter((cid) => !cid.isIdentity)
    return [...new Set(stored.map(({ key }) => toHex(key)))].sort()
  }

  #stored(): string[] {
    const reader = new StoreReader(this.#home)
    const keys = new Set<string>()
    for (const segment of reader.segments)
      for (let i = 0; i < segment.count; i++) {
        const at = segment.offsetOf(i)
        keys.add(toHex(segment.bytes.subarray(at, at + 32)))
      }
    reader.close()
    return [...keys].sort()
  }

  async #call(method: string, query: Record<string, string>): Promise<Buffer> {
    const url = `${this.#kubo.apiUrl}/api/v0/${method}?${new URLSearchParams(query)}`
    const response = await fetch(url, { method: 'POST' })
    const body = Buffer.from(await response.arrayBuffer())
    if (!response.ok) throw new Error(`${url}: ${body}`)
    return body
  }
}

function archiveOf(roots: readonly Cid[], blocks: readonly Block[]): Buffer {
  const stored = blocks.filter(({ cid }) => !cid.isIdentity)
  const parts = stored.flatMap(({ cid, block }) => [sectionHead(cid, block.length), block])
  return Buffer.concat([carHeader(roots), ...parts])
}

/** The keys of an archive's blocks without identity nodes, which Kubo writes out and others need not. */
function sectionsOf(file: string): Set<string> {
  const fd = openSync(file, 'r')
  try {
    const cids = Array.from(new CarReader(fileSource(fd)).sections(), ({ cid }) => cid)
    return new Set(cids.filter((cid) => !cid.isIdentity).map(({ key }) => toHex(key)))
  } finally {
    closeSync(fd)
  }
}
