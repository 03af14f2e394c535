/**
 * Files by their names. Whatever stores files (a folder, a bucket, a server) offers these, and
 * `backends/files/` keeps CARs and blocks in them.
 *
 * A name is a relative path with `/` between its parts, as `files/file-name.ts` checks it. Any call
 * with another name throws INVALID_ARGUMENT before anything is sent or written.
 */
import type { CallOptions } from './call.js'

export interface FileEntry {
  readonly name: string
  /** Size in bytes. */
  readonly size: number
  /** A text that is another one after the file was replaced, such as its ETag or its times. */
  readonly version: string
  /** When it was written, ms since 1970, where the other side says so. It serves as a hint only. */
  readonly modifiedMs?: number
}

/** A part of a file. */
export interface ByteRange {
  readonly position: number
  /** In bytes; without it, the range ends where the file does. */
  readonly length?: number
}

export interface FileReader {
  /**
   * Reads a range of a file. A range that reaches past the end gives the bytes that there are; one
   * that begins there gives none. Each piece has memory of its own.
   * @throws PATH_NOT_FOUND.
   */
  get(name: string, range: ByteRange, options: CallOptions): AsyncIterable<Uint8Array>

  /**
   * Lists the files that lie directly in a folder, in no order. It shows no folder, no link and no
   * file that is still being put. A folder that is not there has no files.
   * @param folder a name, or the empty text for the top.
   * @param suffix ends the names that are wanted; the empty text ends them all.
   */
  list(folder: string, suffix: string, options: CallOptions): AsyncIterable<FileEntry>

  /** Looks at one file; undefined where there is none. */
  stat(name: string, options: CallOptions): Promise<FileEntry | undefined>
}

export interface PutOptions extends CallOptions {
  /** Refuses to replace a file, where the other side can do that in one step; others replace it. */
  readonly ifAbsent?: boolean | undefined
  /** The length of the content in bytes, where it is known, so that it is sent in fitting parts: a hint. */
  readonly size?: number | undefined
}

export interface FileWriter {
  /**
   * Writes a file and replaces one of the same name. The content goes to a temporary name that
   * `list` does not show, is made durable, and becomes visible in one step. Whatever ends the call
   * before that step leaves the older file as it was. Folders on the way are made.
   * @param content begins the content; a call that is tried again begins it again.
   * @throws NO_SPACE, QUOTA, READ_ONLY, EXISTS where it was not to replace, and what the content throws.
   */
  put(name: string, content: FileContent, options: PutOptions): Promise<void>

  /** Removes a file. Removing one that is not there is no error. */
  remove(name: string, options: CallOptions): Promise<void>
}

export type FileContent = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export type NamedFiles = FileReader & FileWriter
