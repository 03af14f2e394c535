/** `explain`: shows where the bytes of a path come from, or would come from. */
import { formatSize } from '../../config/units.js'
import { explain, type Segment } from '../../operations/explain.js'
import { flagOf, type Context } from '../context.js'
import { shortened, table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const request = { path: context.args[0]!, fetch: flagOf(context, 'fetch') }
  const result = await explain(context.services, request, context.run)
  if (context.json) context.answer(result)
  else print(context, result.segments)
}

/** Describes the origin of a block; empty for the store. */
function originText({ backend, tier, bytesFetched }: Segment): string {
  if (backend === null || tier === 'local') return ''
  if (tier === null) return `${backend} is asked first`
  return bytesFetched === 0
    ? `from ${backend}`
    : `fetched ${formatSize(bytesFetched)} from ${backend}`
}

function print(context: Context, segments: readonly Segment[]): void {
  const rows = segments.map((segment) => [
    String(segment.offset),
    formatSize(segment.length),
    segment.tier ?? 'not here',
    segment.ms === null ? '-' : `${segment.ms.toFixed(3)} ms`,
    originText(segment),
    segment.cid
  ])
  for (const line of shortened(table(rows, [0, 1, 3]))) context.print(line)
  const sum = (of: string | null): number =>
    segments.reduce((bytes, { tier, length }) => bytes + (tier === of ? length : 0), 0)
  context.print(
    `local ${formatSize(sum('local'))}, disk ${formatSize(sum('disk'))}, not here ${formatSize(sum(null))}`
  )
}
