/** Checks that all blocks are here that recursive pins lead to. */
import { Cid } from '../core/cid.js'
import { Turns } from '../core/turns.js'
import { below } from '../content/walk.js'
import { readPins } from '../store/pins.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface CheckedPin {
  readonly cid: string
  /** CIDs of blocks that are not here, or cannot be read. */
  readonly missing: readonly string[]
}

/** Missing blocks that are named of one pin. */
const MAX_NAMED = 1000

/** Yields every recursive pin. Nothing is fetched, and no bytes of files are read. */
export async function* pinCheck(
  services: Services,
  run: Run
): AsyncGenerator<CheckedPin, void, undefined> {
  const view = await services.openContent(false, run)
  const turns = new Turns(run.signal)
  try {
    for (const { cid: root, type } of readPins(view.reader.layout.pins).values()) {
      if (type !== 'recursive') continue
      const missing: string[] = []
      for (const { cid, isMissing } of below([Cid.parse(root)], view.content)) {
        if (turns.isDue) await turns.take()
        if (isMissing && missing.length < MAX_NAMED) missing.push(String(cid))
      }
      yield { cid: root, missing }
    }
  } finally {
    await view.close()
  }
}
