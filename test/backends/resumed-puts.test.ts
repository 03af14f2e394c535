/** Files that are put by SFTP and FTP, cut off in the middle, and gone on with. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import type { FileContent } from '../../backends/facets/named-files.js'
import { MIN_RESUMED } from '../../backends/files/cut-off-puts.js'
import { FtpBackend } from '../../backends/ftp/backend.js'
import { KitError } from '../../src/core/errors.js'
import { FtpServer, skipWithoutFtp } from '../servers/ftp.js'
import { skipWithoutOpenSsh } from '../servers/openssh.js'
import { sftpBackend, sftpPlace } from '../support/sftp.js'

const { signal } = new AbortController()
const MIB = 1 << 20
const NAME = 'cars/file'
/** Pieces of uneven lengths, which no request of a protocol has. */
const PIECES = Array.from({ length: 30 }, (_, i) => randomBytes(MIB - 1000 * i))
const WHOLE = Buffer.concat(PIECES)
const CUT_AT = 20

interface Place {
  /** A backend of a new process. */
  readonly open: () => Backend
  /** The folder that it stores in. */
  readonly files: string
  readonly kill: () => Promise<unknown>
  readonly run: () => Promise<unknown>
}

async function openSsh(t: Test): Promise<Place> {
  const place = await sftpPlace(t)
  const { server, files } = place
  return { files, open: () => sftpBackend(t, place), kill: () => server.kill(), run: () => server.run() } // prettier-ignore
}

const ftp = (kind: 'vsftpd' | 'pure-ftpd') => async (t: Test) => {
  const server = await FtpServer.start(t, kind)
  const open = (): Backend => {
    const backend = new FtpBackend('ftp', server.options, { warn: () => undefined })
    t.teardown(() => backend.close())
    return backend
  }
  return { files: server.data, open, kill: () => server.kill(), run: () => server.run() }
}

const put = (backend: Backend, content: FileContent): Promise<void> =>
  facetOf(backend, 'fileWriter').put(NAME, content, { signal })

const stored = (place: Place): Buffer => readFileSync(join(place.files, NAME))

/** Returns the paths of what puts left. */
const left = ({ files }: Place): string[] =>
  readdirSync(files, { recursive: true, encoding: 'utf8' })
    .filter((name) => /[\da-f]{8}-[\da-f]{4}-/.test(name))
    .map((name) => join(files, name))

/** Puts the beginning of a file, of which the server is killed, and starts it again. @returns what is left. */
async function cutOff(t: Test, place: Place, backend: Backend): Promise<string> {
  const content = async function* (): AsyncIterable<Uint8Array> {
    for (const [i, piece] of PIECES.entries()) {
      if (i === CUT_AT) await place.kill()
      yield piece
    }
  }
  await t.rejects(put(backend, content), { code: 'BACKEND_UNAVAILABLE' })
  await place.run()
  // Connections that are idle hear of the kill.
  await delay(500)
  const [path, ...others] = left(place)
  t.same(others, [])
  t.ok(statSync(path!).size >= MIN_RESUMED, `${statSync(path!).size} bytes are left`)
  return path!
}

const SERVERS = [
  ['OpenSSH', openSsh, skipWithoutOpenSsh],
  ['vsftpd', ftp('vsftpd'), skipWithoutFtp],
  ['pure-ftpd', ftp('pure-ftpd'), skipWithoutFtp]
] as const

for (const [server, start, skip] of SERVERS)
  t.test(server, { ...skip, timeout: 300_000 }, async (t) => {
    t.test('a put goes on where one of this process, or of another, was cut off', async (t) => {
      const place = await start(t)
      for (const isOther of [false, true]) {
        const backend = place.open()
        const path = await cutOff(t, place, backend)
        const { ino, size } = statSync(path)
        // What the disk lost of it is sent again.
        truncateSync(path, size - 12_345)
        await put(isOther ? place.open() : backend, () => PIECES)
        t.ok(stored(place).equals(WHOLE))
        t.equal(statSync(join(place.files, NAME)).ino, ino, 'it is the same file')
        t.same(left(place), [])
      }
    })

    t.test('threats 149: what is left is believed only where its bytes are those', async (t) => {
      const place = await start(t)
      const backend = place.open()
      const path = await cutOff(t, place, backend)
      const damaged = readFileSync(path)
      damaged[3_000_000]! ^= 1
      writeFileSync(path, damaged)
      await put(backend, () => PIECES)
      t.ok(stored(place).equals(WHOLE), 'a byte on the disk changed')
      t.same(left(place), [], 'and what is of no use is gone')

      await cutOff(t, place, backend)
      const other = [PIECES[1]!, PIECES[0]!]
      await put(backend, () => other)
      t.ok(stored(place).equals(Buffer.concat(other)), 'another content of the name')
      t.same(left(place), [])

      await cutOff(t, place, backend)
      const shorter = PIECES.slice(0, 5)
      await put(backend, () => shorter)
      t.ok(stored(place).equals(Buffer.concat(shorter)), 'one that is shorter than what is left')
      t.same(left(place), [])

      const again = await cutOff(t, place, backend)
      await put(backend, () => [readFileSync(again)])
      t.equal(stored(place).length > MIN_RESUMED, true, 'one that is all there already')
      t.same(left(place), [])
    })

    t.test('a put that fails by its content, or is cancelled, leaves nothing', async (t) => {
      const place = await start(t)
      const backend = place.open()
      const failing = function* (): Generator<Uint8Array> {
        yield* PIECES
        throw new Error('no more')
      }
      await t.rejects(put(backend, failing), { message: 'no more' })
      t.same(left(place), [])
      const cancel = new AbortController()
      const cancelled = async function* (): AsyncIterable<Uint8Array> {
        for (const [i, piece] of PIECES.entries()) {
          if (i === CUT_AT) cancel.abort(new KitError('ABORTED', 'cancelled'))
          yield piece
        }
      }
      const running = facetOf(backend, 'fileWriter').put(NAME, cancelled, { signal: cancel.signal })
      await t.rejects(running, { code: 'ABORTED' })
      t.same(left(place), [])
    })

    t.test('a put whose source broke off goes on as well', async (t) => {
      const place = await start(t)
      const backend = place.open()
      const away = function* (): Generator<Uint8Array> {
        yield* PIECES.slice(0, CUT_AT)
        throw new KitError('BACKEND_UNAVAILABLE', 'the source is away')
      }
      await t.rejects(put(backend, away), { code: 'BACKEND_UNAVAILABLE' })
      const [path] = left(place)
      const { ino } = statSync(path!)
      await put(backend, () => PIECES)
      t.ok(stored(place).equals(WHOLE))
      t.equal(statSync(join(place.files, NAME)).ino, ino)
    })
  })
