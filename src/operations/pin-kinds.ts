/** Lists what pins keep: their roots, and all that is kept through them. */
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { below } from '../content/walk.js'
import { readPins, type Pin } from '../store/pins.js'
import { resolveDag } from './dag-resolve.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import type { ContentView } from './content-view.js'

export type PinKind = Pin['type'] | 'indirect'

export interface KeptContent {
  readonly cid: string
  readonly kind: PinKind
  readonly name: string
  /** The root of the pin that keeps it, where it is none itself. */
  readonly through?: string
}

export interface PinKindsRequest {
  /** What is asked for; everything where none is given. */
  readonly paths: readonly string[]
  readonly kinds: ReadonlySet<PinKind>
}

/** Yields roots first. @throws PATH_NOT_FOUND for a path that was given and is not kept so. */
export async function* pinKinds(
  services: Services,
  request: PinKindsRequest,
  run: Run
): AsyncGenerator<KeptContent, void, undefined> {
  const view = await services.openContent(request.paths.length > 0, run)
  try {
    const pins = [...readPins(view.reader.layout.pins).values()]
    if (request.paths.length > 0) yield* given(services, view, pins, request, run)
    else yield* all(view, pins, request.kinds, run)
  } finally {
    await view.close()
  }
}

async function* all(
  view: ContentView,
  pins: readonly Pin[],
  kinds: ReadonlySet<PinKind>,
  run: Run
): AsyncGenerator<KeptContent, void, undefined> {
  const roots = new Set<string>()
  for (const type of ['recursive', 'direct'] as const)
    for (const pin of pins) {
      if (pin.type !== type) continue
      if (kinds.has('indirect')) roots.add(pin.cid)
      if (kinds.has(type)) yield { cid: pin.cid, kind: type, name: pin.name }
    }
  if (!kinds.has('indirect')) return
  const turns = new Turns(run.signal)
  for (const { cid } of below(recursive(pins), view.content)) {
    if (turns.isDue) await turns.take()
    const text = String(cid)
    if (!roots.has(text)) yield { cid: text, kind: 'indirect', name: '' }
  }
}

const recursive = (pins: readonly Pin[]): Cid[] =>
  pins.flatMap(({ cid, type }) => (type === 'recursive' ? Cid.parse(cid) : []))

async function* given(
  services: Services,
  view: ContentView,
  pins: readonly Pin[],
  { paths, kinds }: PinKindsRequest,
  run: Run
): AsyncGenerator<KeptContent, void, undefined> {
  for (const path of paths) {
    const { cid } = await resolveDag(view, services, path)
    const text = String(cid)
    const pin = pins.find((one) => one.cid === text && kinds.has(one.type))
    if (pin !== undefined) {
      yield { cid: text, kind: pin.type, name: pin.name }
      continue
    }
    const through = kinds.has('indirect') ? await keeperOf(view, pins, cid, run) : undefined
    if (through === undefined)
      throw new KitError(
        'PATH_NOT_FOUND',
        `path '${path.replace(/^\/ipfs\/(?!.*\/)/, '')}' is not pinned`
      )
    yield { cid: text, kind: 'indirect', name: '', through }
  }
}

/** Returns the root of a pin that keeps a block below it. */
async function keeperOf(
  view: ContentView,
  pins: readonly Pin[],
  wanted: Cid,
  run: Run
): Promise<string | undefined> {
  const turns = new Turns(run.signal)
  for (const root of recursive(pins))
    for (const { cid } of below([root], view.content)) {
      if (turns.isDue) await turns.take()
      if (cid.equals(wanted) && !cid.equals(root)) return String(root)
    }
  return undefined
}
