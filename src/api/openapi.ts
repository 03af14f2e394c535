/** The OpenAPI 3.1 document, made from the schemas of the operations. */
import { z } from 'zod'
import { ERROR_CODES } from '../core/errors.js'
import { packageVersion } from '../core/version.js'
import { AREAS, operationId, type ApiOperation } from './api-operation.js'
import { CATALOG } from './catalog.js'
import { fieldsOf } from './path-template.js'
import { TRANSFERS, type Transfer } from './transfers.js'

type Json = Readonly<Record<string, unknown>>

interface Schema extends Json {
  readonly properties?: Readonly<Record<string, Json>>
  readonly required?: readonly string[]
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema
  return rest
}

const ENVELOPE: Readonly<Record<string, Json>> = {
  success: { type: 'boolean' },
  operation: { type: 'string' },
  timestamp: { type: 'string', format: 'date-time' },
  correlation_id: { type: 'string', format: 'uuid' },
  warnings: { type: 'array', items: { type: 'string' } }
}

const ENVELOPE_NEEDED = ['success', 'operation', 'timestamp', 'correlation_id']

export function openApi(): object {
  const paths: Record<string, Record<string, unknown>> = {}
  const at = (path: string): Record<string, unknown> => (paths[`/api/v1${path}`] ??= {})
  for (const operation of CATALOG)
    at(operation.path)[operation.method.toLowerCase()] = operationOf(operation)
  for (const transfer of TRANSFERS)
    at(transfer.path)[transfer.method.toLowerCase()] = transferOf(transfer)
  at('/jobs/{id}/events')['get'] = JOB_EVENTS
  return {
    openapi: '3.1.0',
    info: {
      title: 'ipfs-kit',
      version: packageVersion(),
      summary: 'Content-addressed storage as files, datasets and SQL.',
      license: { name: 'MIT', identifier: 'MIT' }
    },
    servers: [{ url: 'http://127.0.0.1:8520' }],
    security: [{ token: [] }],
    tags: Object.entries(AREAS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token in run/token of the home' }
      },
      schemas: { Problem: PROBLEM }
    }
  }
}

const PROBLEM: Json = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    ...ENVELOPE,
    error: { type: 'string' },
    error_type: { type: 'string' },
    code: { enum: Object.keys(ERROR_CODES) },
    recoverable: { type: 'boolean' },
    fields: {
      type: 'array',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, message: { type: 'string' } }
      }
    }
  },
  required: ['type', 'title', 'status', 'detail', ...ENVELOPE_NEEDED, 'error', 'error_type', 'code', 'recoverable'] // prettier-ignore
}

const problems = (...statuses: readonly string[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: 'The request failed',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } }
        }
      }
    ])
  )

/** All statuses of the table of codes, and those of HTTP itself. */
const FAILURES = problems('4XX', '5XX')

const parameter = (
  name: string,
  place: 'path' | 'query',
  schema: Json,
  required: boolean
): Json => {
  const { description, ...rest } = schema
  return {
    name,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema: rest
  }
}

function operationOf(operation: ApiOperation): Json {
  const { method, path, input, result, isLong } = operation
  const inPath = new Set(fieldsOf(path))
  const { properties = {}, required = [], ...rest } = schemaOf(input, 'input')
  const others = Object.entries(properties).filter(([name]) => !inPath.has(name))
  const isInBody = method !== 'GET' && method !== 'DELETE'
  const needed = required.filter((name) => !inPath.has(name))
  const parameters = [
    ...[...inPath].map((name) => parameter(name, 'path', properties[name] ?? {}, true)),
    ...(isInBody ? [] : others.map(([name, schema]) => parameter(name, 'query', schema, required.includes(name)))), // prettier-ignore
    ...(method === 'GET' ? [] : [IDEMPOTENCY_KEY]),
    ...(isLong && method !== 'GET' ? [PREFER] : [])
  ]
  const body = { ...rest, properties: Object.fromEntries(others), required: needed }
  return {
    operationId: operationId(operation),
    tags: [operation.area],
    summary: operation.title,
    description: operation.description,
    parameters,
    ...(isInBody && others.length > 0
      ? { requestBody: { required: needed.length > 0, content: { 'application/json': { schema: body } } } } // prettier-ignore
      : {}),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: inEnvelope(schemaOf(result, 'output')) } } }, // prettier-ignore
      ...(isLong ? { 202: { description: 'A job was started', content: { 'application/json': { schema: inEnvelope(JOB) } } } } : {}), // prettier-ignore
      ...FAILURES
    }
  }
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A key of the client, by which a request that is sent again is answered once',
  schema: { type: 'string', minLength: 1, maxLength: 255 }
}

const PREFER: Json = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: 'respond-async makes it a job',
  schema: { type: 'string' }
}

const JOB: Schema = {
  type: 'object',
  properties: { job: { type: 'object', additionalProperties: true } },
  required: ['job']
}

const inEnvelope = ({ properties = {}, required = [], ...rest }: Schema): Json => ({
  ...rest,
  type: 'object',
  properties: { ...ENVELOPE, ...properties },
  required: [...ENVELOPE_NEEDED, ...required],
  additionalProperties: true
})

const JOB_EVENTS: Json = {
  operationId: 'job_events',
  tags: ['jobs'],
  summary: 'Watch a job',
  description: 'Server-Sent Events: `job`, with the job as JSON, whenever it changed; the last one when it ended. Where a WebSocket is asked for, each job is a message.', // prettier-ignore
  parameters: [parameter('id', 'path', { type: 'string' }, true)],
  responses: {
    200: {
      description: 'Events',
      content: { 'text/event-stream': { schema: { type: 'string' } } }
    },
    ...FAILURES
  }
}

function transferOf({ name, path, title, description, input, result }: Transfer): Json {
  const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  const { properties = {}, required = [] } = schemaOf(input, 'input')
  const inPath = fieldsOf(path)
  return {
    operationId: name.replace(/ /g, '_'),
    tags: [path.startsWith('/datasets') ? 'datasets' : 'content'],
    summary: title,
    description,
    parameters: Object.entries(properties).map(([field, schema]) =>
      parameter(field, inPath.includes(field) ? 'path' : 'query', schema, required.includes(field))
    ),
    ...(result === undefined ? {} : { requestBody: { required: true, content: bytes } }),
    responses: {
      200: {
        description: 'Done',
        content:
          result === undefined
            ? sentAs(path, bytes)
            : { 'application/json': { schema: inEnvelope(schemaOf(result, 'output')) } }
      },
      ...(path === '/download'
        ? { 206: { description: 'The range that was asked for', content: bytes } }
        : {}),
      ...FAILURES
    }
  }
}

const sentAs = (path: string, bytes: Json): Json =>
  path === '/cars' ? { 'application/vnd.ipld.car': { schema: { type: 'string', format: 'binary' } } } : bytes // prettier-ignore
