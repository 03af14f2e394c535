/** What an engine writes of reads: together, once for pieces of one file, and at its end. */
import t from 'tap'
import { Cid } from '../../src/core/cid.js'
import type { IndexPatch } from '../../src/metadata/patch.js'
import { IndexKeeper } from '../../src/service/index-keeper.js'
import { OpenCounts, reserveOpenCounts } from '../../src/service/open-counts.js'
import { TestClock } from '../support/clock.js'
import { cidOf } from '../metadata/records.js'

function staged(failing = false) {
  const recorded: IndexPatch[][] = []
  const described: string[] = []
  const opens: Uint8Array[] = []
  const noted: IndexPatch[] = []
  const warned: string[] = []
  const state = { pending: 0, compacted: 0 }
  const clock = new TestClock()
  const keeper = new IndexKeeper({
    record: (patches) => {
      if (failing) return Promise.reject(new Error('the disk is full'))
      recorded.push([...patches])
      return Promise.resolve()
    },
    pending: () => Promise.resolve(state.pending),
    compact: () => {
      state.compacted++
      return Promise.resolve()
    },
    describe: (cids) => {
      described.push(...cids.map(String))
      return Promise.resolve([])
    },
    opened: () => opens.splice(0),
    noted: () => noted.splice(0),
    clock,
    log: { debug: () => undefined, warn: (message) => void warned.push(message) }
  })
  return { keeper, recorded, described, warned, clock, state, opens, noted }
}

const cid = (i: number): Cid => Cid.parse(cidOf(i))

t.test('opens are counted one by one, and written together', async (t) => {
  const { keeper, recorded, described } = staged()
  for (let i = 0; i < 5; i++) keeper.noteOpened(cid(1))
  keeper.noteOpened(cid(2))
  t.same(recorded, [], 'nothing is written meanwhile')
  await keeper.flush()
  t.match(recorded, [[{ cid: cidOf(1), accesses: { count: 5 }, only_known: true }, { cid: cidOf(2), accesses: { count: 1 } }]]) // prettier-ignore
  t.same(described, [], 'what is here is known')
  await keeper.flush()
  t.equal(recorded.length, 1)
})

t.test('reads that other processes noted are written with the others', async (t) => {
  const { keeper, recorded, noted } = staged()
  noted.push({ cid: cidOf(3), at: 1, accesses: { count: 2, last: 1 }, only_known: true })
  await keeper.flush()
  keeper.noteOpened(cid(1))
  noted.push({ cid: cidOf(4), at: 1, accesses: { count: 1, last: 1 }, only_known: true })
  await keeper.flush()
  t.match(recorded, [[{ cid: cidOf(3), accesses: { count: 2 } }], [{ cid: cidOf(1) }, { cid: cidOf(4) }]]) // prettier-ignore
})

t.test('pieces of one file that are fetched within a second are one read', async (t) => {
  const { keeper, recorded, described, clock } = staged()
  keeper.noteOpened(cid(1))
  for (let i = 0; i < 5; i++) keeper.noteFetched(cid(1))
  clock.advance(5000)
  keeper.noteFetched(cid(1))
  await keeper.flush()
  t.match(recorded, [[{ cid: cidOf(1), accesses: { count: 2 }, only_known: undefined }]])
  t.same(described, [cidOf(1)], 'what was fetched may be unknown')
})

t.test('of very many files some are counted; what cannot be written is told of', async (t) => {
  const { keeper, warned } = staged(true)
  for (let i = 0; i < 10_050; i++) keeper.noteOpened(cid(i % 10_050))
  await keeper.flush()
  t.match(warned, [/the disk is full/])
  const { keeper: other, state } = staged()
  await other.settle()
  t.equal(state.compacted, 0)
  state.pending = 1
  await other.settle()
  t.equal(state.compacted, 1)
})

t.test('what was noted is written when the engine ends', async (t) => {
  const { keeper, recorded } = staged()
  keeper.start()
  keeper.noteOpened(cid(3))
  await keeper.stop()
  t.match(recorded, [[{ cid: cidOf(3) }]])
})

t.test('what threads opened is taken when it is written, as far as the ring reaches', async (t) => {
  const { keeper, recorded, opens } = staged()
  opens.push(cid(1).bytes, cid(2).bytes, cid(1).bytes)
  await keeper.flush()
  t.match(recorded, [[{ cid: cidOf(1), accesses: { count: 2 } }, { cid: cidOf(2), accesses: { count: 1 } }]]) // prettier-ignore
  const memory = reserveOpenCounts()
  const [thread, main] = [new OpenCounts(memory), new OpenCounts(memory)]
  for (const i of [1, 2, 1]) thread.note(cid(i).bytes)
  t.same(
    [...main.take()].map((bytes) => String(Cid.decode(bytes))),
    [1, 2, 1].map(cidOf)
  )
  t.same([...main.take()], [])
  for (let i = 0; i < 10_000; i++) thread.note(cid(i).bytes)
  const last = [...main.take()]
  t.equal(last.length, 8192)
  t.equal(String(Cid.decode(last.at(-1)!)), cidOf(9999))
})
