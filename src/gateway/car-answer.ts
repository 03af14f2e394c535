/** Answers that are archives: blocks that prove what a path leads to (IPIP-402, IPIP-412). */
import { createHash } from 'node:crypto'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Pieces } from '../core/pieces.js'
import { carHeader, sectionHead } from '../formats/car-writer.js'
import { dagBlocks, type DagBlocksRequest, type EntityBytes } from '../operations/dag-blocks.js'
import type { Answer } from './answer.js'
import { cacheControl, contentHeaders } from './content-headers.js'
import { disposition } from './disposition.js'
import { MEDIA_TYPES } from './formats.js'
import type { Asked } from './gateway.js'
import { shardsOnTheWay, type Walked } from './walk-path.js'

interface CarRequest {
  readonly scope: DagBlocksRequest['scope']
  readonly bytes: EntityBytes | undefined
  readonly duplicates: boolean
}

/** @throws INVALID_ARGUMENT for what no archive can be, and what reading the way throws. */
export async function carAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { view, call } = asked
  const { cid, roots } = walked
  const request = carRequest(asked)
  const way = await wayOf(asked, walked)
  // An answer that begins well is not ended by what could have been told before.
  await view.whenReady(() => view.content.blocks.get(cid))
  const name = call.query.get('filename') ?? `${cid}.car`
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, roots),
      'content-type': `${MEDIA_TYPES.car}; version=1; order=dfs; dups=${request.duplicates ? 'y' : 'n'}`,
      'content-disposition': disposition('attachment', name),
      'cache-control': cacheControl(asked)
    },
    etags: [`W/"${cid}.car.${tagOf(way, request)}"`],
    body: archive(asked, { way, cid, ...request }),
    isRanged: false
  }
}

function tagOf(way: readonly Cid[], request: CarRequest): string {
  const text = JSON.stringify([way.map(String), request])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Returns the blocks on the way to the last one: of a sharded folder the shards that lead to the name. */
async function wayOf({ view }: Asked, { roots, steps }: Walked): Promise<Cid[]> {
  const way: Cid[] = []
  for (const [i, name] of steps.entries()) {
    const folder = roots[i]!
    way.push(folder, ...(await view.whenReady(() => shardsOnTheWay(view, folder, name))))
  }
  return way
}

async function* archive(
  { view, run }: Asked,
  request: DagBlocksRequest
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = new Pieces()
  yield* pieces.add(carHeader([request.cid]))
  for await (const { cid, block } of dagBlocks(view, request, run)) {
    yield* pieces.add(sectionHead(cid, block.length))
    yield* pieces.add(block)
  }
  yield* pieces.rest()
}

function carRequest({ call: { query }, format: { parameters } }: Asked): CarRequest {
  const parameter = (key: string): string | undefined =>
    query.get(`car-${key}`) ?? parameters.get(key)
  oneOf('version', parameter('version') ?? '1', ['1'])
  oneOf('order', parameter('order') ?? 'dfs', ['dfs', 'unk'])
  const bytes = entityBytes(query.get('entity-bytes'))
  const scope = query.get('dag-scope') ?? (bytes === undefined ? 'all' : 'entity')
  return {
    scope: oneOf('dag-scope', scope, ['block', 'entity', 'all']),
    bytes,
    duplicates: oneOf('dups', parameter('dups') ?? 'n', ['y', 'n']) === 'y'
  }
}

function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found !== undefined) return found
  throw new KitError(
    'INVALID_ARGUMENT',
    `${what}=${text} of an archive is not known; it can be ${known.join(' or ')}`
  )
}

function entityBytes(text: string | null): EntityBytes | undefined {
  if (text === null) return undefined
  const [, from, to] = /^(-?\d{1,15}):(-?\d{1,15}|\*)$/.exec(text) ?? []
  const isBackwards =
    to !== undefined &&
    to !== '*' &&
    Number(from) >= 0 === Number(to) >= 0 &&
    Number(to) < Number(from)
  if (from === undefined || to === undefined || isBackwards)
    throw new KitError(
      'INVALID_ARGUMENT',
      `entity-bytes=${text} is no range; write 0:1023, 1024:* or -1024:*`
    )
  return { from: Number(from), to: to === '*' ? undefined : Number(to) }
}
