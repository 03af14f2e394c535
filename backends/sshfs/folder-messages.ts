/** The messages between a backend and the process that works on its mount. */
import type { ErrorCode } from '../../src/core/errors.js'
import type { ByteRange, FileEntry } from '../facets/named-files.js'

/** What is asked for. The values of streams, and the pieces of content, are asked for one by one. */
export type Work =
  | { readonly call: 'get'; readonly name: string; readonly range: ByteRange }
  | { readonly call: 'list'; readonly folder: string; readonly suffix: string }
  | { readonly call: 'stat' | 'remove' | 'put'; readonly name: string }
  | { readonly call: 'sweep'; readonly before: number }
  | { readonly call: 'describe' }

export type ToFolder =
  | { readonly id: number; readonly work: Work }
  | { readonly id: number; readonly pull: true }
  | { readonly id: number; readonly cancel: true }
  /** Without a piece, the content ends. */
  | { readonly id: number; readonly piece: Uint8Array | undefined }

export type Value = Uint8Array | FileEntry

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  /** It is the rename of a put that failed. */
  readonly isRename: boolean
}

export type FromFolder =
  | { readonly id: number; readonly value: Value }
  | { readonly id: number; readonly pull: true }
  /** It is still at a step that takes long. */
  | { readonly id: number; readonly busy: true }
  | { readonly id: number; readonly done: FileEntry | string | number | undefined }
  | { readonly id: number; readonly failure: Failure }
  | { readonly skipped: string }
