/** Kubo: by its RPC API, and where its repository lies on this machine from its files. */
import { RAW, type Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { Backend, BackendHealth, CallOptions, MutableEntry, NamedKey } from '../backend.js'
import type { BlockFolder } from '../flatfs.js'
import type { Capability } from '../capabilities.js'
import { HttpClient, type Origin } from '../http.js'
import { nameRecordFrom } from '../name-record.js'
import { KuboApi } from './api.js'
import { gatewayBeside, type KuboOptions } from './options.js'
import { KuboRepo } from './repo.js'

/** Blocks that are asked for at once: the first must not wait for all. */
const AT_ONCE = 32

/** As Kubo numbers the types of its mutable files. */
const MFS_DIRECTORY = 1

interface MfsEntry {
  readonly Name: string
  readonly Type: number
  readonly Size: number
  readonly Hash: string
}

/** Never search the network for us: that takes minutes to say nothing. */
const HERE = ['offline', 'true'] as const

export class KuboBackend implements Backend {
  readonly type = 'kubo'
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  readonly #api: KuboApi
  readonly #origin: Origin
  readonly #repo: KuboRepo | undefined
  /** Whether the node may search its network for what it has not. */
  readonly #network: boolean
  #gateway: HttpClient | undefined
  #closed = false

  constructor(name: string, options: KuboOptions) {
    this.name = name
    this.#network = options.network
    this.#origin = options.origin
    this.#api = new KuboApi(options.origin, options.headers)
    this.#repo = options.repo === undefined ? undefined : KuboRepo.open(options.repo)
    const all: readonly Capability[] = [
      'many-files',
      'dag-export',
      'put',
      'delete',
      'pin',
      'names',
      'keys',
      'mutable-files'
    ]
    // Blocks from its own files come faster than a stream through its gate.
    this.capabilities = new Set(this.#repo === undefined ? ['file-stream', ...all] : all)
  }

  get folder(): BlockFolder | undefined {
    return this.#repo?.folder
  }

  /** Whether blocks are read from its repository. */
  get reads(): 'repository' | 'rpc' {
    return this.#repo === undefined ? 'rpc' : 'repository'
  }

  async getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    this.#check()
    if (this.#repo !== undefined) {
      try {
        return await this.#repo.get(cid)
      } catch (error) {
        // It may lie in another datastore of the same node.
        if (!isKitError(error)) throw error
      }
    }
    try {
      return await this.#api.bytes('block/get', [['arg', String(cid)], HERE], signal)
    } catch (error) {
      if (!this.#network || !isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      return await this.#api.bytes('block/get', [['arg', String(cid)]], signal)
    }
  }

  readFile(cid: Cid, position: number, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#check()
    const args = [['arg', String(cid)], ['offset', String(position)], ['progress', 'false'], HERE] as const // prettier-ignore
    return this.#api.stream('cat', args, signal)
  }

  readFiles(cids: readonly Cid[], { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#check()
    const repo = this.#repo
    // The file that a raw block is, is the block.
    if (repo !== undefined && cids.every(({ codec }) => codec === RAW)) return inTurn(repo, cids)
    const args = cids.map((cid): [string, string] => ['arg', String(cid)])
    return this.#api.stream('cat', [...args, ['progress', 'false'], [...HERE]], signal)
  }

  exportDag(cid: Cid, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    this.#check()
    return this.#api.stream(
      'dag/export',
      [['arg', String(cid)], ['progress', 'false'], HERE],
      signal
    )
  }

  async putBlock(cid: Cid, block: Uint8Array, { signal }: CallOptions): Promise<void> {
    this.#check()
    const args = [
      ['cid-codec', codecName(cid.codec)],
      ['mhtype', hashName(cid.hashCode)],
      ['allow-big-block', 'true']
    ] as const
    const { Key: key } = await this.#api.json('block/put', args, signal, block)
    if (typeof key !== 'string') throw this.#strange('block/put')
  }

  async deleteBlock(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#check()
    await this.#api.bytes(
      'block/rm',
      [
        ['arg', String(cid)],
        ['force', 'true']
      ],
      signal
    )
  }

  async pin(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#check()
    const args: [string, string][] = [['arg', String(cid)], ['progress', 'false']] // prettier-ignore
    if (!this.#network) args.push([...HERE])
    await this.#api.json('pin/add', args, signal)
  }

  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#check()
    await this.#api.json('pin/rm', [['arg', String(cid)]], signal)
  }

  /** As the routing system knows it; a node that is offline has it from its own gateway. */
  async getNameRecords(name: string, { signal }: CallOptions): Promise<readonly Uint8Array[]> {
    this.#check()
    try {
      return [await this.#api.bytes('name/get', [['arg', name]], signal)]
    } catch (error) {
      if (!isKitError(error)) throw error
      if (error.message.includes('routing: not found'))
        throw new KitError('BLOCK_NOT_FOUND', error.message, { cause: error })
      // Offline, or of before there was such a call.
      if (!/must be run in online mode| answers 404/.test(error.message)) throw error
    }
    const origin = this.#gateway === undefined ? await this.#gatewayOrigin(signal) : undefined
    if (origin !== undefined) this.#gateway ??= new HttpClient(origin)
    return [await nameRecordFrom(this.#gateway!, name, signal)]
  }

  /** Its own gateway: on its own machine, wherever that is, and nowhere else. */
  async #gatewayOrigin(signal: AbortSignal): Promise<Origin> {
    const { Value: value } = await this.#api.json('config', [['arg', 'Addresses.Gateway']], signal)
    const first: unknown = Array.isArray(value) ? value[0] : value
    const origin = typeof first === 'string' ? gatewayBeside(this.#origin, first) : undefined
    if (origin !== undefined) return origin
    throw new KitError(
      'UNSUPPORTED',
      `${this.#api.where} is offline and has no gateway within our reach: it cannot give IPNS records; start it without --offline, or set its Addresses.Gateway`
    )
  }

  async listKeys({ signal }: CallOptions): Promise<readonly NamedKey[]> {
    this.#check()
    const { Keys: keys } = await this.#api.json('key/list', [], signal)
    if (!Array.isArray(keys)) throw this.#strange('key/list')
    return keys.map(({ Name: name, Id: id }: { Name?: unknown; Id?: unknown }) => {
      if (typeof name !== 'string' || typeof id !== 'string') throw this.#strange('key/list')
      return { name, id }
    })
  }

  async publishName(key: string, path: string, { signal }: CallOptions): Promise<void> {
    this.#check()
    const args = [['arg', path], ['key', key], ['allow-offline', 'true']] as const // prettier-ignore
    await this.#api.json('name/publish', args, signal)
  }

  async listMutable(path: string, { signal }: CallOptions): Promise<readonly MutableEntry[]> {
    this.#check()
    const args = [['arg', path], ['long', 'true']] as const // prettier-ignore
    try {
      const { Entries: entries } = await this.#api.json('files/ls', args, signal)
      return ((entries ?? []) as readonly MfsEntry[]).map(({ Name, Type, Size, Hash }) => ({
        name: Name,
        type: Type === MFS_DIRECTORY ? 'directory' : 'file',
        size: Size,
        cid: Hash
      }))
    } catch (error) {
      if (isKitError(error) && error.message.includes('does not exist'))
        throw new KitError('PATH_NOT_FOUND', error.message, { cause: error })
      throw error
    }
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#check()
    this.#repo?.begin()
    const { Version: version } = await this.#api.json('version', [], signal)
    if (typeof version !== 'string') throw this.#strange('version')
    const from = this.#repo === undefined ? '' : ', blocks read from its repository'
    return { version: `Kubo ${version}${from}` }
  }

  close(): Promise<void> {
    this.#closed = true
    this.#api.close()
    this.#gateway?.close()
    return this.#repo?.close() ?? Promise.resolve()
  }

  #check(): void {
    if (this.#closed) throw new KitError('CLOSED', `backend ${this.name} is closed`)
  }

  #strange(command: string): KitError {
    return new KitError('BACKEND_UNAVAILABLE', `${this.#api.where} answers ${command} in a way unknown to us`) // prettier-ignore
  }
}

async function* inTurn(repo: KuboRepo, cids: readonly Cid[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < cids.length; from += AT_ONCE) {
    const blocks = cids.slice(from, from + AT_ONCE).map((cid) => repo.get(cid))
    for (const block of blocks) block.catch(() => undefined)
    for (const block of blocks) yield await block
  }
}

const CODECS: Readonly<Record<number, string>> = {
  0x55: 'raw',
  0x70: 'dag-pb',
  0x71: 'dag-cbor',
  0x0129: 'dag-json'
}
const HASHES: Readonly<Record<number, string>> = {
  0x12: 'sha2-256',
  0x13: 'sha2-512',
  0x1e: 'blake3',
  0xb220: 'blake2b-256'
}

const codecName = (codec: number): string => CODECS[codec] ?? `0x${codec.toString(16)}`
const hashName = (code: number): string => HASHES[code] ?? `0x${code.toString(16)}`
