/**
 * `npm run bench -- [--quick | --smoke] [--dir FOLDER] [--json FILE] [WORD…]`: prints every
 * figure and its ratio to the baseline of the same run. The words choose rows by name.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { addLargeFile, addManyEntries, addManyFiles, addOneFile } from './adding.js'
import { archiveOfManyFiles, archiveOfOneFile } from './archives.js'
import { noMounts, readThroughMounts } from './mounts.js'
import { printTable, type Row } from './report.js'
import { FULL, QUICK, SMOKE, type Scale } from './scale.js'

type Suite = (scratch: string, scale: Scale) => Promise<Row | Row[]>

const SUITES: Readonly<Record<string, Suite>> = {
  'add-file': addOneFile,
  'add-files': addManyFiles,
  'add-large': addLargeFile,
  'add-entries': addManyEntries,
  'car-file': archiveOfOneFile,
  'car-files': archiveOfManyFiles,
  mount: readThroughMounts
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    smoke: { type: 'boolean' },
    dir: { type: 'string' },
    json: { type: 'string' }
  }
})
const scale = values.smoke === true ? SMOKE : values.quick === true ? QUICK : FULL
const scratch = mkdtempSync(join(values.dir ?? tmpdir(), 'ipfs-kit-bench-'))
const rows: Row[] = []
try {
  for (const [name, suite] of Object.entries(SUITES)) {
    if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue
    if (name === 'add-entries' && scale.entries === 0) continue
    const reason = name === 'mount' ? noMounts() : undefined
    if (reason !== undefined) {
      console.error(`${name} is left out: ${reason}`)
      continue
    }
    if (process.stderr.isTTY) process.stderr.write(`${name}…\n`)
    rows.push(...[await suite(scratch, scale)].flat())
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`Node ${process.versions.node}, ${cpus().length} cores, ${cpus()[0]?.model}\n`)
printTable(rows, { targets: scale !== SMOKE })
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 2))
