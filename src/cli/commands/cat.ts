/** `cat`: bytes of files to stdout. */
import { setImmediate as turn } from 'node:timers/promises'
import { KitError } from '../../core/errors.js'
import { pathText } from '../../content/resolver.js'
import { valueOf, type Context, type ContentView } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { countOption, findTarget } from '../target.js'

const BUFFER = 1 << 20
const TURN_EVERY = 4 << 20

export async function run(context: Context): Promise<void> {
  const offset = countOption('offset', valueOf(context, 'offset')) ?? 0
  const length = countOption('length', valueOf(context, 'length')) ?? Number.MAX_SAFE_INTEGER
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  try {
    for (const text of context.args) await pour(context, reading, text, offset, length)
  } finally {
    await reading.close()
  }
}

async function pour(
  context: Context,
  reading: ContentView,
  text: string,
  offset: number,
  length: number
): Promise<void> {
  const { cid, path } = await reading.fetched(() => findTarget(text, reading))
  if (reading.content.stat(cid).type === 'directory')
    throw new KitError(
      'IS_A_DIRECTORY',
      `${pathText(path)} is a folder; list it with \`ipfs-kit ls\``
    )
  let left = length
  for (let position = offset; left > 0;) {
    if (context.signal.aborted) throw new KitError('ABORTED', 'interrupted')
    // A buffer of its own each time: stdout may still hold the last one.
    const buffer = Buffer.allocUnsafe(Math.min(BUFFER, left))
    const n = await reading.fetched(() =>
      reading.content.read(cid, position, buffer, 0, buffer.length)
    )
    if (n === 0) break
    await context.write(buffer.subarray(0, n))
    // Signals are delivered between turns only.
    if ((position & (TURN_EVERY - 1)) < BUFFER) await turn()
    position += n
    left -= n
  }
}
