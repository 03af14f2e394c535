/** `/mcp` of an engine: streamable HTTP on its socket and on its port, where programs bring the token. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { callTool, NEWEST } from '../support/mcp.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

const folder = tempFolder(t, 'mcp-http')
const port = await freePort()
const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: `127.0.0.1:${port}` } })
writeFileSync(join(folder, 'hello.txt'), 'hello\n')
const cid = await kit.add(join(folder, 'hello.txt'))
t.teardown(() => kit.run(['daemon', 'stop']))
await kit.ok('daemon', 'start')
const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
const URL_OF_PORT = `http://127.0.0.1:${port}`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: found } = server.address() as AddressInfo
  server.close()
  return found
}

async function connected(t: Test, url: string, options: object, extra: object): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options)
  t.teardown(() => client.close())
  await client.connect(new StreamableHTTPClientTransport(new URL(url), extra))
  return client
}

const withToken = { requestInit: { headers: { authorization: `Bearer ${token}` } } }

/** As fetch, over the socket of the home. */
const overSocket = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
  const asked = request({
    socketPath: join(kit.home, 'run', 'socket'),
    path: new URL(url).pathname,
    method: init.method ?? 'GET',
    headers: Object.fromEntries(new Headers(init.headers)),
    agent: false,
    ...(init.signal ? { signal: init.signal } : {})
  }).end(init.body as string | undefined)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const { statusCode: status = 0, headers } = answer
  const body = status === 202 || status === 204 ? null : (Readable.toWeb(answer) as ReadableStream)
  return new Response(body, { status, headers: headers as Record<string, string> })
}

t.test('clients of both revisions, on the port and on the socket', async (t) => {
  for (const options of [NEWEST, {}])
    for (const [url, extra] of [
      [`${URL_OF_PORT}/mcp`, withToken],
      ['http://localhost/mcp', { fetch: overSocket }]
    ] as const) {
      const client = await connected(t, url, options, extra)
      t.match(await callTool(client, 'ipfs_cat', { path: cid }), { text: 'hello\n' })
      t.match(await callTool(client, 'ipfs_add', { text: 'over http' }), { size: 9 })
      t.match(await callTool(client, 'vfs_ls'), { entries: Array })
      t.match(await callTool(client, 'system_health'), { engine: Number })
      t.match(await callTool(client, 'parquet_query_datasets', { sql: 'SELECT 1 AS one' }), {
        rows: [[1]]
      })
      t.match((await client.readResource({ uri: `ipfs://${cid}` })).contents, [{ text: 'hello\n' }])
      const path = await client.callTool({ name: 'ipfs_add', arguments: { path: '/etc/passwd' } })
      t.equal(path.isError, true, 'no file of this machine is added over HTTP')
    }
})

t.test('a path of its own changes nothing', async (t) => {
  const client = await connected(t, `${URL_OF_PORT}/mcp/read-only`, NEWEST, withToken)
  const { tools } = await client.listTools()
  t.ok(tools.length === 11 && tools.every(({ annotations }) => annotations?.readOnlyHint))
})

t.test('progress and many calls at a time over HTTP', async (t) => {
  const client = await connected(t, `${URL_OF_PORT}/mcp`, NEWEST, withToken)
  const calls = Array.from({ length: 40 }, (_, i) =>
    callTool<{ text: string }>(client, 'ipfs_cat', { path: cid, offset: i % 5, length: 1 })
  )
  t.equal((await Promise.all(calls)).map(({ text }) => text).join(''), 'hello'.repeat(8))
})

const tools = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })

async function post(
  path: string,
  headers: Record<string, string>,
  body = tools,
  method = 'POST'
): Promise<{ status: number; body: string; headers: object }> {
  const asked = request(`${URL_OF_PORT}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers
    },
    agent: false
  }).end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return {
    status: answer.statusCode!,
    body: (await buffer(answer)).toString(),
    headers: answer.headers
  }
}

t.test('threats 118: who may not call is refused, and so is what is no message', async (t) => {
  const bearer = { authorization: `Bearer ${token}` }
  t.equal((await post('/mcp', bearer)).status, 200)
  t.equal((await post('/mcp', {})).status, 401)
  t.equal((await post('/mcp', { authorization: 'Bearer wrong' })).status, 401)
  t.equal((await post(`/mcp?token=${token}`, {})).status, 401)
  t.equal((await post('/mcp', { ...bearer, host: 'evil.example' })).status, 403)
  t.equal((await post('/mcp', { ...bearer, origin: 'http://localhost.evil.example' })).status, 403)
  t.match(await post('/mcp', bearer, '', 'GET'), { status: 405, headers: { allow: 'POST' } })
  t.equal((await post('/mcp', { ...bearer, 'content-type': 'text/plain' })).status, 415)
  t.match(await post('/mcp', bearer, '{"jsonrpc"'), { status: 400, body: /-32700/ })
  t.match(await post('/mcp', bearer, '{"jsonrpc":"2.0","id":1,"method":"no/such","params":{}}'), {
    body: /-32601/
  })
  t.equal((await post('/mcp', bearer, `"${'x'.repeat(9 << 20)}"`)).status, 413)
  const nested = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ipfs_cat","arguments":{"__proto__":{"a":1},"path":${'['.repeat(100_000)}${']'.repeat(100_000)}}}}`
  t.notMatch(await post('/mcp', bearer, nested), { status: 500 })
  t.equal((await post('/mcp', bearer)).status, 200, 'the engine goes on')
})
