/**
 * Types of the used part of fuse-native 2.2.6, which publishes none.
 * Source: its index.js. An error is a negative errno, a success 0 or a count.
 */
declare module 'fuse-native' {
  type Callback<T extends unknown[] = []> = (error: number, ...result: T) => void

  /** Times in ms since 1970, never before; every other number but sizes has 32 bits. */
  export interface FuseStat {
    readonly mode: number
    readonly uid: number
    readonly gid: number
    readonly size: number
    readonly nlink: number
    readonly ino: number
    readonly blksize: number
    readonly blocks: number
    readonly atime: number
    readonly mtime: number
    readonly ctime: number
  }

  export interface FuseStatfs {
    readonly bsize: number
    readonly frsize: number
    readonly blocks: number
    readonly bfree: number
    readonly bavail: number
    readonly files: number
    readonly ffree: number
    readonly favail: number
    readonly namemax: number
  }

  /** The operations of a read-only file system. */
  export interface FuseOperations {
    statfs(path: string, done: Callback<[FuseStatfs?]>): void
    getattr(path: string, done: Callback<[FuseStat?]>): void
    readdir(path: string, done: Callback<[string[]?, FuseStat[]?]>): void
    readlink(path: string, done: Callback<[string?]>): void
    open(path: string, flags: number, done: Callback<[number?]>): void
    release(path: string, fd: number, done: Callback): void
    /** The first argument of `done` is the number of bytes read. */
    read(
      path: string, fd: number, into: Buffer, length: number, position: number, done: Callback
    ): void // prettier-ignore
    getxattr(path: string, name: string, position: number, done: Callback<[Buffer?]>): void
    listxattr(path: string, done: Callback<[string[]?]>): void
  }

  export interface FuseOptions {
    /** Time limit of an operation; false for none. */
    readonly timeout?: number | false
  }

  export default class Fuse {
    constructor(path: string, operations: Partial<FuseOperations>, options?: FuseOptions)
    mount(done: (error: Error | null) => void): void
    /** Mount options as one argument, `-oA,B=C`. */
    protected _fuseOptions(): string
    protected _op_getxattr(
      signal: (result: number, buffer: ArrayBufferLike) => void,
      path: string,
      name: string,
      into: Buffer,
      position: number
    ): void
    protected _op_listxattr(
      signal: (result: number, buffer: ArrayBufferLike) => void,
      path: string,
      into: Buffer
    ): void
  }
}
