/** A backend around another one. A wrapper says what happens around a call, whatever the call is. */
import type { Backend, BackendHealth } from '../backend.js'
import {
  interceptFacets,
  type CallInterceptor,
  type RunCall,
  type RunStream
} from '../facets/intercept.js'
import type { CallOptions } from '../facets/call.js'
import type { CallKind, Facets } from '../facets/facets.js'
import type { BlockFolder } from '../flatfs.js'

export class WrappedBackend implements Backend, CallInterceptor {
  protected readonly inner: Backend
  readonly facets: Facets

  constructor(inner: Backend) {
    this.inner = inner
    this.facets = this.wrapFacets(inner.facets)
  }

  /** Chooses what is offered. It runs before the fields of the wrapper are set. */
  protected wrapFacets(facets: Facets): Facets {
    return interceptFacets(facets, this)
  }

  around<T>(_kind: CallKind, signal: AbortSignal, run: RunCall<T>): Promise<T> {
    return run(signal)
  }

  aroundStream<T>(signal: AbortSignal, run: RunStream<T>): AsyncIterable<T> {
    return run(signal)
  }

  get name(): string {
    return this.inner.name
  }

  get type(): string {
    return this.inner.type
  }

  get folder(): BlockFolder | undefined {
    return this.inner.folder
  }

  health({ signal }: CallOptions): Promise<BackendHealth> {
    return this.around('health', signal, (signal) => this.inner.health({ signal }))
  }

  close(): Promise<void> {
    return this.inner.close()
  }
}
