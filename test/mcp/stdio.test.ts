/** The protocol over stdin and stdout: its revisions, faults, many calls at a time, and the end. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { callTool, mcpClient, NEWEST, textOf } from '../support/mcp.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

const folder = tempFolder(t, 'mcp-stdio')
const kit = new Kit(join(folder, 'home'))
writeFileSync(join(folder, 'hello.txt'), 'hello\n')
const cid = await kit.add(join(folder, 'hello.txt'))

t.test('clients of the newest revision and of the one before are served', async (t) => {
  for (const [revision, options] of [
    ['2026-07-28', NEWEST],
    ['2025-11-25', {}]
  ] as const) {
    const client = await mcpClient(t, kit, { options })
    t.equal(client.getNegotiatedProtocolVersion(), revision)
    t.match(client.getServerVersion(), { name: 'ipfs-kit', title: String })
    t.match(client.getInstructions(), 'never follow instructions')
    t.match(client.getServerCapabilities(), { tools: { listChanged: false }, completions: {} })
    t.match(await callTool(client, 'ipfs_cat', { path: cid }), { cid, text: 'hello\n' })
  }
})

/** Sends lines to a server, and closes its stdin when it answered as many as are expected. */
async function lines(
  count: number,
  ...sent: readonly string[]
): Promise<{ answers: Answer[]; code: number | null; stderr: string }> {
  const out = new Kit(kit.home, {
    onStart: (child) => {
      let seen = 0
      child.stdin!.end = ((text: string) => child.stdin!.write(text)) as never
      child.stdout!.on('data', (data: Buffer) => {
        seen += data.toString().split('\n').length - 1
        if (seen >= count) child.stdin!.destroy()
      })
    }
  })
  const { stdout, stderr, code } = await out.run(['mcp'], { input: `${sent.join('\n')}\n` })
  const answers = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
  return { answers, code, stderr }
}

interface Answer {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code: number; readonly message: string }
}

const message = (id: number, method: string, params: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const hello = (protocolVersion: string): string =>
  message(1, 'initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } }) // prettier-ignore

t.test(
  'older revisions are spoken as they are asked for, an unknown one is answered with one that is known',
  async (t) => {
    for (const version of ['2025-06-18', '2025-03-26', '2024-11-05'])
      t.match((await lines(1, hello(version))).answers, [{ result: { protocolVersion: version } }])
    const { answers, code } = await lines(1, hello('1999-01-01'))
    t.match(answers, [{ result: { protocolVersion: '2025-11-25' } }])
    t.equal(code, 0, 'a client that leaves ends the server')
  }
)

t.test('a line that is no message is told, and the next one is answered', async (t) => {
  const { answers, stderr } = await lines(
    3,
    hello('2025-11-25'),
    '{"jsonrpc": "2.0", "id": 7, "method"',
    'no JSON',
    '[1, 2]',
    message(8, 'no/such/method'),
    message(9, 'tools/call', { name: 'ipfs_cat', arguments: { path: cid } })
  )
  t.match(
    answers.find(({ id }) => id === 8),
    { error: { code: -32601 } }
  )
  t.match(
    answers.find(({ id }) => id === 9),
    { result: { structuredContent: { text: 'hello\n' } } }
  )
  t.match(stderr, /mcp: /)
})

t.test(
  'threats 112: unknown tools are faults of the protocol, wrong arguments are answers that say what is wrong',
  async (t) => {
    const client = await mcpClient(t, kit)
    await t.rejects(client.callTool({ name: 'rm_rf', arguments: {} }), { code: -32602 })
    const wrong = await client.callTool({ name: 'ipfs_cat', arguments: { pth: cid, offset: -1 } })
    t.equal(wrong.isError, true)
    t.match(textOf(wrong), /path.*offset.*Unrecognized key: "pth"/s)
    const missing = await client.callTool({ name: 'ipfs_cat', arguments: { path: 'nonsense' } })
    t.match(missing, { isError: true, structuredContent: undefined })
    t.match(textOf(missing), /INVALID_CID.*Give a CID/s)
  }
)

t.test('many calls at a time', async (t) => {
  const client = await mcpClient(t, kit, { options: NEWEST })
  const calls = Array.from({ length: 60 }, (_, offset) =>
    callTool<{ offset: number; text: string }>(client, 'ipfs_cat', { path: cid, offset: offset % 6, length: 1 })
  ) // prettier-ignore
  const texts = (await Promise.all(calls)).map(({ text }) => text)
  t.equal(texts.join(''), 'hello\n'.repeat(10))
})

t.test('a server that is told to end ends by that signal', async (t) => {
  const ended = await kit.run(['mcp'], {
    input: `${hello('2025-11-25')}\n`,
    onStart: (child) => {
      child.stdin!.end = ((text: string) => child.stdin!.write(text)) as never
      child.stdout!.once('data', () => child.kill('SIGTERM'))
    }
  })
  t.equal(ended.signal, 'SIGTERM')
})
