/** Requests to an engine, on its socket or a port. */
import { once } from 'node:events'
import {
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions
} from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

/** @param place `socketPath`, or `host` and `port`. */
export async function askHttp(
  place: Pick<RequestOptions, 'socketPath' | 'host' | 'port'>,
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {}
): Promise<HttpAnswer> {
  const call = request({ ...place, path, method, headers, agent: false })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) }
}

export const jsonIn = <T>({ body }: HttpAnswer): T => JSON.parse(body.toString()) as T
