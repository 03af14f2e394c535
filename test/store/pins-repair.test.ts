/** A log of pins that is lost: what it kept is kept on. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs' // prettier-ignore
import t, { type Test } from 'tap'
import { repairHome } from '../../src/compose/repair-home.js'
import { PROFILES } from '../../src/content/profile.js'
import type { Cid } from '../../src/core/cid.js'
import { BlockStore } from '../../src/store/block-store.js'
import { collectGarbage } from '../../src/store/gc.js'
import { StoreLayout } from '../../src/store/layout.js'
import { readPins } from '../../src/store/pins.js'
import { addBytes, addTree } from '../support/adding.js'
import { pinOf, rawCid, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const v1 = PROFILES['unixfs-v1-2025']
const LIVE = new AbortController().signal

interface Lost {
  readonly home: string
  readonly layout: StoreLayout
  readonly tree: Cid
  readonly big: Cid
}

/** A home with two pinned roots, the log of which the test damages. */
async function pinned(t: Test): Promise<Lost> {
  const home = tempFolder(t, 'pins')
  const store = BlockStore.open(home, { warn: () => undefined })
  const { tree, big } = await write(store, async (session) => ({
    tree: (await addTree(session, v1, { sub: { leaf: Buffer.from('leaf') } })).cid,
    big: (await addBytes(session, v1, Buffer.alloc(3 << 20, 'big'))).cid
  }))
  store.addPins([pinOf(tree), pinOf(big)])
  store.close()
  return { home, layout: store.layout, tree, big }
}

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  gone: (path) => rmSync(path),
  empty: (path) => writeFileSync(path, ''),
  garbage: (path) => writeFileSync(path, Buffer.alloc(500, 7)),
  'cut in the middle': (path) => writeFileSync(path, readFileSync(path).subarray(0, 200)),
  'a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  }
}

for (const [name, damage] of Object.entries(DAMAGES))
  t.test(`threats 51: gc removes nothing of a log of pins that is ${name}`, async (t) => {
    const { home, layout, tree, big } = await pinned(t)
    damage(layout.pins)
    t.throws(() => BlockStore.open(home, { warn: () => undefined }), { code: 'CORRUPT_FORMAT', message: /--repair/ }) // prettier-ignore
    const warnings: string[] = []
    repairHome(home, { warn: (line) => warnings.push(line) })
    t.match(warnings.join(), /roots are pinned as "recovered"/)
    const store = BlockStore.open(home, { warn: () => undefined })
    t.teardown(() => store.close())
    t.ok(store.pins.pins.has(String(tree)) && store.pins.pins.has(String(big)))
    t.equal(store.pins.pins.size, 2, 'inner blocks are no roots')
    await collectGarbage(store, LIVE)
    t.ok(store.reader.has(rawCid(Buffer.from('leaf')).key))
    t.ok(store.reader.has(big.key))
  })

t.test('threats 51: pins that can be read keep their names; the rest is recovered', async (t) => {
  const { home, layout, tree, big } = await pinned(t)
  const [generation = '', first = '', second = ''] = readFileSync(layout.pins, 'utf8').split('\n')
  writeFileSync(
    layout.pins,
    `${generation}\n${first.replace('recursive', 'recurs!!!')}\n${second}\n`
  )
  appendFileSync(layout.pins, `${second}\n`)
  repairHome(home, { warn: () => undefined })
  const pins = readPins(layout.pins)
  t.equal(pins.get(String(tree))?.name, 'recovered')
  t.equal(pins.get(String(big))?.name, '')
})

t.test('threats 51: a repair that fails leaves the damaged log, and is begun again', async (t) => {
  const { home, layout, tree, big } = await pinned(t)
  const damaged = Buffer.alloc(500, 7)
  writeFileSync(layout.pins, damaged)
  writeFileSync(layout.manifest, 'damaged')
  renameSync(layout.index, `${layout.index}.moved`)
  writeFileSync(layout.index, 'no folder')
  const repair = (): unknown => repairHome(home, { warn: () => undefined })
  t.throws(repair, 'the index cannot be written')
  t.ok(readFileSync(layout.pins).equals(damaged))
  rmSync(layout.index)
  renameSync(`${layout.index}.moved`, layout.index)
  repair()
  const pins = readPins(layout.pins)
  t.ok(pins.has(String(tree)) && pins.has(String(big)))
  t.ok(readFileSync(`${layout.pins}.damaged-1`).equals(damaged), 'it is kept beside the new one')
  t.notOk(existsSync(`${layout.pins}.recovered`))
})

t.test(
  'threats 51: a log that was set aside, and not yet replaced, is not an empty one',
  async (t) => {
    const { home, layout, tree, big } = await pinned(t)
    renameSync(layout.pins, `${layout.pins}.damaged-1`)
    rmSync(layout.seals)
    t.throws(() => BlockStore.open(home, { warn: () => undefined }), { code: 'CORRUPT_FORMAT' })
    t.notOk(readdirSync(layout.root).includes('pins.log'))
    repairHome(home, { warn: () => undefined })
    const pins = readPins(layout.pins)
    t.ok(pins.has(String(tree)) && pins.has(String(big)))
  }
)
