/** `pin add`: keep a root that is here. */
import { missingBelow } from '../../content/walk.js'
import { KitError } from '../../core/errors.js'
import { readPins, type Pin } from '../../store/pins.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { findTarget } from '../target.js'
import { newPin, writing } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const type = flagOf(context, 'direct') ? 'direct' : 'recursive'
  // As a writer, so that gc cannot take the blocks between the check and the pin.
  const pins = await writing(context, async (_session, reading) => {
    const known = readPins(reading.reader.layout.pins)
    const result: Pin[] = []
    for (const text of context.args) {
      const { cid } = findTarget(text, reading)
      if (type === 'direct' && known.get(String(cid))?.type === 'recursive')
        throw new KitError(
          'EXISTS',
          `${cid} is pinned recursively, which keeps more; unpin it first`
        )
      if (type === 'recursive') {
        const [missing] = missingBelow(cid, reading.content)
        if (missing !== undefined)
          throw new KitError(
            'BLOCK_NOT_FOUND',
            `block ${missing} below ${cid} is not here, so it cannot be kept; import it, or pin with --direct`
          )
      }
      result.push(
        newPin(String(cid), type, valueOf(context, 'name') ?? known.get(String(cid))?.name ?? '')
      )
    }
    return { result, pins: result }
  })
  if (context.json) context.answer({ pins: pins.map(({ cid, name }) => ({ cid, name, type })) })
  else for (const { cid } of pins) context.print(context.quiet ? cid : `pinned ${cid} (${type})`)
}
