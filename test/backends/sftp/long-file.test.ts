/** Files that are so long that the server's disk takes them in while more of them comes. */
import { createReadStream } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { skipWithoutOpenSsh, type OpenSshOptions } from '../../servers/openssh.js'
import { sftpBackend, sftpPlace } from '../../support/sftp.js'

const { signal } = new AbortController()
const PIECES = 70

/** Pieces that are long and short, of which no two are alike. */
function* content(): Generator<Uint8Array> {
  for (let i = 0; i < PIECES; i++) {
    yield Buffer.alloc(1 << 20, i)
    yield Buffer.from(`short ${i}`)
    yield Buffer.alloc(0)
  }
}

function expected(): string {
  const hash = createHash('sha256')
  for (const piece of content()) hash.update(piece)
  return hash.digest('hex')
}

const cases: readonly [string, OpenSshOptions, number][] = [
  ['a server that opens further channels', {}, 2],
  ['a server that opens one channel alone', { channels: 1 }, 1],
  ['a server that cannot sync', { denied: ['fsync'] }, 1]
]

for (const [what, options, channels] of cases)
  t.test(`${what} takes a long file`, skipWithoutOpenSsh, async (t) => {
    const place = await sftpPlace(t, options)
    const backend = sftpBackend(t, place)
    await facetOf(backend, 'fileWriter').put('long', content, { signal })
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(place.files, 'long')), hash)
    t.equal(hash.digest('hex'), expected())
    const starts = place.server.said.match(/Starting session: subsystem 'sftp'/g) ?? []
    t.equal(starts.length, channels)
  })
