/** The messages between a process of SQL and its owner. */
import type { ErrorCode } from '../core/errors.js'
import type { Inspected, Part, PartsDone, PartsRequest, ScriptRequest, SelectRequest, SqlRows } from './ports.js' // prettier-ignore

/** The limits of a job, all of them known. */
export interface JobLimits {
  readonly memoryBytes: number
  readonly maxTemporaryBytes: number
  readonly maxFileBytes?: number
}

export type Job =
  | { readonly kind: 'inspect'; readonly sql: string }
  | { readonly kind: 'select'; readonly request: SelectRequest; readonly limits: JobLimits }
  | { readonly kind: 'script'; readonly request: ScriptRequest; readonly limits: JobLimits }
  | { readonly kind: 'parts'; readonly request: PartsRequest; readonly limits: JobLimits }

export type JobAnswer = SqlRows | Inspected | PartsDone

/** The owner sends one job at a time. */
export type ToChild = { readonly job: Job } | { readonly cancel: true }

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

export type FromChild =
  | { readonly progress: number }
  | { readonly part: Part }
  | { readonly done: JobAnswer }
  | { readonly failure: Failure }
