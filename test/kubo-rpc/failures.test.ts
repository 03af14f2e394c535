/** Answers that fail midway: damage in the middle of a file, read by several clients. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { StoreLayout } from '../../src/store/layout.js'
import { findKubo, skipWithoutKubo } from '../servers/kubo.js'
import { runProgram, type Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { multipart, MULTIPART, lines, rpc, socketOf, startEngine } from './rpc.js'

t.setTimeout(120_000)

const SIZE = 40 << 20

/** Adds a file, and cuts the end of it off on the disk, so that its beginning alone can be read. */
async function cutFile(kit: Kit): Promise<string> {
  const body = Buffer.alloc(SIZE)
  for (let i = 0; i < SIZE; i += 4) body.writeUInt32LE((i * 2654435761) >>> 0, i)
  const added = await rpc(kit, 'add?quieter=true', { headers: MULTIPART, body: multipart([{ filename: 'x', body }]) }) // prettier-ignore
  const { files } = new StoreLayout(kit.home)
  const [name] = readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((one) => one.includes('/')) // prettier-ignore
  const path = join(files, name!)
  writeFileSync(path, readFileSync(path).subarray(0, SIZE / 2))
  return lines<{ Hash: string }>(added)[0]!.Hash
}

t.test('threats 122: what fails midway does not pass for whole', async (t) => {
  const kit = await startEngine(t, tempFolder(t, 'kubo-midway'))
  const cid = await cutFile(kit)
  await t.rejects(rpc(kit, `cat?arg=${cid}`), 'a program of Node')
  const curl = spawnSync('curl', ['-sS', '-o', '/dev/null', '-X', 'POST', '--unix-socket', socketOf(kit), `http://localhost/api/v0/cat?arg=${cid}`]) // prettier-ignore
  t.not(curl.status, 0, 'curl')
  await t.test('Kubo’s command line', skipWithoutKubo, async (t) => {
    const found = findKubo()
    const program = 'program' in found ? found.program : ''
    const api = ['--api', `/unix${socketOf(kit)}`]
    const { code, stderr } = await runProgram(program, [...api, 'cat', cid])
    t.equal(code, 1)
    t.match(stderr, /Error: .*/)
    t.notMatch(stderr, /EOF/, 'the reason is told')
  })
})
