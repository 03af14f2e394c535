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
import { detach } from '../../detach.js'
import type { AttachedMount, FuseDriver, MountOptions, MountReport, OpenVfs } from '../../driver.js'
import { ownMounts, SUBTYPE, sourceOf } from '../../mountinfo.js'
import { CHANGING_TTL_S } from '../../validity.js'
import { loadFuseNative } from './load.js'
import { Operations } from './operations.js'

/** Maximum number of nodes: those of cached paths and of open files. */
const MAX_NODES = 100_000
/** The binding copies the mountpoint and the options into buffers of this size. */
const MAX_TEXT = 1023
const POLL_MS = 250
/** Longest wait for libfuse to notice that the mount is gone. */
const DRAIN_MS = 5000

export class FuseNativeDriver implements FuseDriver {
  readonly name = 'fuse-native'
  readonly #home: string
  readonly #openVfs: OpenVfs

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
    closeOnExec()
    return new NativeMount(path, operations)
  }
}

const F_SETFD = 2
const FD_CLOEXEC = 1

/**
 * Sets close-on-exec on libfuse's descriptor. A child that inherits it and waits for the mount, as
 * umount does, would keep the connection and itself alive after this process was killed.
 */
function closeOnExec(): void {
  if (process.platform !== 'linux') return
  const fcntl = libcFunction('int fcntl(int fd, int command, int argument)')
  for (const name of readdirSync('/proc/self/fd'))
    if (ifPresent(() => readlinkSync(`/proc/self/fd/${name}`)) === '/dev/fuse')
      fcntl(Number(name), F_SETFD, FD_CLOEXEC)
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
  readonly open = 'none'
  readonly done: Promise<void>
  readonly #path: string
  readonly #operations: Operations

  constructor(path: string, operations: Operations) {
    this.#path = path
    this.#operations = operations
    this.done = unmounted(path)
  }

  report(): MountReport {
    return this.#operations.report()
  }

  async unmount(force: boolean): Promise<void> {
    await detach(this.#path, force)
    await Promise.race([this.done, delay(DRAIN_MS, undefined, { ref: false })])
  }
}

/** Waits until a mount is gone by polling the mount table, because libfuse does not report it. */
async function unmounted(path: string): Promise<void> {
  const ours = deviceAt(path)
  for (let now = ours; now !== undefined && now === ours; now = deviceAt(path))
    await delay(POLL_MS, undefined, { ref: false })
}

const deviceAt = (path: string): string | undefined =>
  ownMounts().find((mount) => mount.path === path)?.device
