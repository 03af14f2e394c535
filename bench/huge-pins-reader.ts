/** A process that opens pin mappings beside their owner, looks up and lists by page, and prints what that took. */
import { openKit } from '../src/index.js'
import { openMappings } from '../src/operations/mappings-view.js'
import { OPENINGS, type HugeFigures } from './huge-pins.js'
import { MadePins, RARE_NAMES } from './made-pins.js'
import { BACKEND } from './pins.js'

const LOOKUPS = 50_000
/** Pages of each kind, of which the median counts. */
const PAGES = 51
const PAGE = 100

const [home = '', count = '0'] = process.argv.slice(2)
const pins = new MadePins(BACKEND, Number(count))
const any = (from = 0, to = 1): string =>
  pins.cid(Math.floor(pins.count * (from + Math.random() * (to - from))))
const at = (times: number[], share: number): number =>
  times.sort((a, b) => a - b)[Math.floor((times.length - 1) * share)]!

const openings: number[] = []
for (let i = 0; i < OPENINGS; i++) {
  const began = performance.now()
  const opened = await openMappings(home)
  if (opened.of(pins.cid(0)).length !== 1) throw new Error('a pin is not there')
  openings.push(performance.now() - began)
  opened.close()
}
const mappings = await openMappings(home)
const wanted = Array.from({ length: LOOKUPS }, () => any())
const lookups = wanted.map((cid) => {
  const since = performance.now()
  if (mappings.of(cid).length !== 1) throw new Error(`${cid} is not there`)
  return (performance.now() - since) * 1000
})
mappings.close()

const kit = await openKit({ home })
/** The median time of a page as `pin ls --backend` lists it, in ms, opening included. */
async function page(after: () => string, name?: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < PAGES; i++) {
    const request = { backends: [BACKEND], after: after(), limit: PAGE, name }
    const since = performance.now()
    const { pins: listed } = await kit.pins.copies(request)
    times.push(performance.now() - since)
    if (listed.length !== PAGE) throw new Error(`a page has ${listed.length} pins`)
  }
  return at(times, 0.5)
}

const figures: HugeFigures = {
  'opening in another process': at(openings, 0.5),
  'lookup by CID, p50': at(lookups, 0.5),
  'lookup by CID, p99': at(lookups, 0.99),
  'a page at the start': await page(() => ''),
  'a page in the middle': await page(() => any(0.4, 0.6)),
  'a page at the end': await page(() => pins.cid(pins.count - 1 - 2 * PAGE)),
  'a page by wildcard': await page(() => any(0.1, 0.9), RARE_NAMES)
}
const { rss } = process.memoryUsage()
process.stdout.write(JSON.stringify({ ...figures, 'memory of a process that looks up and lists': rss / 2 ** 20 })) // prettier-ignore
