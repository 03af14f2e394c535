/** Commands that write blocks: a session of their own, published by the owner of the home. */
import { setTimeout as delay } from 'node:timers/promises'
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { Pin } from '../store/pins.js'
import { WriteSession } from '../store/session.js'
import type { Context, ContentView } from './context.js'

const GC_WAIT_MS = 120_000

/**
 * Run `work` in a new session, then make its blocks and the pins it asks for durable.
 * Whatever goes wrong, nothing of it is left.
 */
export async function writing<T>(
  context: Context,
  work: (
    session: WriteSession,
    reading: ContentView
  ) => Promise<{ result: T; pins: readonly Pin[] }>
): Promise<T> {
  const owner = await context.services.openOwner(context.home, (line) => context.warn(line))
  // Owning the home while hashing would keep others waiting: let go until it is time to publish.
  owner.close()
  const reading = context.services.openReading(context.home)
  const session = await openSession(context, reading)
  try {
    const { result, pins } = await work(session, reading)
    if (!session.isEmpty) session.finish()
    await publish(context, session, pins)
    return result
  } finally {
    session.close()
    reading.reader.close()
  }
}

async function publish(
  context: Context,
  session: WriteSession,
  pins: readonly Pin[]
): Promise<void> {
  if (session.isEmpty && pins.length === 0) return
  const owner = await context.services.openOwner(context.home, (line) => context.warn(line))
  try {
    if (session.isEmpty) await owner.addPins(pins)
    else await owner.publish(session.id, pins)
  } finally {
    owner.close()
  }
}

async function openSession(context: Context, reading: ContentView): Promise<WriteSession> {
  const deadline = Date.now() + GC_WAIT_MS
  for (let told = false; ; told = true) {
    try {
      return new WriteSession(reading.reader)
    } catch (error) {
      if (!isKitError(error, 'LOCKED') || Date.now() > deadline) throw error
      if (!told) context.note('waiting for gc to finish…')
      await delay(50, undefined, { signal: context.signal })
    }
  }
}

export const newPin = (cid: string, type: Pin['type'], name: string): Pin => ({
  cid,
  type,
  name,
  createdAt: new Date().toISOString()
})

/** @throws INVALID_CID; a CID given with a path is refused. */
export function parseCid(text: string): Cid {
  if (text.includes('/') && !text.startsWith('/ipfs/'))
    throw new KitError('INVALID_CID', `"${text}" is a path; give the CID alone`)
  return Cid.parse(text.replace(/^\/ipfs\//, ''))
}
