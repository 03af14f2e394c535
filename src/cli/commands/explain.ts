/** `explain`: shows where the bytes of a path come from, or would come from. */
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { printableText } from '../../core/printable.js'
import { explain, type ExplainResult } from '../../operations/explain.js'
import type { Segment } from '../../operations/explanation.js'
import { flagOf, type Context } from '../context.js'
import { SHORT, shortened, table } from '../table.js'
import { counted } from '../counted.js'

/** @returns the error of what could not be fetched, though the table has the rest. */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = { path: context.args[0]!, fetch: flagOf(context, 'fetch') }
  const { failure, ...result } = await explain(context.services, request, context.run)
  if (context.json) context.answer(result)
  else print(context, result)
  return failure === null ? undefined : new KitError(failure.code, failure.message)
}

/** Describes the origin of a block; empty for the store. */
function originText({ backend, tier, bytesFetched }: Segment): string {
  if (backend === null || tier === 'local') return ''
  if (tier === null) return `${backend} is asked first`
  return bytesFetched === 0
    ? `from ${backend}`
    : `fetched ${formatSize(bytesFetched)} from ${backend}`
}

const HEADINGS: readonly string[] = ['OFFSET', 'LENGTH', 'WHERE', 'TIME', 'ORIGIN', 'CID', 'PATH']

function print(
  context: Context,
  { segments, missing }: Pick<ExplainResult, 'segments' | 'missing'>
): void {
  const rows = segments.map((segment) => [
    String(segment.offset),
    segment.length === null ? '?' : formatSize(segment.length),
    segment.tier ?? 'not here',
    segment.ms === null ? '-' : `${segment.ms.toFixed(3)} ms`,
    originText(segment),
    segment.cid,
    printableText(segment.path)
  ])
  const [heading = '', ...lines] = table([HEADINGS, ...rows], [0, 1, 3])
  if (lines.length > 0) context.print(heading.trimEnd())
  for (const line of shortened(lines)) context.print(line.trimEnd())
  if (rows.length > SHORT)
    for (const line of shortened(missing.map((cid) => `not here: ${cid}`))) context.print(line)
  const sum = (of: string | null): number =>
    segments.reduce((bytes, { tier, length }) => bytes + (tier === of ? (length ?? 0) : 0), 0)
  context.print(
    `local ${formatSize(sum('local'))}, disk ${formatSize(sum('disk'))}, not here ${absentText(missing.length, sum(null))}`
  )
}

/** The lengths of blocks that are not here are often unknown, as is how many lie below them. */
function absentText(blocks: number, bytes: number): string {
  if (blocks === 0) return formatSize(0)
  return `${bytes === 0 ? '' : `${formatSize(bytes)} in `}${counted(blocks, 'block')} or more`
}
