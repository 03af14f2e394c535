/** `pin ls`: the roots that are kept. */
import { isKitError, KitError } from '../../core/errors.js'
import { printableText } from '../../core/printable.js'
import { Cid } from '../../core/cid.js'
import { readPins } from '../../store/pins.js'
import { valueOf, type Context, type ContentView } from '../context.js'
import { table } from '../table.js'
import { countOption } from '../target.js'
import { parseCid } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home)
  const known = readPins(reading.reader.layout.pins)
  const wanted = context.args.map((text) => String(parseCid(text)))
  for (const cid of wanted)
    if (!known.has(cid)) throw new KitError('PATH_NOT_FOUND', `${cid} is not pinned`)
  const limit = countOption('limit', valueOf(context, 'limit')) ?? Number.MAX_SAFE_INTEGER
  const pins = [...known.values()]
    .filter(({ cid }) => wanted.length === 0 || wanted.includes(cid))
    .slice(0, limit)
  if (context.json)
    context.answer({
      pins: pins.map(({ cid, name, type, createdAt }) => ({
        cid,
        name,
        type,
        size: sizeOf(reading, cid),
        created_at: createdAt
      }))
    })
  else if (context.quiet) for (const { cid } of pins) context.print(cid)
  else
    for (const line of table(
      pins.map(({ cid, name, type, createdAt }) => [cid, type, createdAt, printableText(name)])
    ))
      context.print(line.trimEnd())
}

/** Size of a pinned file; null for a folder, and for what is not here. */
function sizeOf({ content }: ContentView, cid: string): number | null {
  try {
    const { type, size } = content.stat(Cid.parse(cid))
    return type === 'directory' ? null : size
  } catch (error) {
    if (isKitError(error)) return null
    throw error
  }
}
