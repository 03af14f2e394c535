/** The check of archives as they come: what is wrong with them, and what is wrong with the line. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { checkArchive } from '../../src/pins/archive-stream.js'
import { FaultProxy } from '../servers/fault-proxy.js'
import { rcloneDav, skipWithoutRclone } from '../servers/webdav.js'
import { archiveOf, archiveOfAll, largeFile } from '../support/archives.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.test(
  'a stream that fails says nothing of the archive; one that ends too early does',
  async (t) => {
    const { blocks } = largeFile([randomBytes(1000), randomBytes(1000)], 10)
    for (const version of [1, 2] as const) {
      const archive = await archiveOf(blocks, version)
      for (const length of [5, 30, 60, 1000, archive.length - 700]) {
        const cut = (error?: KitError) =>
          async function* () {
            yield archive.subarray(0, length)
            if (error !== undefined) throw error
          }
        const check = (error?: KitError) => checkArchive(blocks[0]!.cid, cut(error)())
        for (const code of ['BACKEND_UNAVAILABLE', 'UNSUPPORTED', 'TIMEOUT'] as const) {
          const error = new KitError(code, 'the line broke')
          await t.rejects(check(error), error, `version ${version}, ${length}, ${code}`)
        }
        if (length < 1900) await t.rejects(check(), { code: 'CORRUPT_FORMAT' })
      }
    }
  }
)

t.test('an archive that lacks blocks, and one of other content, is damaged', async (t) => {
  const { blocks } = largeFile([randomBytes(1000), randomBytes(1000)], 10)
  const check = async (held: typeof blocks) => {
    const archive = archiveOfAll(held)
    return await checkArchive(blocks[0]!.cid, async function* () { yield archive }()) // prettier-ignore
  }
  t.equal(await check(blocks), blocks.length)
  await t.rejects(check(blocks.slice(0, -1)), { code: 'CORRUPT_FORMAT', message: /lacks a block below it/ }) // prettier-ignore
  await t.rejects(check(blocks.slice(1)), { code: 'CORRUPT_FORMAT', message: /holds another archive/ }) // prettier-ignore
})

t.test(
  'threats 42: a line that breaks while an archive is hashed leaves the copy what it was',
  { ...skipWithoutRclone, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'verify')
    mkdirSync(join(folder, 'files'))
    const server = await rcloneDav(t, join(folder, 'files'))
    const proxy = await FaultProxy.before(t, Number(new URL(server.url).port))
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'dav', '--type', 'webdav', '--url', proxy.url)
    writeFileSync(join(folder, 'file'), randomBytes(5 << 20))
    const cid = await kit.add(join(folder, 'file'))
    await kit.ok('pin', 'add', cid, '--backend', 'dav')
    proxy.use({ resetAfter: 2 << 20 })
    const verified = await kit.run(['pin', 'verify', '--read-data', '--json'])
    t.match(String(verified.stdout), /"status": ?"unknown"/, verified.stdout.toString())
    proxy.use({})
    t.match(await kit.ok('pin', 'verify', '--read-data'), /^1 copy hashed and sound/m)
  }
)
