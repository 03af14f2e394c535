/**
 * The compatibility driver: libfuse 2 through the package fuse-native, for systems without the raw
 * driver (macOS). The engine's main thread answers all requests, one after another.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type Fuse from 'fuse-native'
import { KitError } from '../../../core/errors.js'
import { ifPresent } from '../../../core/fs-durable.js'
import { libcFunction } from '../../../core/native.js'
import { reserveInodes } from '../../../../vfs/inode-table.js'
import type { AttachedMount, FuseDriver, MountOptions, MountReport, OpenVfs } from '../../driver.js'
import { ownMountAt, SUBTYPE, sourceOf } from '../../mountinfo.js'
import { CHANGING_TTL_S } from '../../validity.js'
import { loadFuseNative } from './load.js'
import { Operations } from './operations.js'

/** Maximum number of nodes: those of cached paths and of open files. */
const MAX_NODES = 100_000
/** The binding copies the mountpoint and the options into buffers of this size. */
const MAX_TEXT = 1023
const POLL_MS = 250

export class FuseNativeDriver implements FuseDriver {
  readonly name = 'fuse-native'
  readonly #home: string
  readonly #openVfs: OpenVfs
  #last: Promise<unknown> = Promise.resolve(undefined)

  constructor(home: string, openVfs: OpenVfs) {
    this.#home = home
    this.#openVfs = openVfs
  }

  async mount(path: string, options: MountOptions): Promise<AttachedMount> {
    if (options.open === 'passthrough')
      throw new KitError('UNSUPPORTED', 'the driver fuse-native has no passthrough; use raw')
    const flags = flagsOf(this.#home, options)
    for (const text of [path, flags])
      if (Buffer.byteLength(text) > MAX_TEXT)
        throw new KitError('NAME_TOO_LONG', `fuse-native takes at most ${MAX_TEXT} bytes: ${text}`)
    const Base = await loadFuseNative()
    const served = this.#openVfs(reserveInodes(MAX_NODES), options)
    const operations = new Operations(served, options)
    const mount = new (adapted(Base))(path, operations, flags)
    // One after another, since the descriptor of each is known by being new.
    const connection = this.#last.then(() => connect(mount, path))
    this.#last = connection.catch(() => undefined)
    return new NativeMount(await connection, ownMountAt(path)?.device ?? '', operations)
  }
}

/** Mounts. @returns the connection, where it can be found. @throws UNSUPPORTED. */
async function connect(mount: Fuse, path: string): Promise<Connection | undefined> {
  const before = fuseDescriptors()
  await new Promise<void>((resolve, reject) => {
    mount.mount((error) => {
      if (error === null || error === undefined) resolve()
      else
        reject(
          new KitError(
            'UNSUPPORTED',
            `cannot mount ${path}: ${error.message}; see \`ipfs-kit doctor\``
          )
        )
    })
  })
  return connectionOf(before)
}

const F_SETFD = 2
const FD_CLOEXEC = 1

/** Returns the descriptors of this process that lead to /dev/fuse. */
const fuseDescriptors = (): string[] =>
  process.platform === 'linux'
    ? readdirSync('/proc/self/fd').filter(
        (name) => ifPresent(() => readlinkSync(`/proc/self/fd/${name}`)) === '/dev/fuse'
      )
    : []

/** The connection of a mount to the kernel. */
interface Connection {
  readonly descriptor: string
  /** Whether it has ended, and its descriptor is used again. */
  isReplaced: boolean
}

/** The last connection on each descriptor. */
const connections = new Map<string, Connection>()

/**
 * Finds libfuse's descriptor, which it tells nobody, and sets close-on-exec on it. A child that
 * inherits it and waits for the mount, as umount does, would keep the connection and itself alive
 * after this process was killed.
 * @param before the descriptors before the mount.
 */
function connectionOf(before: readonly string[]): Connection | undefined {
  const descriptor = fuseDescriptors().find((name) => !before.includes(name))
  if (descriptor === undefined) return undefined
  const fcntl = libcFunction('int fcntl(int fd, int command, int argument)')
  fcntl(Number(descriptor), F_SETFD, FD_CLOEXEC)
  const former = connections.get(descriptor)
  if (former !== undefined) former.isReplaced = true
  const connection = { descriptor, isReplaced: false }
  connections.set(descriptor, connection)
  return connection
}

function flagsOf(home: string, options: MountOptions): string {
  const source = sourceOf(home).replace(/[\\,]/g, '\\$&')
  return [
    '-oro,nosuid,nodev,default_permissions,use_ino,kernel_cache',
    // libfuse has one validity for all names, so it is that of names that change.
    `entry_timeout=${CHANGING_TTL_S},attr_timeout=${CHANGING_TTL_S},negative_timeout=0`,
    `subtype=${SUBTYPE},fsname=${source}`,
    ...(options.allowOther ? ['allow_other'] : [])
  ].join(',')
}

/** Extends fuse-native by all mount options, and by extended attributes of any size. */
function adapted(Base: typeof Fuse) {
  return class Adapted extends Base {
    readonly #operations: Operations
    readonly #flags: string

    constructor(path: string, operations: Operations, flags: string) {
      // Operations have a deadline of their own.
      super(path, operations, { timeout: false })
      this.#operations = operations
      this.#flags = flags
    }

    protected override _fuseOptions(): string {
      return this.#flags
    }

    protected override _op_getxattr(
      signal: (result: number, buffer: ArrayBufferLike) => void,
      path: string,
      name: string,
      into: Buffer
    ): void {
      this.#operations.attribute(path, name, into, (result) => signal(result, into.buffer))
    }

    /** Lists no attributes. */
    protected override _op_listxattr(
      signal: (result: number, buffer: ArrayBufferLike) => void,
      _path: string,
      into: Buffer
    ): void {
      signal(0, into.buffer)
    }
  }
}

class NativeMount implements AttachedMount {
  readonly device: string
  readonly open = 'none'
  readonly done: Promise<void>
  readonly #operations: Operations

  constructor(connection: Connection | undefined, device: string, operations: Operations) {
    this.device = device
    this.#operations = operations
    this.done = connection === undefined ? new Promise(() => undefined) : closed(connection)
  }

  report(): MountReport {
    return this.#operations.report()
  }

  /** It has no threads of its own. */
  async rest(): Promise<void> {}

  /** libfuse ends its connection only when the kernel does, or its process ends. */
  async abort(): Promise<void> {}
}

/**
 * Waits until libfuse has closed its descriptor, as it does when nobody has the file system any
 * more. It reports that to nobody, so it is looked for.
 */
async function closed(connection: Connection): Promise<void> {
  while (!connection.isReplaced && fuseDescriptors().includes(connection.descriptor))
    await delay(POLL_MS, undefined, { ref: false })
}
