/** Python's clients of others: aioipfs over Kubo's RPC, ipfsspec over the gateway. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const VENV = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit/kubo-clients-1') // prettier-ignore
const skip = existsSync(join(VENV, 'ready'))
  ? false
  : 'aioipfs and ipfsspec are not installed (.ci/kubo-clients)'

const AIOIPFS = `
import asyncio, json, os, sys
import aioipfs

async def main(port, token, folder):
    client = aioipfs.AsyncIPFS(host="127.0.0.1", port=int(port), auth=aioipfs.BearerAuth(token))
    # Its \`get\` sends the token only where the session does.
    getter = aioipfs.AsyncIPFS(host="127.0.0.1", port=int(port))
    getter.session.headers["Authorization"] = "Bearer " + token
    try:
        told = {"version": (await client.core.version())["Version"], "id": (await client.core.id())["ID"]}
        added = [entry async for entry in client.add(os.path.join(folder, "tree"), cid_version=1)]
        root = added[-1]["Hash"]
        told["names"] = sorted(entry["Name"] for entry in added)
        told["bytes"] = (await client.add_bytes(b"hello", cid_version=1))["Hash"]
        told["cat"] = (await client.cat(root + "/a.txt")).decode()
        told["part"] = (await client.cat(root + "/a.txt", offset=1, length=3)).decode()
        told["links"] = [link["Name"] for link in (await client.core.ls(root))["Objects"][0]["Links"]]
        await getter.get(root, dstdir=os.path.join(folder, "got"))
        told["got"] = open(os.path.join(folder, "got", root, "sub", "b.txt")).read()
        told["pinned"] = root in (await client.pin.ls())["Keys"]
        told["unpinned"] = (await client.pin.rm(root))["Pins"] == [root]
        told["added"] = [one async for one in client.pin.add(root)][-1]["Pins"] == [root]
        told["block"] = (await client.block.stat(root))["Size"] == len(await client.block.get(root))
        told["refs"] = len([one["Ref"] async for one in client.refs.local()]) >= 3
        told["car"] = len(await client.dag.car_export(root)) > 100
        told["objects"] = (await client.repo.stat())["NumObjects"] > 0
        try:
            await client.cat(root + "/none")
        except aioipfs.APIError as error:
            told["error"] = "none" in str(error.message)
        print(json.dumps({**told, "root": root}))
    finally:
        await client.close()
        await getter.close()

asyncio.run(main(*sys.argv[1:]))
`

const IPFSSPEC = `
import json, sys
import fsspec

root = sys.argv[1]
fs = fsspec.filesystem("ipfs", skip_instance_cache=True)
told = {
    "names": sorted(name.split("/")[-1] for name in fs.ls(root, detail=False)),
    "type": fs.info(root)["type"],
    "size": fs.size(root + "/a.txt"),
    "cat": fs.cat(root + "/a.txt").decode(),
    "found": sorted(name.split("/")[-1] for name in fs.find(root)),
}
with fsspec.open("ipfs://" + root + "/sub/b.txt", "rb") as file:
    file.seek(2)
    told["part"] = file.read(2).decode()
try:
    fs.info(root + "/none")
except FileNotFoundError:
    told["missing"] = True
print(json.dumps(told))
`

t.test('clients of Python', { skip, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'kubo-python')
  const kit = new Kit(join(folder, 'home'), {
    env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0', IPFS_KIT_GATEWAY_LISTEN: '127.0.0.1:0' }
  })
  mkdirSync(join(folder, 'tree/sub'), { recursive: true })
  writeFileSync(join(folder, 'tree/a.txt'), 'alpha\n')
  writeFileSync(join(folder, 'tree/sub/b.txt'), 'beta\n')
  const root = await kit.add('-r', join(folder, 'tree'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { name: string; url: string }[] }>('daemon', 'start')
  const url = (name: string): string => ports.find((one) => one.name === name)!.url
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  const ask = async (script: string, args: readonly string[], env = {}): Promise<object> => {
    const words = ['-c', script, ...args]
    const { stdout, stderr } = await runProgram(join(VENV, 'bin/python'), words, {
      cwd: folder,
      env
    })
    if (stdout.length === 0) throw new Error(stderr)
    return JSON.parse(stdout.toString()) as object
  }
  const told = await ask(AIOIPFS, [new URL(url('service')).port, token, folder])
  t.match(told, {
    version: /-ipfs-kit$/,
    id: String,
    root,
    names: ['tree', 'tree/a.txt', 'tree/sub', 'tree/sub/b.txt'],
    bytes: 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq',
    cat: 'alpha\n',
    part: 'lph',
    links: ['a.txt', 'sub'],
    got: 'beta\n',
    pinned: true,
    unpinned: true,
    added: true,
    block: true,
    refs: true,
    car: true,
    objects: true,
    error: true
  })
  t.match(await ask(IPFSSPEC, [root], { IPFS_GATEWAY: url('gateway') }), {
    names: ['a.txt', 'sub'],
    type: 'directory',
    size: 6,
    cat: 'alpha\n',
    found: ['a.txt', 'b.txt'],
    part: 'ta',
    missing: true
  })
})
