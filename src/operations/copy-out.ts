/** Writes a file of the content to a new local file. */
import { open } from 'node:fs/promises'
import type { Cid } from '../core/cid.js'
import { usualMode } from '../core/new-file.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

const PIECE = 1 << 20

/** @throws EXISTS, NO_SPACE, and what reading throws. */
export async function copyOut(view: ContentView, cid: Cid, path: string, run: Run): Promise<void> {
  const file = await open(path, 'wx', usualMode('file'))
  try {
    const buffer = Buffer.allocUnsafe(PIECE)
    for (let position = 0; ;) {
      throwIfAborted(run)
      const at = position
      const count = await view.whenReady(() => view.content.read(cid, at, buffer, 0, PIECE))
      if (count === 0) return
      await file.write(buffer, 0, count, position)
      position += count
      run.progress({ what: 'writing', bytes: count })
    }
  } finally {
    await file.close()
  }
}
