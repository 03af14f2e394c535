/** Tables over HTTP: results of SQL, and rows of datasets, as Arrow files that the program maps which asked. */
import { isAbsolute } from 'node:path'
import { KitError } from '../core/errors.js'
import { datasetGet } from '../operations/dataset-get.js'
import { datasetMap } from '../operations/dataset-map.js'
import { queryToFile, type QueryToFileRequest } from '../operations/query.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { receiveJson, sendJson, type HttpCall, type HttpRoute } from '../http/http-call.js'

const runOf = ({ signal }: HttpCall): Run => ({
  signal,
  progress: () => undefined,
  warn: () => undefined
})

export const tableRoutes = (services: Services): HttpRoute[] => [
  {
    methods: ['POST'],
    path: '/kit/query',
    answer: async (call) => {
      const body = await receiveJson(call)
      const parameters = (body['parameters'] ?? {}) as QueryToFileRequest['parameters']
      const request = { sql: textIn(body, 'sql'), parameters, output: outputIn(body) }
      const { count } = await queryToFile(services, { ...request, format: 'arrow' }, runOf(call))
      sendJson(call, { rows: count, output: request.output })
    }
  },
  {
    methods: ['POST'],
    path: '/kit/dataset',
    answer: async (call) => {
      const body = await receiveJson(call)
      const ref = textIn(body, 'ref')
      if (body['output'] === undefined)
        return sendJson(call, await datasetMap(services, { ref }, runOf(call)))
      const columns = Array.isArray(body['columns']) ? body['columns'].map(String) : undefined
      const where = body['where'] === undefined ? undefined : textIn(body, 'where')
      const request = { ref, columns, where, output: outputIn(body), format: 'arrow' } as const
      sendJson(call, await datasetGet(services, request, runOf(call)))
    }
  }
]

type Body = Readonly<Record<string, unknown>>

function textIn(body: Body, field: string): string {
  const value = body[field]
  if (typeof value === 'string') return value
  throw new KitError('INVALID_ARGUMENT', `"${field}" must be a text`)
}

/** The engine has a folder of its own, so that a path must be whole. */
function outputIn(body: Body): string {
  const output = textIn(body, 'output')
  if (isAbsolute(output)) return output
  throw new KitError('INVALID_ARGUMENT', `"output" must be an absolute path, not ${output}`)
}
