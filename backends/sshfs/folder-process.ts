/**
 * The process that works on a mount for a backend. It alone makes calls that a dead mount holds up,
 * and is killed then. It ends when nobody is there to answer to.
 */
import { stat } from 'node:fs/promises'
import { isKitError, KitError, toKitError } from '../../src/core/errors.js'
import { setCallTime, type CallTime } from '../call-time.js'
import { folderError } from '../filesystem/errors.js'
import { NamedFolder } from '../filesystem/named-folder.js'
import { isRenameError } from '../files/rename-step.js'
import { Skipped } from '../skipped.js'
import type { FromFolder, ToFolder, Value, Work } from './folder-messages.js'
import { Turnstile } from './turnstile.js'

/** How often the owner hears of a step that takes long. */
const BUSY_MS = 250

const [path = '', device = ''] = process.argv.slice(2)
const send = (message: FromFolder): void => void process.send?.(message)

class ToldToOwner extends Skipped {
  override tell(reason: string): void {
    send({ skipped: reason })
  }
}

/** Tells the owner of a call, whose time runs there, that a step that takes long is still under way. */
class ToldTime implements CallTime {
  readonly #id: number
  #steps = 0
  #timer: NodeJS.Timeout | undefined

  constructor(id: number) {
    this.#id = id
  }

  extend(): void {
    send({ id: this.#id, busy: true })
  }

  again(): void {
    this.extend()
  }

  pause(): void {
    if (this.#steps++ === 0) this.#timer = setInterval(() => this.extend(), BUSY_MS)
  }

  resume(): void {
    if (--this.#steps === 0) clearInterval(this.#timer)
  }
}

const folder = new NamedFolder(path, new ToldToOwner(''))

/** A call that is under way. */
interface Running {
  readonly end: AbortController
  /** Pieces of content that came, or turns to give out a value. */
  readonly turns: Turnstile<Uint8Array | undefined>
}

const running = new Map<number, Running>()

async function answer(id: number, work: Work): Promise<void> {
  const call: Running = { end: new AbortController(), turns: new Turnstile() }
  running.set(id, call)
  setCallTime(call.end.signal, new ToldTime(id))
  try {
    await mustBeMounted()
    const done = await run(id, work, call)
    // Whoever unmounts it meanwhile leaves an empty folder, of which nothing may be told.
    await mustBeMounted()
    send({ id, done })
  } catch (error) {
    const { code, message } = isKitError(error) ? error : toKitError(error)
    send({ id, failure: { code, message, isRename: isRenameError(error) } })
  } finally {
    running.delete(id)
  }
}

async function run(
  id: number,
  work: Work,
  call: Running
): Promise<Extract<FromFolder, { done: unknown }>['done']> {
  // prettier-ignore
  const options = { signal: call.end.signal }
  switch (work.call) {
    case 'get':
      return await giveOut(id, folder.get(work.name, work.range, options), call)
    case 'list':
      return await giveOut(id, folder.list(work.folder, work.suffix, options), call)
    case 'put':
      return await folder.put(work.name, () => contentOf(id, call), options).then(() => undefined)
    case 'stat':
      return await folder.stat(work.name, options)
    case 'remove':
      return await folder.remove(work.name, options).then(() => undefined)
    case 'sweep':
      return await folder.sweep(work.before, options)
    case 'describe':
      return await folder.describe()
  }
}

/** Gives each value when it is asked for. */
async function giveOut(
  id: number,
  values: AsyncIterable<Value>,
  { turns }: Running
): Promise<undefined> {
  // prettier-ignore
  for await (const value of values) {
    await turns.next()
    send({ id, value })
  }
  return undefined
}

async function* contentOf(id: number, { turns }: Running): AsyncIterable<Uint8Array> {
  for (;;) {
    send({ id, pull: true })
    const piece = await turns.next()
    if (piece === undefined) return
    yield piece
  }
}

/** @throws BACKEND_UNAVAILABLE where another file system is there by now. */
async function mustBeMounted(): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw folderError(error, path)
  })
  if (deviceText(found.dev) === device) return
  throw new KitError('BACKEND_UNAVAILABLE', `${path} is not mounted any more; mount it again`)
}

/** The device of a file as the table of mounts has it. Source: makedev(3) of glibc. */
function deviceText(dev: number): string {
  const bits = BigInt(dev)
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn)
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}

process.on('message', (message: ToFolder) => {
  if ('work' in message) return void answer(message.id, message.work)
  const call = running.get(message.id)
  if (call === undefined) return
  if ('cancel' in message) {
    const reason = new KitError('ABORTED', 'the call was ended')
    call.end.abort(reason)
    call.turns.fail(reason)
  } else call.turns.give('piece' in message ? message.piece : undefined)
})

// An interrupt is meant for the owner, which may have something to tidy up with our help.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
// A thread that a mount holds up would hold up an orderly end, too.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
