// Reads the document of the API as a generator of a client needs it: operations with their parameters, and
// types that have names.

const camel = (text) => text.replace(/(?:^|[_ -])([a-z0-9])/g, (_, letter) => letter.toUpperCase())

const singular = (word) =>
  word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/([^s])s$/, '$1')

/** Fields that every document has, told by the base of all results. */
const ENVELOPE = new Set(['success', 'operation', 'timestamp', 'correlation_id', 'warnings'])

/** Names of types that would be named after their first use, and are used by more. */
const NAMES = {
  AddRoot: 'Added',
  LsEntry: 'Entry',
  PinLsPin: 'Pin',
  PinAddCopy: 'Copy',
  PinCopiesPin: 'KeptCopy',
  BackendLsBackend: 'Backend',
  DatasetLsDataset: 'Dataset',
  DatasetShowSchema: 'Column',
  MetadataLocateLocation: 'Location',
  WalLsOperation: 'LoggedOperation',
  EventLsEvent: 'EngineEvent',
  JobLsJob: 'JobReport',
  JobLsJobProgress: 'JobProgress'
}

const ANY_MAP = { kind: 'map', values: { kind: 'any' } }

/** Returns `{ operations, types }`; a type that is used by several has the name of its first use. */
export function modelOf(document) {
  const types = []
  const known = new Map()

  const objectType = (schema, name) => {
    const { properties = {}, required = [], additionalProperties = true } = schema
    const isOpen = additionalProperties !== false
    // What says nearly nothing of itself is a map of anything.
    if (isOpen && Object.keys(properties).length === 1) return ANY_MAP
    if (Object.keys(properties).length === 0)
      return typeof additionalProperties === 'object' &&
        Object.keys(additionalProperties).length > 0
        ? { kind: 'map', values: typeOf(additionalProperties, `${name}Value`) }
        : ANY_MAP
    const fields = Object.entries(properties).map(([field, one]) => ({
      name: field,
      type: typeOf(one, name + camel(singular(field))),
      isRequired: required.includes(field),
      description: one.description
    }))
    const shape = JSON.stringify(fields)
    const same = known.get(shape)
    if (same !== undefined) return { kind: 'ref', name: same }
    const own = NAMES[name] ?? name
    known.set(shape, own)
    types.push({ name: own, fields, isOpen })
    return { kind: 'ref', name: own }
  }

  const typeOf = (schema, name) => {
    if (Array.isArray(schema.type)) {
      const others = schema.type.filter((one) => one !== 'null')
      const type =
        others.length === 1 ? typeOf({ ...schema, type: others[0] }, name) : { kind: 'any' }
      return schema.type.length === others.length ? type : { kind: 'nullable', of: type }
    }
    if (schema.anyOf !== undefined) {
      const others = schema.anyOf.filter(({ type }) => type !== 'null')
      const type = others.length === 1 ? typeOf(others[0], name) : { kind: 'any' }
      return others.length === schema.anyOf.length ? type : { kind: 'nullable', of: type }
    }
    if (schema.enum !== undefined) return { kind: 'enum', values: schema.enum }
    if (schema.type === 'array') return { kind: 'array', items: typeOf(schema.items, name) }
    if (schema.type === 'object') return objectType(schema, name)
    if (['string', 'integer', 'number', 'boolean'].includes(schema.type))
      return { kind: schema.type }
    return { kind: 'any' }
  }

  const resultOf = (schema, name) => {
    const properties = Object.entries(schema.properties).filter(([field]) => !ENVELOPE.has(field))
    const result = {
      name,
      isResult: true,
      fields: properties.map(([field, one]) => ({
        name: field,
        type: typeOf(one, name.replace(/Result$/, '') + camel(singular(field))),
        isRequired: schema.required.includes(field),
        description: one.description
      }))
    }
    types.push(result)
    return result
  }

  const operations = []
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, one] of Object.entries(methods)) {
      const id = one.operationId
      const parameter = ({ name, in: place, required = false, schema, description }) => ({
        name,
        place,
        type: typeOf(schema, camel(id) + camel(singular(name))),
        isRequired: required,
        description: description ?? schema.description
      })
      const headers = one.parameters.filter((each) => each.in === 'header')
      const bodies = one.requestBody?.content ?? {}
      const body = bodies['application/json']?.schema
      const parameters = [
        ...one.parameters.filter((each) => each.in !== 'header').map(parameter),
        ...Object.entries(body?.properties ?? {}).map(([name, schema]) =>
          parameter({ name, in: 'body', required: body.required?.includes(name), schema })
        )
      ]
      const sent = one.responses['200'].content
      const json = sent['application/json']?.schema
      const result = json === undefined ? undefined : resultOf(json, `${camel(id)}Result`)
      operations.push({
        id,
        area: one.tags[0],
        method: method.toUpperCase(),
        path: path.replace('/api/v1', ''),
        title: one.summary,
        description: one.description,
        parameters: parameters.toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired)),
        result: result?.name,
        page: result === undefined ? undefined : pageOf(parameters, result),
        kind: kindOf(bodies, sent),
        hasRange: one.responses['206'] !== undefined,
        isWrite: headers.some(({ name }) => name === 'Idempotency-Key'),
        isLong: one.responses['202'] !== undefined
      })
    }
  return { operations, types }
}

/** What is sent: `json`, bytes up (`upload`) or down (`download`), or `events`. */
function kindOf(bodies, sent) {
  if (bodies['application/octet-stream'] !== undefined) return 'upload'
  if (sent['text/event-stream'] !== undefined) return 'events'
  return sent['application/json'] === undefined ? 'download' : 'json'
}

/** Returns the list of a result that comes page by page. */
function pageOf(parameters, { fields }) {
  if (!parameters.some(({ name }) => name === 'cursor')) return undefined
  const list = fields.find(({ type }) => type.kind === 'array')
  return list === undefined ? undefined : { field: list.name, entry: list.type.items }
}
