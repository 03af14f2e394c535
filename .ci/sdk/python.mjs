// Writes python/ipfs_kit/api.py: a type for each result, and a method for each operation.

const HEAD = `"""Operations of the API and the types of their results, generated from its document by \`npm run client\`."""

from __future__ import annotations

from typing import Any, Iterator, Literal, Optional, TypedDict

from .transport import Body, Data, Event, Job, Requests, segment


class Result(TypedDict, total=False):
    """What every document has."""

    success: bool
    operation: str
    timestamp: str
    correlation_id: str
    warnings: list[str]
`

const KEYWORDS = new Set(['from', 'import', 'class', 'def', 'in', 'is', 'pass', 'with', 'global', 'lambda', 'not', 'or', 'and', 'for', 'if', 'return', 'async', 'await']) // prettier-ignore

const SIMPLE = { string: 'str', integer: 'int', number: 'float', boolean: 'bool', any: 'Any' }

function typed(type) {
  if (type.kind === 'ref') return type.name
  if (type.kind === 'enum')
    return `Literal[${type.values.map((one) => JSON.stringify(one)).join(', ')}]`
  if (type.kind === 'array') return `list[${typed(type.items)}]`
  if (type.kind === 'map') return `dict[str, ${typed(type.values)}]`
  if (type.kind === 'nullable') return `Optional[${typed(type.of)}]`.replace('Optional[Any]', 'Any')
  return SIMPLE[type.kind]
}

const fieldLines = (fields) =>
  fields.flatMap(({ name, type, description }) => [
    `    ${name}: ${typed(type)}`,
    ...(description === undefined
      ? []
      : [`    """${description[0].toUpperCase()}${description.slice(1)}."""`])
  ])

/** A field whose name is a word of the language is written as a key. */
const asCall = (name, fields) =>
  `\n\n${name} = TypedDict(\n    ${JSON.stringify(name)},\n    {${fields.map((one) => `${JSON.stringify(one.name)}: ${JSON.stringify(typed(one.type))}`).join(', ')}},\n)\n`

function classOf({ name, fields, isResult = false }) {
  if (fields.some((one) => KEYWORDS.has(one.name))) return asCall(name, fields)
  const needed = fields.filter(({ isRequired }) => isRequired)
  const others = fields.filter(({ isRequired }) => !isRequired)
  const base = isResult ? 'Result' : 'TypedDict'
  const written = (title, parents, some, total = '') =>
    `\n\nclass ${title}(${parents}${total}):\n${some.length === 0 ? '    pass' : fieldLines(some).join('\n')}\n`
  if (others.length === 0) return written(name, base, needed)
  if (needed.length === 0) return written(name, base, others, ', total=False')
  return written(`_${name}`, base, needed) + written(name, `_${name}`, others, ', total=False')
}

/** Arguments: what is needed by its place, too, and the others by their names alone. */
function argumentsOf(parameters, before, after) {
  const needed = parameters.filter(({ isRequired }) => isRequired)
  const others = parameters.filter(({ isRequired }) => !isRequired)
  const named = [
    ...others.map(
      ({ name, type }) =>
        `${name}: ${`Optional[${typed(type)}]`.replace('Optional[Any]', 'Any')} = None`
    ),
    ...after
  ]
  return [
    'self',
    ...before,
    ...needed.map(({ name, type }) => `${name}: ${typed(type)}`),
    ...(named.length === 0 ? [] : ['*', ...named])
  ]
}

function signature(name, listed, result) {
  const short = `    def ${name}(${listed.join(', ')}) -> ${result}:`
  if (short.length <= 120) return short
  return `    def ${name}(\n${listed.map((one) => `        ${one},\n`).join('')}    ) -> ${result}:`
}

function docstring({ title, description, parameters }, more = '') {
  const told = parameters.filter((one) => one.description !== undefined)
  const lines = [
    `        """${title}.${more}`,
    '',
    `        ${description}`,
    ...(told.length === 0
      ? []
      : ['', ...told.map((one) => `        ${one.name}: ${one.description}`)])
  ]
  return `${lines.join('\n')}\n        """`
}

const target = ({ path }) => {
  const filled = path.replace(/\{(\w+)\}/g, '{segment($1)}')
  return filled === path ? JSON.stringify(path) : `f"${filled}"`
}

function fields(parameters, place) {
  const some = parameters.filter((one) => one.place === place)
  if (some.length === 0) return []
  return [`${place}={${some.map(({ name }) => `"${name}": ${name}`).join(', ')}}`]
}

function callWords(how, operation, more) {
  const { method, parameters } = operation
  return [
    ...(how === 'download' || how === 'events' ? [] : [JSON.stringify(method)]),
    target(operation),
    ...fields(parameters, 'query'),
    ...fields(parameters, 'body'),
    ...more
  ]
}

function call(how, operation, more) {
  const words = callWords(how, operation, more)
  return `self._requests.${how}(${words.join(', ')})`
}

/** One line, or one for each word where that is too long. */
function assigned(name, type, how, operation, more) {
  const words = callWords(how, operation, more)
  const short = `        ${name}: ${type} = self._requests.${how}(${words.join(', ')})`
  if (short.length <= 120) return short
  const lines = words.map((one) => `            ${one},\n`).join('')
  return `        ${name}: ${type} = self._requests.${how}(\n${lines}        )`
}

const KEY = 'idempotency_key: Optional[str] = None'

function methods(operation) {
  const { id, parameters, result, kind, isWrite, isLong, page, hasRange } = operation
  if (kind === 'download') {
    const range = hasRange ? ['start: Optional[int] = None', 'end: Optional[int] = None'] : []
    const more = hasRange ? ['part=(start, end)'] : []
    return [
      `${signature(id, argumentsOf(parameters, [], range), 'Body')}
${docstring(operation, hasRange ? ' Bytes from ``start`` up to ``end``, which is not sent.' : '')}
        return ${call('download', operation, more)}`
    ]
  }
  if (kind === 'events')
    return [
      `${signature(id, argumentsOf(parameters, [], []), 'Iterator[Event]')}
${docstring(operation)}
        return ${call('events', operation, [])}`
    ]
  const before = kind === 'upload' ? ['data: Data'] : []
  const after = isWrite ? [KEY] : []
  const more = [...(kind === 'upload' ? ['data=data'] : []), ...(isWrite ? ['key=idempotency_key'] : [])] // prettier-ignore
  const all = [
    `${signature(id, argumentsOf(parameters, before, after), result)}
${docstring(operation)}
${assigned('result', result, 'json', operation, more)}
        return result`
  ]
  if (isLong && isWrite)
    all.push(`${signature(`${id}_job`, argumentsOf(parameters, before, after), `Job[${result}]`)}
        """${operation.title}, in the background."""
${assigned('job', `Job[${result}]`, 'job', operation, more)}
        return job`)
  if (page !== undefined) all.push(pages(operation))
  return all
}

/** All entries of a list, whose pages are asked for one after the other. */
function pages({ id, parameters, page, title, result }) {
  const others = parameters.filter(({ name }) => name !== 'cursor')
  const given = others.map(({ name, isRequired }) => (isRequired ? name : `${name}=${name}`))
  return `${signature(`iter_${id}`, argumentsOf(others, [], []), `Iterator[${typed(page.entry)}]`)}
        """${title}: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: ${result} = self.${id}(${[...given, 'cursor=cursor'].join(', ')})
            yield from page["${page.field}"]
            cursor = page["next_cursor"]
            if cursor is None:
                return`
}

export function pythonClient({ operations, types }) {
  const defined = operations.flatMap(methods).join('\n\n')
  return `${HEAD}${types.map(classOf).join('')}

class Operations:
    """A method for each operation."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

${defined}


__all__ = [${['Operations', 'Result', ...types.map(({ name }) => name)]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((one) => `\n    "${one}",`)
    .join('')}
]
`
}
