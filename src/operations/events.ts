/** What happens in an engine, as it is told on every way out: each event is one flat object. */

import type { FetchNews } from '../fetch/upstream-news.js'

/** States of a job that an event tells of. */
interface JobNews {
  /** The id of the job. */
  readonly job: string
  /** As the command of the same work. */
  readonly operation: string
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled'
  /** What is counted, as `hashed`; null where nothing is. */
  readonly what: string | null
  readonly done: number | null
  readonly total: number | null
  /** Why it failed. */
  readonly error: string | null
}

/** What an event tells, beside its place among the others. */
export type News =
  /** A root whose blocks are durable. */
  | { readonly type: 'added'; readonly cid: string; readonly name: string | null }
  /** @param backend where a copy was stored; null for a pin of the home itself. */
  | {
      readonly type: 'pinned'
      readonly cid: string
      readonly name: string | null
      readonly backend: string | null
    }
  | { readonly type: 'unpinned'; readonly cid: string; readonly backend: string | null }
  | FetchNews
  /** Damaged blocks of the store (then `blocks` counts them), or a copy on a backend. */
  | {
      readonly type: 'healed'
      readonly what: 'block' | 'copy'
      readonly blocks: number | null
      readonly cid: string | null
      readonly backend: string | null
    }
  | { readonly type: 'mount_up' | 'mount_down'; readonly path: string }
  | ({ readonly type: 'job_started' | 'job_progress' | 'job_ended' } & JobNews)

export type NewsType = News['type']

/** The fields of each type, as documents tell them. */
export const NEWS_FIELDS: Readonly<Record<NewsType, string>> = {
  added: '`cid`, `name`: a root whose blocks are durable',
  pinned: '`cid`, `name`, `backend` where it is a copy',
  unpinned: '`cid`, `backend` where it is a copy',
  fetched: '`cids`, `more`, `blocks`, `bytes`, `backends`: what came from backends within a second',
  evicted: '`blocks`, `bytes`: what left the cache within a second',
  backend_up: '`backend`',
  backend_down: '`backend`, `error`',
  healed: '`what` (block or copy), `blocks`, `cid`, `backend`',
  mount_up: '`path`',
  mount_down: '`path`',
  job_started: '`job`, `operation`, `status`, `what`, `done`, `total`, `error`',
  job_progress: 'as `job_started`, a second at least after the one before',
  job_ended: 'as `job_started`'
}

export const NEWS_TYPES = Object.keys(NEWS_FIELDS) as readonly NewsType[] as readonly [
  NewsType,
  ...NewsType[]
]

interface Told {
  /** Greater than that of every earlier event of the home, unless the clock went back by days. */
  readonly id: number
  /** ISO 8601, UTC. */
  readonly time: string
}

/**
 * `ready` comes first: what follows is what happened after its id. `gap` says that `missed` events
 * are not there any more; null where nobody knows how many, as after the engine began anew.
 */
export type EngineEvent = Told &
  (News | { readonly type: 'ready' } | { readonly type: 'gap'; readonly missed: number | null })

export type Tell = (news: News) => void

/** What somebody wants to hear. */
export interface EventChoice {
  /** By default all. */
  readonly types?: readonly NewsType[] | undefined
  /** The id of the last event that is known already; by default nothing from before is told. */
  readonly after?: number | undefined
}
