/**
 * `npm run bench -- [--quick | --smoke] [--dir FOLDER] [--json FILE] [--plot FILE] [WORD…]`:
 * every figure, side by side with those of the peers in the same run, and the ratios that are
 * asked for. The words choose rows by name.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { addingTargets, addLargeFile, addManyEntries, addManyFiles, addOneFile } from './adding.js'
import { arrowTargets, noPython, pinsAsArrow } from './arrow.js'
import { archiveOfManyFiles, archiveOfOneFile } from './archives.js'
import { cacheTargets, readFromCache } from './cache.js'
import { checkpoint, listenForInterrupts, unmountBelow } from './interrupt.js'
import { listHuge, mountReady, noMounts, readingTargets, readThroughMounts } from './mounts.js'
import { readByNameNew } from './names.js'
import { readWarm, warmTargets } from './warm.js'
import { coldTargets, readCopies } from './cold.js'
import { copyTargets, storeCopies } from './copies.js'
import { noServers } from './copy-servers.js'
import { datasetTargets, putTables } from './datasets.js'
import { gatewayTargets, readOverHttp } from './gateway.js'
import { hugeMetadata, hugeMetadataTargets } from './huge-metadata.js'
import { hugePinMappings, hugePinTargets } from './huge-pins.js'
import { addByRpc, rpcTargets } from './kubo-rpc.js'
import { metadataIndex, metadataTargets } from './metadata.js'
import { pinMappings, pinTargets } from './pins.js'
import { plot } from './plot.js'
import { readFromKubo, remoteTargets } from './remote.js'
import {
  beside,
  judge,
  printFigures,
  printRatios,
  printVerdicts,
  toJson,
  type Row
} from './report.js'
import { readBesideClients, restOfPorts, serviceTargets } from './service.js'
import { askInSql, noPeer, sqlTargets } from './sql.js'
import { appendToLog, walTargets } from './wal.js'
import { FULL, QUICK, SMOKE, type Scale } from './scale.js'

interface Suite {
  readonly run: (scratch: string, scale: Scale) => Promise<Row[]>
  /** Why it is left out. */
  readonly unless?: (scale: Scale) => string | undefined
}

/** Ours, and the same way of opening files in C. */
const LEAST = { 'ours, passthrough': 'C, opens', 'ours, none': 'C, none' }

const smallScale = (scale: Scale): string | undefined =>
  scale.hugeEntries === 0 ? 'only the full benchmark has it' : undefined

const withoutHuge = ({ hugePins }: Scale): string | undefined =>
  hugePins === 0 ? 'only the full benchmark has it' : undefined

const SUITES: Readonly<Record<string, Suite>> = {
  ready: { run: mountReady, unless: noMounts },
  mount: { run: readThroughMounts, unless: noMounts },
  'new-engine': { run: readByNameNew, unless: noMounts },
  warm: { run: readWarm, unless: noMounts },
  huge: { run: listHuge, unless: (scale) => smallScale(scale) ?? noMounts(scale) },
  remote: { run: readFromKubo, unless: noMounts },
  cache: { run: readFromCache },
  wal: { run: appendToLog },
  sql: { run: askInSql, unless: noPeer },
  datasets: { run: putTables },
  copies: { run: storeCopies, unless: noServers },
  gateway: { run: readOverHttp },
  'service-rest': { run: restOfPorts },
  'service-mount': { run: readBesideClients, unless: noMounts },
  cold: { run: readCopies, unless: (scale) => noServers(scale) ?? noMounts(scale) },
  pins: { run: pinMappings },
  arrow: { run: pinsAsArrow, unless: noPython },
  metadata: { run: metadataIndex },
  'huge-mappings': { run: hugePinMappings, unless: withoutHuge },
  'huge-index': { run: hugeMetadata, unless: withoutHuge },
  'add-file': { run: addOneFile },
  'add-files': { run: addManyFiles },
  'add-large': { run: addLargeFile },
  'add-entries': { run: addManyEntries, unless: smallScale },
  'add-rpc': { run: addByRpc },
  'car-file': { run: archiveOfOneFile },
  'car-files': { run: archiveOfManyFiles }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    smoke: { type: 'boolean' },
    dir: { type: 'string' },
    json: { type: 'string' },
    plot: { type: 'string' }
  }
})
const scale = values.smoke === true ? SMOKE : values.quick === true ? QUICK : FULL
const rows: Row[] = []
listenForInterrupts()
for (const [name, { run, unless }] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue
  const reason = unless?.(scale)
  if (reason !== undefined) {
    console.error(`${name} is left out: ${reason}`)
    continue
  }
  await checkpoint()
  console.error(`${name}…`)
  const scratch = mkdtempSync(join(values.dir ?? tmpdir(), 'ipfs-kit-bench-'))
  try {
    rows.push(...(await run(scratch, scale)))
  } finally {
    unmountBelow(scratch)
    rmSync(scratch, { recursive: true, force: true })
  }
}
const about = {
  node: process.versions.node,
  linux: release(),
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  rounds: scale.rounds
}
const targets = scale.targets
  ? [
      ...readingTargets(scale),
      ...warmTargets(scale),
      ...remoteTargets(scale),
      ...cacheTargets,
      ...walTargets,
      ...pinTargets,
      ...arrowTargets,
      ...sqlTargets(scale),
      ...datasetTargets(scale),
      ...metadataTargets,
      ...hugePinTargets,
      ...hugeMetadataTargets,
      ...copyTargets,
      ...coldTargets,
      ...gatewayTargets(scale),
      ...serviceTargets,
      ...addingTargets(scale),
      ...rpcTargets
    ]
  : []
const verdicts = judge(rows, targets)
console.log(
  `Node ${about.node}, Linux ${about.linux}, ${about.cores} cores, ${about.processor}; medians of ${about.rounds}\n`
)
printFigures(rows)
const ratios = beside(rows, LEAST)
if (ratios.length > 0) {
  console.log('\nTimes as fast as the least that a server in C can cost:\n')
  printRatios(ratios)
}
if (verdicts.length > 0) {
  console.log('\nWhat is asked for:\n')
  printVerdicts(verdicts)
}
if (values.json !== undefined) writeFileSync(values.json, toJson(rows, ratios, verdicts, about))
if (values.plot !== undefined) writeFileSync(values.plot, plot(rows))
