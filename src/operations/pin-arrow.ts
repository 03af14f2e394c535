/** What is pinned, as a table of the library of Arrow. */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Table } from 'apache-arrow'
import { ArrowFile } from '../ipc/arrow-file.js'
import { ArrowFileWriter } from '../ipc/arrow-file-writer.js'
import { STREAMS } from '../ipc/streams.js'
import { openPinIndex } from './pin-index.js'
import { withPinTable, type PinTableWay } from './pin-table.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface PinArrow extends PinTableWay {
  /** Its columns lie in a file that is mapped. */
  readonly table: Table
  /** Ends the mapping; the table must not be touched afterwards. */
  readonly close: () => void
}

/** Maps the index where it is current, else a copy of what is pinned. */
export const pinArrow: Operation<object, PinArrow> = async (services, _, run) => {
  const file = openPinIndex(services.home)
  if (file !== undefined)
    return await mapped(file, { method: 'zero_copy', source: 'arrow_ipc_daemon' })
  const { copy, way } = await copied(services, run)
  return await mapped(copy, way)
}

async function mapped(file: ArrowFile, way: PinTableWay): Promise<PinArrow> {
  const { tableFromIPC } = await import('apache-arrow')
  return { table: tableFromIPC(file.bytes), ...way, close: () => file.close() }
}

/** Writes the table to a file that has no name any more when it is mapped. */
async function copied(
  services: Services,
  run: Run
): Promise<{ readonly copy: ArrowFile; readonly way: PinTableWay }> {
  const path = join(tmpdir(), `ipfs-kit-pins-${randomUUID()}.arrow`)
  try {
    const way = await withPinTable(services, run, ({ rows, method, source }) => {
      const writer = new ArrowFileWriter(path, STREAMS.pin_index, {
        'ipfs_kit.stream': 'pin_index'
      })
      try {
        for (const row of rows) writer.push(row)
        writer.finish(false)
      } finally {
        writer.abandon()
      }
      return { method, source }
    })
    return { copy: ArrowFile.open(path)!, way }
  } finally {
    rmSync(path, { force: true })
  }
}
