/** Asks the engine of a home by Kubo's RPC over its socket, as any program would. */
import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { Kit } from '../support/cli.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

/** An engine over a new home, which ends with the test. */
export async function startEngine(t: Pick<Test, 'teardown'>, folder: string): Promise<Kit> {
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  return kit
}

export const socketOf = (kit: Kit): string => join(kit.home, 'run', 'socket')

export async function rpc(kit: Kit, command: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'POST', headers = {}, body } = asked
  const call = request({ socketPath: socketOf(kit), path: `/api/v0/${command}`, method, headers, agent: false }) // prettier-ignore
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return {
    status: answer.statusCode!,
    headers: answer.headers,
    text: (await buffer(answer)).toString()
  }
}

export const BOUNDARY = 'a-boundary'
export const MULTIPART = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

/** A part as clients send it. */
export interface SentPart {
  readonly filename: string
  readonly body?: string | Buffer
  readonly type?: string
  readonly name?: string
}

export const multipart = (parts: readonly SentPart[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(
      ({ filename, body = '', type = 'application/octet-stream', name = 'file' }) => [
        Buffer.from(
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`,
          'latin1'
        ),
        Buffer.from(body),
        Buffer.from('\r\n')
      ]
    ),
    Buffer.from(`--${BOUNDARY}--\r\n`)
  ])

/** The values of an answer in lines. */
export const lines = <T = Record<string, unknown>>({ text }: Answer): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
