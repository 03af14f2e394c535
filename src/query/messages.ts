/** The messages between a process of SQL and its owner. */
import type { ErrorCode } from '../core/errors.js'
import type { Inspected, ScriptRequest, SelectRequest, SqlRows } from './ports.js'

/** The limits of a job, all of them known. */
export interface JobLimits {
  readonly memoryBytes: number
  readonly maxTemporaryBytes: number
}

export type Job =
  | { readonly kind: 'inspect'; readonly sql: string }
  | { readonly kind: 'select'; readonly request: SelectRequest; readonly limits: JobLimits }
  | { readonly kind: 'script'; readonly request: ScriptRequest; readonly limits: JobLimits }

/** The owner sends one job at a time. */
export type ToChild = { readonly job: Job } | { readonly cancel: true }

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

export type FromChild =
  | { readonly progress: number }
  | { readonly done: SqlRows | Inspected }
  | { readonly failure: Failure }
