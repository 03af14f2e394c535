/** A backend around another: what all wrappers share. A wrapper says what happens around a call. */
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import type { Backend, BackendHealth, CallOptions, MutableEntry, NamedKey } from '../backend.js'
import type { BlockFolder } from '../flatfs.js'
import type { Capability } from '../capabilities.js'

/** A backend that answers to every method: what it cannot do is UNSUPPORTED. */
export type WholeBackend = Required<Backend>

/**
 * What kind of call it is: reads may be repeated, and are short. Names are found out by searching:
 * what that takes says nothing of the content.
 */
export type CallKind = 'read' | 'write' | 'name' | 'health'

export class WrappedBackend implements WholeBackend {
  protected readonly inner: Backend

  constructor(inner: Backend) {
    this.inner = inner
  }

  /** Run one call; wrappers do what they are for before, behind and instead of `run`. */
  protected around<T>(
    _kind: CallKind,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>
  ): Promise<T> {
    return run(signal)
  }

  /** As `around`, for what comes piece by piece. */
  protected aroundStream(
    signal: AbortSignal,
    run: (signal: AbortSignal) => AsyncIterable<Uint8Array>
  ): AsyncIterable<Uint8Array> {
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

  get capabilities(): ReadonlySet<Capability> {
    return this.inner.capabilities
  }

  #needs(capability: Capability): void {
    if (!this.inner.capabilities.has(capability))
      throw new KitError(
        'UNSUPPORTED',
        `backend ${this.name} of type ${this.type} cannot do this: it lacks "${capability}"`
      )
  }

  getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    return this.around('read', signal, (signal) => this.inner.getBlock(cid, { signal }))
  }

  readFile(cid: Cid, position: number, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#needs('file-stream')
    return this.aroundStream(signal, (signal) => this.inner.readFile!(cid, position, { signal }))
  }

  readEntityCar(cid: Cid, position: number, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#needs('entity-car')
    return this.aroundStream(signal, (signal) =>
      this.inner.readEntityCar!(cid, position, { signal })
    )
  }

  readFiles(cids: readonly Cid[], { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#needs('many-files')
    return this.aroundStream(signal, (signal) => this.inner.readFiles!(cids, { signal }))
  }

  exportDag(cid: Cid, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#needs('dag-export')
    return this.aroundStream(signal, (signal) => this.inner.exportDag!(cid, { signal }))
  }

  async putBlock(cid: Cid, block: Uint8Array, { signal }: CallOptions): Promise<void> {
    this.#needs('put')
    await this.around('write', signal, (signal) => this.inner.putBlock!(cid, block, { signal }))
  }

  async deleteBlock(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#needs('delete')
    await this.around('write', signal, (signal) => this.inner.deleteBlock!(cid, { signal }))
  }

  async pin(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#needs('pin')
    await this.around('write', signal, (signal) => this.inner.pin!(cid, { signal }))
  }

  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#needs('pin')
    await this.around('write', signal, (signal) => this.inner.unpin!(cid, { signal }))
  }

  async getNameRecords(name: string, { signal }: CallOptions): Promise<readonly Uint8Array[]> {
    this.#needs('names')
    return await this.around('name', signal, (signal) =>
      this.inner.getNameRecords!(name, { signal })
    )
  }

  async listKeys({ signal }: CallOptions): Promise<readonly NamedKey[]> {
    this.#needs('keys')
    return await this.around('name', signal, (signal) => this.inner.listKeys!({ signal }))
  }

  async publishName(key: string, path: string, { signal }: CallOptions): Promise<void> {
    this.#needs('keys')
    await this.around('write', signal, (signal) => this.inner.publishName!(key, path, { signal }))
  }

  async listMutable(path: string, { signal }: CallOptions): Promise<readonly MutableEntry[]> {
    this.#needs('mutable-files')
    return await this.around('read', signal, (signal) => this.inner.listMutable!(path, { signal }))
  }

  health({ signal }: CallOptions): Promise<BackendHealth> {
    return this.around('health', signal, (signal) => this.inner.health({ signal }))
  }

  close(): Promise<void> {
    return this.inner.close()
  }
}
