/**
 * One operation as programs reach it: its schemas are the one source of validation, of the OpenAPI
 * document and of what clients are generated from.
 */
import type { z } from 'zod'
import type { ReadActivity } from '../operations/activity.js'
import type { Run } from '../operations/run.js'
import type { QueryRequest } from '../operations/query.js'
import type { Services } from '../operations/services.js'
import type { EventLog } from '../operations/event-log.js'
import type { Jobs } from './jobs.js'

export const AREAS = {
  content: 'Content by its CID: adding, reading, listing',
  pins: 'Pins of this home, and their copies on backends',
  backends: 'Where content is fetched from and kept',
  datasets: 'Versioned tables',
  queries: 'SQL over content, datasets and what the home knows of itself',
  metadata: 'The index of what is known of content',
  cache: 'The cache of fetched content',
  log: 'The log of operations on backends',
  system: 'The engine, its mounts and its health',
  jobs: 'Long work in the background',
  events: 'What happens in the engine'
} as const

export type SqlLimits = QueryRequest['limits']

export type Area = keyof typeof AREAS

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What an operation works with. */
export interface ApiContext {
  readonly services: Services
  readonly jobs: Jobs
  readonly events: EventLog
  readonly activity: ReadActivity
  /** Returns the limits of SQL, as they are configured now. */
  readonly limits: () => SqlLimits
  readonly run: Run
}

export interface ApiOperation {
  /** As the command of the same work: `pin add`. */
  readonly name: string
  readonly area: Area
  readonly method: Method
  /** Below `/api/v1`; `{name}` stands for a segment, and is a field of the input. */
  readonly path: string
  readonly title: string
  readonly description: string
  /** Fields of the path, and of the query (GET, DELETE) or the body in JSON. */
  readonly input: z.ZodObject
  /** Fields beside those of the envelope, as they are sent: keys in snake_case. */
  readonly result: z.ZodObject
  /** Whether it may take long: it is a job where that is asked for. */
  readonly isLong: boolean
  readonly call: (context: ApiContext, input: never) => Promise<object>
}

interface Definition<Input extends z.ZodObject> extends Omit<
  ApiOperation,
  'input' | 'call' | 'isLong' | 'area'
> {
  readonly input: Input
  readonly isLong?: boolean
  readonly call: (context: ApiContext, input: z.infer<Input>) => Promise<object>
}

/** Makes the operations of an area, each with a call whose input has the type of its schema. */
export const inArea =
  (area: Area) =>
  <Input extends z.ZodObject>({ isLong = false, ...rest }: Definition<Input>): ApiOperation => ({
    ...rest,
    area,
    isLong
  })

/** The id of an operation in the document: `pin_add`. */
export const operationId = ({ name }: ApiOperation): string => name.replace(/[ -]/g, '_')
