/** The bytes that a server sends for blocks of an archive, counted between it and us. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { FaultProxy } from '../../servers/fault-proxy.js'
import { skipWithoutOpenSsh } from '../../servers/openssh.js'
import { archiveOf, largeFile } from '../../support/archives.js'
import { sftpBackend, sftpPlace } from '../../support/sftp.js'
import { tempFolder } from '../../support/temp.js'

const { signal } = new AbortController()
const LEAF = 64 * 1024
/** Both ends of an archive that is named for the block: its header, its root and its index. */
const ENDS = 24 * 1024
/** A login, and what the server says about a file. */
const TALK = 16 * 1024

t.test('a block of an archive costs less than twice its size', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const leaves = Array.from({ length: 300 }, () => randomBytes(LEAF))
  const { blocks } = largeFile(leaves, 100)
  const root = blocks[0]!
  mkdirSync(join(place.files, 'cars'))
  writeFileSync(join(place.files, 'cars', `${root.cid}.car`), await archiveOf(blocks))
  const proxy = await FaultProxy.before(t, place.server.port)
  const kept = tempFolder(t, 'kept')
  const open = () => {
    const { port } = new URL(proxy.url)
    const backend = sftpBackend(t, place, {
      port: [port],
      'host-key': [place.server.fingerprint()]
    })
    backend.keepIn(kept)
    return facetOf(backend, 'blockReader')
  }
  const first = open()
  await first.getBlock(root.cid, { signal })
  const atFirst = proxy.answered
  t.ok(atFirst < ENDS + TALK, `the ends are read once: ${atFirst} bytes`)
  for (const at of [250, 7, 111, 303]) {
    proxy.answered = 0
    const { cid, block } = blocks[at]!
    t.ok(Buffer.from(await first.getBlock(cid, { signal })).equals(block))
    t.ok(proxy.answered < 2 * block.length, `${proxy.answered} bytes for ${block.length}`)
  }
  proxy.answered = 0
  const next = blocks[200]!
  await open().getBlock(next.cid, { signal })
  t.ok(proxy.answered < next.block.length + TALK, `another process: ${proxy.answered} bytes`)
})
