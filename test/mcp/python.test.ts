/** The client of the Python package `mcp`, over stdin and stdout: tools, resources, prompts. */
import { existsSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const CACHE = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
/** Made by .ci/mcp-client. */
const PYTHON = join(CACHE, 'ipfs-kit/mcp-client-1/bin/python')
const skip = existsSync(join(CACHE, 'ipfs-kit/mcp-client-1/ready'))
  ? false
  : 'the Python package mcp is not installed (.ci/mcp-client)'

const SCRIPT = `
import asyncio, json, sys
from mcp import Client, StdioServerParameters

async def main(node, program, home, cid, mode):
    server = StdioServerParameters(command=node, args=[program, "mcp"], env={"IPFS_KIT_HOME": home})
    async with Client(server, mode=mode) as client:
        tools = (await client.list_tools()).tools
        cat = await client.call_tool("ipfs_cat", {"path": cid})
        wrong = await client.call_tool("ipfs_cat", {"path": "nonsense"})
        stored = await client.call_tool("parquet_store_dataframe", {"name": "t", "rows": [{"a": 1}, {"a": 2}]})
        rows = await client.call_tool("parquet_query_datasets", {"sql": "SELECT CAST(sum(a) AS INTEGER) AS s FROM t"})
        read = await client.read_resource("ipfs://" + cid)
        prompts = (await client.list_prompts()).prompts
        print(json.dumps({
            "tools": len(tools),
            "text": cat.structured_content["text"],
            "error": wrong.is_error,
            "version": stored.structured_content["version"],
            "rows": rows.structured_content["rows"],
            "read": read.contents[0].text,
            "prompts": len(prompts)
        }))

asyncio.run(main(*sys.argv[1:]))
`

t.test('the client of Python', { skip, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'mcp-python')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'hello.txt'), 'hello\n')
  const cid = await kit.add(join(folder, 'hello.txt'))
  for (const mode of ['auto', 'legacy']) {
    const words = ['-c', SCRIPT, process.execPath, MAIN, kit.home, cid, mode]
    const { stdout, stderr } = await runProgram(PYTHON, words)
    t.match(JSON.parse(stdout.toString() || JSON.stringify(stderr)), {
      tools: 13,
      text: 'hello\n',
      error: true,
      version: 1,
      read: 'hello\n',
      prompts: 5,
      rows: [[3]]
    })
  }
})
