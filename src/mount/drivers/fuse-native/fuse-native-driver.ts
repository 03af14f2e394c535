/**
 * The compatibility driver: libfuse 2 by the package fuse-native, for where the raw driver
 * cannot be (macOS). Every request goes by the engine's main thread, one after the other.
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
import { BRIEFLY } from '../../validity.js'
import { loadFuseNative } from './load.js'
import { Operations } from './operations.js'

/** Nodes of the paths that are remembered, and of the files that are open. */
const MAX_NODES = 100_000
/** The binding copies the mountpoint and the options into buffers of this size. */
const MAX_TEXT = 1023
const LOOK_MS = 250
/** How long libfuse may take to notice that the mount is gone. */
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
 * libfuse leaves its descriptor open in every child we start: one that waits for the mount
 * (umount) would then keep the connection, and itself, alive when we are dead.
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
    // One validity for all names: that of the names that may change.
    `entry_timeout=${BRIEFLY},attr_timeout=${BRIEFLY},negative_timeout=0`,
    `subtype=${SUBTYPE},fsname=${source}`,
    ...(options.allowOther ? ['allow_other'] : [])
  ].join(',')
}

/** fuse-native with what it leaves out: all mount options, and attributes of any size. */
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

    /** None is listed, and the length of that is 0. */
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
    this.done = gone(path)
  }

  report(): MountReport {
    return this.#operations.report()
  }

  async unmount(force: boolean): Promise<void> {
    await detach(this.#path, force)
    await Promise.race([this.done, delay(DRAIN_MS, undefined, { ref: false })])
  }
}

/** libfuse tells nobody that its mount is gone; the system's list of mounts does. */
async function gone(path: string): Promise<void> {
  const ours = deviceAt(path)
  for (let now = ours; now !== undefined && now === ours; now = deviceAt(path))
    await delay(LOOK_MS, undefined, { ref: false })
}

const deviceAt = (path: string): string | undefined =>
  ownMounts().find((mount) => mount.path === path)?.device
