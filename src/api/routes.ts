/** The routes of the API, whose schemas are loaded when the first request comes. */
import type { HttpCall, HttpRoute, MessageCall } from '../http/http-call.js'
import { sendProblem } from '../http/problem.js'

export const API = '/api/v1'

/** What answers below `/api/v1`, and describes itself. */
export interface ApiAnswers {
  answer(call: HttpCall): Promise<void>
  messages(call: MessageCall): Promise<AsyncIterable<string> | undefined>
  document(call: HttpCall): Promise<void>
}

/** Methods that are answered, if only by what else there is. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']

/** @param load makes the API, once. */
export function apiRoutes(load: () => Promise<ApiAnswers>): HttpRoute[] {
  const tell: HttpRoute['tell'] = ({ request, response }, error) =>
    sendProblem(request, response, error)
  return [
    {
      methods: METHODS,
      path: `${API}/`,
      access: 'session',
      tell,
      answer: async (call) => await (await load()).answer(call),
      messages: async (call) => await (await load()).messages(call)
    },
    {
      methods: ['GET', 'HEAD'],
      path: '/openapi.json',
      access: 'session',
      tell,
      answer: async (call) => await (await load()).document(call)
    }
  ]
}
