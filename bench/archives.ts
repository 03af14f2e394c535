/** CAR archives, out and in, of one large file and of many small ones. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile, makeFolder, MIB } from './data.js'
import { kit, settle, type Cost } from './measure.js'
import type { Row } from './report.js'
import type { Scale } from './scale.js'

export async function archiveOfOneFile(scratch: string, scale: Scale): Promise<Row[]> {
  const file = makeFile(scratch, 'one', scale.fileMiB)
  return await archive(scratch, scale, file, `one file of ${scale.fileMiB} MiB`)
}

export async function archiveOfManyFiles(scratch: string, scale: Scale): Promise<Row[]> {
  const folder = makeFolder(scratch, 'many', scale.files, 4096)
  return await archive(scratch, scale, folder, `${scale.files.toLocaleString('en-US')} files`)
}

async function archive(
  scratch: string,
  scale: Scale,
  source: string,
  name: string
): Promise<Row[]> {
  const [from, into, car] = ['from', 'into', 'archive.car'].map((part) => join(scratch, part))
  const { stdout: root } = await kit(scratch, from!, 'add', '-Q', source)
  const exports: Cost[] = []
  const imports: Cost[] = []
  for (let i = 0; i < scale.rounds; i++) {
    rmSync(car!, { force: true })
    rmSync(into!, { recursive: true, force: true })
    settle(scratch, scale.warmMiB)
    exports.push(await kit(scratch, from!, 'car', 'export', root, '-o', car!))
    settle(scratch, scale.warmMiB)
    imports.push(await kit(scratch, into!, 'car', 'import', '-q', car!))
  }
  const megabytes = statSync(car!).size / 1e6
  for (const path of [from!, into!, car!, source]) rmSync(path, { recursive: true })
  return [['car export', exports] as const, ['car import', imports] as const].flatMap(
    ([command, costs]): Row[] => [
      {
        what: `${command} of ${name}`,
        unit: 'MB/s',
        values: new Map([['ours', costs.map(({ seconds }) => megabytes / seconds)]])
      },
      {
        what: `memory, ${command} of ${name}`,
        unit: 'MiB',
        values: new Map([['ours', costs.map(({ peakBytes }) => peakBytes / MIB)]])
      }
    ]
  )
}
