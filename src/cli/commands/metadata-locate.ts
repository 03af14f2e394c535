/** `metadata locate`: tells where content is, the quickest place first. */
import { Verbatim } from '../../core/snake-case.js'
import { metadataLocate, type Location } from '../../operations/metadata-locate.js'
import { valueOf, type Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const request = {
    cid: context.args[0],
    path: valueOf(context, 'path'),
    mimeType: valueOf(context, 'mime'),
    limit: countFrom(context, 'limit')
  }
  const { locations, fastestRetrievalPath: fastest } = await metadataLocate(context.services, request, context.run) // prettier-ignore
  if (context.json)
    return context.answer({
      locations: locations.map(jsonOf),
      fastestRetrievalPath: fastest === null ? null : jsonOf(fastest)
    })
  context.print(listing(['KIND', 'LATENCY', 'CID', 'DETAILS'], locations.map(cellsOf), [1]))
  if (locations.length === 0)
    return context.note('the index knows the content, and no place that has it')
}

const jsonOf = ({ details, ...rest }: Location) => ({ ...rest, details: new Verbatim(details) })

const cellsOf = ({ kind, latencyMs, isMeasured, cid, details }: Location): string[] => [
  kind,
  `${isMeasured ? '' : '~'}${Math.round(latencyMs)} ms`,
  cid,
  Object.entries(details)
    .flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [`${name}=${textOf(value)}`]
    )
    .join(' ')
]

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
