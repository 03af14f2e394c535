/** `pin rm`: let go of roots. */
import { KitError } from '../../core/errors.js'
import { StoreLayout } from '../../store/layout.js'
import { readPins } from '../../store/pins.js'
import type { Context } from '../context.js'
import { parseCid } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const known = readPins(new StoreLayout(context.home).pins)
  const cids = context.args.map((text) => {
    const cid = parseCid(text)
    const pinned = [...known.keys()].find((own) => own === text || parseCid(own).equals(cid))
    if (pinned === undefined)
      throw new KitError('PATH_NOT_FOUND', `${cid} is not pinned; see \`ipfs-kit pin ls\``)
    return pinned
  })
  const owner = await context.services.openOwner(context.home, (line) => context.warn(line))
  try {
    await owner.removePins(cids)
  } finally {
    owner.close()
  }
  if (context.json) context.answer({ unpinned: cids })
  else for (const cid of cids) context.print(context.quiet ? cid : `unpinned ${cid}`)
}
