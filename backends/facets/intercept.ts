/** Surrounds every call of every facet, by the table of calls and not by name. */
import {
  CAPABILITIES,
  FACET_CALLS,
  type CallKind,
  type CallShape,
  type Capability,
  type Facets
} from './facets.js'
import type { BlockReader } from './blocks.js'
import type { CallOptions } from './call.js'
import type { FileContent } from './named-files.js'

/** Runs a call. It tells `progress` of each piece of an upload that was taken. */
export type RunCall<T> = (signal: AbortSignal, progress?: () => void) => Promise<T>
export type RunStream<T> = (signal: AbortSignal) => AsyncIterable<T>

/** Acts before, after or instead of `run`, and may give it a signal of its own. */
export interface CallInterceptor {
  around<T>(kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T>
  aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T>
}

type Method = (...args: readonly unknown[]) => unknown
/** A facet as the table of calls knows it. */
type AnyFacet = Readonly<Record<string, Method>>

/** The same facets, with `wrapper` around each of their calls. */
export function interceptFacets(facets: Facets, wrapper: CallInterceptor): Facets {
  const wrapped: Partial<Record<Capability, unknown>> = {}
  for (const capability of CAPABILITIES) {
    const facet = facets[capability] as AnyFacet | undefined
    if (facet !== undefined)
      wrapped[capability] = Object.fromEntries(
        Object.entries(FACET_CALLS[capability]).map(([name, shape]) => [
          name,
          aroundMethod(facet[name]!.bind(facet), shape, wrapper)
        ])
      )
  }
  return wrapped as Facets
}

/** The last argument of every method is its CallOptions. */
function aroundMethod(method: Method, shape: CallShape, wrapper: CallInterceptor): Method {
  if (shape === 'stream')
    return (...args) =>
      wrapper.aroundStream(
        signalOf(args),
        (signal) => method(...args.slice(0, -1), { signal }) as AsyncIterable<unknown>
      )
  if (shape === 'upload')
    return (...args) =>
      wrapper.around('write', signalOf(args), (signal, progress) => {
        const content = args[1] as FileContent
        const told = progress === undefined ? content : () => tellOf(content(), progress)
        const given = args.at(-1) as CallOptions
        const options = { ...given, signal, progress: both(progress, given) }
        return method(args[0], told, ...args.slice(2, -1), options) as Promise<unknown>
      })
  return (...args) =>
    wrapper.around(shape, signalOf(args), (signal) => {
      const options = { ...(args.at(-1) as CallOptions), signal }
      return method(...args.slice(0, -1), options) as Promise<unknown>
    })
}

/** Progress is told to this wrapper and to those around it. */
function both(
  own: (() => void) | undefined,
  { progress: outer }: CallOptions
): (() => void) | undefined {
  if (own === undefined || outer === undefined) return own ?? outer
  return () => {
    own()
    outer()
  }
}

const signalOf = (args: readonly unknown[]): AbortSignal => (args.at(-1) as CallOptions).signal

async function* tellOf(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  progress: () => void
): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    progress()
    yield piece
  }
}

/** The same facets with another `getBlock`, for wrappers that look at the bytes themselves. */
export function replaceGetBlock(
  facets: Facets,
  make: (getBlock: BlockReader['getBlock']) => BlockReader['getBlock']
): Facets {
  const { blockReader } = facets
  if (blockReader === undefined) return facets
  return { ...facets, blockReader: { getBlock: make(blockReader.getBlock.bind(blockReader)) } }
}
