/** The input of an operation: fields of the path, of the query by their types, and of a body in JSON. */
import { z } from 'zod'
import { isKitError, KitError, type ErrorCode } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import { receiveText } from '../http/receive-text.js'
import type { ApiOperation } from './api-operation.js'

/** A request that does not fit the schemas. What fits, and cannot be done, has another status. */
export class RequestError extends KitError {
  readonly status: number
  readonly fields: readonly { readonly field: string; readonly message: string }[] | undefined

  constructor(
    message: string,
    { status = 400, fields, code = 'INVALID_ARGUMENT' }: RequestErrorOptions = {}
  ) {
    super(code, message)
    this.status = status
    this.fields = fields
  }
}

interface RequestErrorOptions {
  readonly status?: number
  readonly code?: ErrorCode
  readonly fields?: readonly { readonly field: string; readonly message: string }[]
}

function inputError({ issues }: z.ZodError): RequestError {
  const fields = issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  const told = fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  return new RequestError(told.join('; '), { fields })
}

/** @throws RequestError, TOO_LARGE. */
export async function inputOf(
  { input, method }: ApiOperation,
  fields: Readonly<Record<string, string>>,
  call: HttpCall
): Promise<object> {
  const isInBody = method !== 'GET' && method !== 'DELETE'
  if (isInBody && call.query.size > 0)
    throw new RequestError(`${[...call.query.keys()].join(', ')}: the fields of a ${method} are in its body`) // prettier-ignore
  const given = isInBody ? await bodyOf(call) : fromQuery(input, call.query)
  return validated(input, given, fields)
}

/** Reads fields of path and query alone. @throws RequestError. */
export const queryInput = (
  input: z.ZodObject,
  fields: Readonly<Record<string, string>>,
  { query }: Pick<HttpCall, 'query'>
): object => validated(input, fromQuery(input, query), fields)

function validated(
  input: z.ZodObject,
  given: Fields,
  fields: Readonly<Record<string, string>>
): object {
  const twice = Object.keys(given).filter((field) => Object.hasOwn(fields, field))
  if (twice.length > 0) throw new RequestError(`${twice.join(', ')}: is in the path already`)
  const parsed = input.safeParse({ ...given, ...fields })
  if (parsed.success) return parsed.data
  throw inputError(parsed.error)
}

type Fields = Readonly<Record<string, unknown>>

interface FieldType {
  readonly type?: string
}

/** Types of the fields of an input, as JSON Schema has them. */
const types = new WeakMap<z.ZodObject, Readonly<Record<string, FieldType>>>()

function typesOf(input: z.ZodObject): Readonly<Record<string, FieldType>> {
  const known = types.get(input)
  if (known !== undefined) return known
  const { properties = {} } = z.toJSONSchema(input, { io: 'input' })
  types.set(input, properties as Record<string, FieldType>)
  return properties as Record<string, FieldType>
}

/** Reads texts as the types that the schema names; what is none of them is left to the schema to refuse. */
function fromQuery(input: z.ZodObject, query: URLSearchParams): Fields {
  const known = typesOf(input)
  const found = new Map<string, unknown>()
  for (const key of new Set(query.keys())) {
    const all = query.getAll(key)
    const { type } = Object.hasOwn(known, key) ? known[key]! : {}
    if (type === 'array') found.set(key, all)
    else if (all.length > 1)
      throw new RequestError(`${key} is given ${all.length} times`) // prettier-ignore
    else found.set(key, valueOf(all[0]!, type))
  }
  return Object.fromEntries(found)
}

function valueOf(text: string, type: string | undefined): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text // prettier-ignore
  return text
}

/** Most levels of a body. */
const MAX_DEPTH = 64

async function bodyOf(call: HttpCall): Promise<Fields> {
  const text = await textOf(call)
  if (text === '') return {}
  const [type = ''] = (call.request.headers['content-type'] ?? '').split(';', 1)
  if (type.trim().toLowerCase() !== 'application/json')
    throw new RequestError('the body must be JSON, with content-type: application/json', {
      status: 415
    })
  checkDepth(text)
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new RequestError('the body must be an object in JSON')
}

async function textOf(call: HttpCall): Promise<string> {
  try {
    return await receiveText(call)
  } catch (error) {
    if (isKitError(error, 'INVALID_ARGUMENT')) throw new RequestError(error.message)
    throw error
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
  } catch {
    throw new RequestError('the body is not JSON')
  }
}

/** @throws INVALID_ARGUMENT, before what walks through the value runs out of stack. */
function checkDepth(text: string): void {
  let depth = 0
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') isInText = !isInText
    else if (isInText && char === '\\') at++
    else if (!isInText && (char === '{' || char === '[')) depth++
    else if (!isInText && (char === '}' || char === ']')) depth--
    if (depth > MAX_DEPTH) throw new RequestError(`the body has more than ${MAX_DEPTH} levels`)
  }
}
