/** The log against a model of it: a list of entries, of which a torn end is lost and a prefix is pruned. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../src/core/bytes.js'
import { MAPPING, OPERATION } from '../../src/wal/kinds.js'
import { readLog, type WriteAheadLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'
import { openLog } from '../support/wal.js'

const RUNS = Number(process.env['MODEL_RUNS'] ?? 60)

const payload = fc.uint8Array({ maxLength: 700 })
const entry = fc.record({ kind: fc.constantFrom(OPERATION, MAPPING), payload })

type Step =
  | {
      readonly do: 'append'
      readonly calls: readonly (readonly { kind: number; payload: Uint8Array }[])[]
    }
  | { readonly do: 'reopen' }
  | { readonly do: 'tear'; readonly lost: number; readonly zeros: boolean }
  | { readonly do: 'prune'; readonly operations: number; readonly mappings: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      calls: fc.array(fc.array(entry, { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 6
      })
    })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('tear' as const),
      lost: fc.double({ min: 0, max: 1, noNaN: true }),
      zeros: fc.boolean()
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('prune' as const),
      operations: fc.double({ min: 0, max: 1, noNaN: true }),
      mappings: fc.double({ min: 0, max: 1, noNaN: true })
    })
  }
)

interface Modelled {
  readonly kind: number
  readonly hex: string
}

/** Appends an entry, loses a part of its bytes as a crash would, and opens the log again. */
async function tear(
  folder: string,
  wal: WriteAheadLog,
  lost: number,
  zeros: boolean
): Promise<WriteAheadLog> {
  const before = newest(folder)
  const intact = readFileSync(before).length
  await wal.append(OPERATION, Buffer.alloc(2000, 'torn'))
  await wal.close()
  const path = newest(folder)
  const bytes = readFileSync(path)
  const begin = path === before ? intact : 24
  // At least a byte of it, at most all of it.
  const keep = begin + Math.floor((bytes.length - begin - 1) * lost)
  if (zeros) {
    const sector = keep - (keep % 512)
    bytes.fill(0, Math.max(begin, sector), Math.min(bytes.length, sector + 512))
    writeFileSync(path, bytes)
  } else truncateSync(path, keep)
  return (await openLog(folder, 3000)).wal
}

const newest = (folder: string): string => join(folder, readdirSync(folder).sort().at(-1)!)

t.test('whatever is done, the log has what the model has', { timeout: 600_000 }, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const folder = tempFolder(t, 'wal-model')
      const model: Modelled[] = []
      let first = 1
      let { wal } = await openLog(folder, 3000)
      for (const one of steps) {
        if (one.do === 'append') {
          const lsns = await Promise.all(one.calls.map((entries) => wal.appendAll(entries)))
          for (const [i, entries] of one.calls.entries()) {
            for (const { kind, payload } of entries) model.push({ kind, hex: toHex(payload) })
            if (lsns[i] !== model.length) throw new Error(`LSN ${lsns[i]} for ${model.length}`)
          }
        } else if (one.do === 'reopen') {
          await wal.close()
          wal = (await openLog(folder, 3000)).wal
        } else if (one.do === 'tear') wal = await tear(folder, wal, one.lost, one.zeros)
        else {
          const marks = {
            operations: 1 + Math.floor(model.length * one.operations),
            mappings: 1 + Math.floor(model.length * one.mappings)
          }
          for (const [name, lsn] of Object.entries(marks)) wal.hold(name, lsn)
          await wal.prune()
          const least = [...readLog(folder, 1)][0]?.lsn ?? model.length + 1
          if (least < first) throw new Error('what was pruned is back')
          for (const [i, { kind }] of model.slice(0, least - 1).entries())
            if (i + 1 >= marks[kind === OPERATION ? 'operations' : 'mappings'])
              throw new Error(`entry ${i + 1} was held`)
          first = least
        }
        if (wal.end !== model.length) throw new Error(`the end is ${wal.end}, not ${model.length}`)
        const found = [...readLog(folder, first)].map(({ kind, payload }) => ({
          kind,
          hex: toHex(payload)
        }))
        if (JSON.stringify(found) !== JSON.stringify(model.slice(first - 1)))
          throw new Error('other entries')
        const from = first + Math.max(0, Math.floor((model.length - first) / 2))
        const part = [...wal.read(from)].map(({ lsn }) => lsn)
        if (part.length !== Math.max(0, model.length - from + 1))
          throw new Error(`from ${from}: ${part.join()}`)
      }
      await wal.close()
    }),
    { numRuns: RUNS }
  )
  t.pass(`${RUNS} sequences`)
})
