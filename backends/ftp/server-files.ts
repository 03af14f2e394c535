/**
 * Named files on an FTP server. The protocol has no fsync: what is put is as durable as the server
 * makes a file that it was sent. Links are followed where they are asked for by name.
 */
import { FTPError } from 'basic-ftp'
import { systemClock, type Clock } from '../../src/core/clock.js'
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import {
  CutOffPuts,
  isCutOff,
  isSameState,
  MIN_RESUMED,
  putId,
  restAfter,
  whileQuiet,
  type CutOffPut,
  type FileState,
  type Rest
} from '../files/cut-off-puts.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { checkPublicName, isPublicName, temporaryName } from '../files/temporary-name.js'
import type { Skipped } from '../skipped.js'
import type { Connection } from './connection.js'
import { Connections } from './connections.js'
import { isRefused, saysMissing } from './errors.js'
import { timeOf, type Listed } from './listing.js'
import type { FtpOptions } from './options.js'
import { isAside, putBack, replace, targetOf } from './replace.js'
import { beginTransfer, cutOff, dataOf, isAnswered, upload } from './transfer.js'

/** What a put that was cut off has left may go after a day: no upload stands still for so long. */
const STALE_MS = 24 * 3_600_000
const LEFT = /^\.put-[0-9a-f-]{36}\.tmp$/
/** Folders that are remembered as made and tidied. */
const MAX_KNOWN = 4096
/** The time to take away what a put leaves that was ended. */
const TIDY_MS = 5000

/** A file that is being put. */
interface Upload {
  readonly name: string
  readonly temporary: string
  /** What has been sent of it, in bytes; undefined before the server takes anything. */
  bytes: number | undefined
  /** Why the content broke off, where it did. */
  broken?: unknown
}

export class ServerFiles implements StoredFiles {
  readonly where: string
  readonly #connections: Connections
  readonly #skipped: Skipped
  readonly #clock: Clock
  readonly #known = new Set<string>()
  readonly #cutOff = new CutOffPuts()
  /** Whether the server has not refused to append to a file. */
  #appends = true

  constructor(options: FtpOptions, skipped: Skipped, clock: Clock = systemClock) {
    this.#connections = new Connections(options)
    this.#skipped = skipped
    this.#clock = clock
    this.where = this.#connections.where
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    check(name, signal)
    const lease = await this.#connections.lease(signal)
    try {
      const { connection } = lease
      // The size first: a connection that ends early looks like the end of the file.
      const size = await lease.until(connection.size(name))
      if (size === undefined) throw noFile(name)
      const length = Math.min(range.length ?? size, size - range.position)
      if (length <= 0) return
      const command = `RETR ${connection.pathOf(name)}`
      const transfer = await lease.until(beginTransfer(connection.client, command, range.position))
      let left = length
      // FTP has no end of a range: what is enough is cut off by closing the connection.
      const isCut = range.position + length < size
      for await (const piece of dataOf(transfer)) {
        const part = piece.subarray(0, left)
        left -= part.length
        if (left === 0 && isCut) lease.endAfter(cutOff(transfer))
        if (part.length > 0) yield part
        if (signal.aborted) throw signal.reason
        if (left === 0 && (isCut || part.length === 0)) return
      }
      await transfer.ended
      if (left > 0) throw new KitError('BACKEND_UNAVAILABLE', `${name} ended ${left} bytes early`)
    } catch (error) {
      throw lease.fail(error)
    } finally {
      lease.end()
    }
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    if (signal.aborted) throw signal.reason
    const entries = await this.#connections.use(signal, (connection) => connection.list(folder))
    const files = (entries ?? []).filter((entry) => this.#isWanted(folder, entry, suffix))
    const named = files.map((entry) => ({ ...entry, name: join(folder, entry.name) }))
    if (named.every(({ modified }) => modified !== undefined)) return yield* named.map(entryOf)
    // Without MLSD a listing tells minutes, in which a file can be replaced by one of its size.
    for (const entry of named) {
      if (signal.aborted) throw signal.reason
      const modified = await this.#connections.use(signal, (one) => one.modified(entry.name))
      yield entryOf({ ...entry, modified })
    }
  }

  /** Names that lead elsewhere are not believed to be there. */
  #isWanted(folder: string, { name, kind, size }: Listed, suffix: string): boolean {
    if (!name.endsWith(suffix) || LEFT.test(name) || isAside(name)) return false
    if (name.includes('/') || name.includes('\ufffd') || !isPublicName(name)) {
      this.#skipped.tell(`${this.where} lists ${JSON.stringify(name)}, which is no name of a file`)
      return false
    }
    if (kind === 'other') this.#skipped.tell(`${this.where}: ${join(folder, name)} is no file`)
    return kind === 'file' && Number.isSafeInteger(size)
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    check(name, signal)
    const found = await this.#connections.use(signal, (connection) => connection.look(name))
    return found && entryOf(found)
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    const temporary = temporaryName(name, putId(name))
    const file: Upload = { name, temporary, bytes: undefined }
    const put = (one: Connection): Promise<void> => this.#put(one, file, content, signal)
    try {
      await this.#cutOff.during(temporary, () => this.#connections.use(signal, put, 'upload'))
    } catch (error) {
      for (const path of this.#leftBy(file, error)) await this.#takeAway(path)
      throw error
    }
    for (const path of this.#cutOff.expired()) await this.#takeAway(path)
  }

  /** Remembers what a put that failed has left, where a later one can go on with it. @returns what is to be removed. */
  #leftBy({ temporary, bytes, broken }: Upload, error: unknown): string[] {
    if (bytes === undefined) return []
    const isKept = this.#appends && bytes >= MIN_RESUMED && isCutOff(broken ?? error)
    return isKept ? this.#cutOff.left(temporary) : [temporary]
  }

  async #put(
    connection: Connection,
    file: Upload,
    content: FileContent,
    signal: AbortSignal
  ): Promise<void> {
    const { client } = connection
    const { name, temporary } = file
    const folder = folderOf(name)
    const command = `STOR ${connection.pathOf(temporary)}`
    const send = (): Promise<number> => upload(client, command, counted(content, file, 0), signal)
    const isNew = await this.#prepare(connection, folder)
    const sent =
      (await this.#goOn(connection, file, content, signal)) ??
      (await send().catch(async (error: unknown) => {
        // A folder that was known may be gone since. Nothing of the content was taken.
        if (!isRefused(error) || isNew) throw error
        this.#known.delete(folder)
        await this.#prepare(connection, folder)
        return await send()
      }))
    const size = await connection.size(temporary)
    if (size !== sent)
      throw new KitError('BACKEND_UNAVAILABLE', `${this.where} has ${size ?? 'none'} of the ${sent} bytes of ${name} that were sent; it is not put`) // prettier-ignore
    if (signal.aborted) throw signal.reason
    await replace(connection, temporary, name).catch((error: unknown) => {
      // The older file may have been left aside: the next put looks.
      this.#known.delete(folder)
      throw error
    })
  }

  /** Appends to what a put of the same content left. @returns the size then; undefined where there is nothing of that. */
  async #goOn(
    connection: Connection,
    file: Upload,
    content: FileContent,
    signal: AbortSignal
  ): Promise<number | undefined> {
    const left = this.#cutOff.take(file.name)
    if (left === undefined) return undefined
    const begun = await this.#claim(connection, left, file, content, signal).catch(
      (error: unknown) => {
        if (isRefused(error)) return undefined
        this.#cutOff.giveBack(left)
        throw error
      }
    )
    if (begun !== undefined) return await this.#append(connection, file, begun, signal)
    if (left.isOwn) await this.#takeAway(left.path)
    return undefined
  }

  /** Takes a file over that holds the beginning of some content, and to which nobody writes. */
  async #claim(
    connection: Connection,
    { path }: CutOffPut,
    file: Upload,
    content: FileContent,
    signal: AbortSignal
  ): Promise<Begun | undefined> {
    const before = await stateOf(connection, path)
    const { size } = before
    if (size < MIN_RESUMED) return undefined
    const rest = await restAfter(content, { size, pieces: storedOf(connection, path) }, signal)
    if (rest === undefined) return undefined
    try {
      await whileQuiet(signal)
      // Whoever renames it first has it.
      if (isSameState(before, await stateOf(connection, path))) {
        await connection.client.rename(connection.pathOf(path), connection.pathOf(file.temporary))
        file.bytes = size
        // Else it is begun anew under that name.
        if ((await connection.size(file.temporary)) === size) return { size, rest }
      }
    } catch (error) {
      rest.end()
      throw error
    }
    rest.end()
    return undefined
  }

  /** @returns the size then; undefined where the server does not append. */
  async #append(
    connection: Connection,
    file: Upload,
    { size, rest }: Begun,
    signal: AbortSignal
  ): Promise<number | undefined> {
    const command = `APPE ${connection.pathOf(file.temporary)}`
    try {
      return size + (await upload(connection.client, command, counted(() => rest.pieces, file, size), signal)) // prettier-ignore
    } catch (error) {
      rest.end()
      const isBegun = file.bytes !== size
      const isRefusal = error instanceof FTPError && error.code >= 500
      if (isBegun || file.broken !== undefined || !isRefusal) throw error
      this.#appends = false
      return undefined
    }
  }

  /** Makes a folder, and takes away what is left in it. @returns whether it was not known before. */
  async #prepare(connection: Connection, folder: string): Promise<boolean> {
    if (this.#known.has(folder)) return false
    if ((await connection.enter(folder)) === undefined) await makeFolder(connection, folder)
    else await this.#tidyFolder(connection, folder, this.#clock.now() - STALE_MS)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.add(folder)
    return true
  }

  /** Puts back and removes what is left in a folder. @returns how much was removed. */
  async #tidyFolder(connection: Connection, folder: string, before: number): Promise<number> {
    let count = 0
    const entries = (await connection.list(folder)) ?? []
    const names = new Set(entries.map(({ name }) => name))
    for (const { name, modified } of entries) {
      const target = targetOf(name)
      if (target !== undefined)
        await putBack(connection, join(folder, name), join(folder, target), names.has(target)) // prettier-ignore
      else if (LEFT.test(name))
        if (await this.#tidy(connection, join(folder, name), modified, before)) count++
        else this.#cutOff.found(join(folder, name))
    }
    return count
  }

  /** @returns whether it was old enough to be removed. */
  async #tidy(
    connection: Connection,
    name: string,
    modified: string | undefined,
    before: number
  ): Promise<boolean> {
    const time = timeOf(modified ?? (await connection.modified(name)))
    if (time === undefined || time >= before) return false
    await connection.client.remove(connection.pathOf(name), true)
    return true
  }

  /** Folders of blocks are looked into when one is put there: they are too many to be listed. */
  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    return await this.#connections.use(signal, async (connection) => {
      let count = 0
      for (const folder of ['', 'cars']) count += await this.#tidyFolder(connection, folder, before)
      return count
    })
  }

  async #takeAway(temporary: string): Promise<void> {
    const signal = AbortSignal.timeout(TIDY_MS)
    await this.#connections
      .use(signal, (one) => one.client.remove(one.pathOf(temporary), true))
      .catch(() => undefined)
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    check(name, signal)
    await this.#connections.use(signal, async (connection) => {
      await connection.client.remove(connection.pathOf(name)).catch(async (error: unknown) => {
        // Where a reason is given that is another, it need not be looked for.
        if (!isRefused(error) || saysMissing(error) === false || (await connection.look(name)) !== undefined) throw error // prettier-ignore
      })
    })
  }

  async describe({ signal }: CallOptions): Promise<string> {
    return await this.#connections.use(signal, async (connection) => {
      await connection.mustBeThere()
      const welcome = connection.welcome.split('\n')[0]!.slice(4, 84).replace(/-{3,}/g, '').trim()
      return `${welcome}${connection.isTls ? '' : ' (no TLS: the password goes in the clear)'}`
    })
  }

  close(): Promise<void> {
    this.#connections.close()
    return Promise.resolve()
  }
}

/** A file that was taken over, and what is to follow in it. */
interface Begun {
  /** In bytes. */
  readonly size: number
  readonly rest: Rest
}

async function stateOf(connection: Connection, name: string): Promise<FileState> {
  const found = await connection.look(name)
  return { size: found?.size ?? 0, modified: found?.modified }
}

/** Reads a file from its beginning to its end. */
async function* storedOf(connection: Connection, name: string): AsyncIterable<Uint8Array> {
  const transfer = await beginTransfer(connection.client, `RETR ${connection.pathOf(name)}`)
  let isWhole = false
  try {
    yield* dataOf(transfer)
    isWhole = true
  } finally {
    // The next question comes after the answer to this one.
    if (!isWhole) await isAnswered(cutOff(transfer))
  }
  await transfer.ended
}

/** Content that tells how much of a file has been sent. */
function counted(content: FileContent, file: Upload, from: number): FileContent {
  return async function* () {
    file.bytes = from
    try {
      for await (const piece of content()) {
        file.bytes += piece.length
        yield piece
      }
    } catch (error) {
      file.broken = error
      throw error
    }
  }
}

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))

function check(name: string, signal: AbortSignal): void {
  checkPublicName(name)
  if (signal.aborted) throw signal.reason
}

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)

const entryOf = ({ name, size, modified = '', unique = '' }: Listed): FileEntry => ({
  name,
  size,
  version: `${modified}-${size}-${unique}`
})

async function makeFolder(connection: Connection, folder: string): Promise<void> {
  const parts = folder.split('/')
  for (let count = 1; count <= parts.length; count++) {
    const path = connection.pathOf(parts.slice(0, count).join('/'))
    // Another may make it at the same time: it only has to be there in the end.
    await connection.client.send(`MKD ${path}`).catch(async (error: unknown) => {
      if (!isRefused(error)) throw error
      await connection.client.cd(path).catch(() => {
        throw error
      })
    })
  }
}
