/** A process that opens pin mappings beside their owner, looks up and lists, and prints what that took. */
import { join } from 'node:path'
import { PinMappings } from '../src/pins/pin-mappings.js'
import { readLog } from '../src/wal/log.js'
import { cidOf, type ReaderFigures } from './pins.js'

const [home = '', backend = '', count = '0', lookups = '0'] = process.argv.slice(2)
const began = performance.now()
const mappings = await PinMappings.open({
  home,
  backends: [{ name: backend, id: '' }],
  repairs: false,
  read: (from) => readLog(join(home, 'wal'), from)
})
if (mappings.of(cidOf(1)).length !== 1) throw new Error('a pin is not there')
const openMs = performance.now() - began
const times: number[] = []
for (let i = 0; i < Number(lookups); i++) {
  const cid = cidOf(Math.floor(Math.random() * Number(count)))
  const since = performance.now()
  if (mappings.of(cid).length !== 1) throw new Error(`${cid} is not there`)
  times.push(performance.now() - since)
}
times.sort((a, b) => a - b)
const { rss } = process.memoryUsage()
const since = performance.now()
let listed = 0
for (const _ of mappings.byCid([backend], cidOf(7))) if (++listed === 100) break
const figures: ReaderFigures = {
  openMs,
  p50: times[Math.floor(times.length / 2)] ?? 0,
  p99: times[Math.floor(times.length * 0.99)] ?? 0,
  pageMs: performance.now() - since,
  residentMiB: rss / 2 ** 20
}
process.stdout.write(JSON.stringify(figures))
