import { getEventListeners } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { abortController, abortion, onAbort } from '../../src/core/abort.js'
import { Semaphore } from '../../src/core/semaphore.js'
import { SingleFlight } from '../../src/core/single-flight.js'
import { ROOT } from '../support/paths.js'

const bound = (controller: AbortController) => ({
  signal: controller.signal,
  abort: (reason: Error): void => controller.abort(reason)
})

t.test('each wait is told once, in order, unless it was ended', async (t) => {
  const { signal, abort } = bound(abortController())
  const told: string[] = []
  const both = (): number => told.push('twice')
  onAbort(signal, () => told.push('first'))
  onAbort(signal, () => told.push('ended'))()
  onAbort(signal, both)
  onAbort(signal, both)
  abort(new Error('enough'))
  abort(new Error('again'))
  t.same(told, ['first', 'twice', 'twice'])
  await t.rejects(abortion(signal).aborted, { message: 'enough' })
})

t.test('20,000 who wait on one signal are one listener', async (t) => {
  const { signal, abort } = bound(abortController())
  const semaphore = new Semaphore(1)
  const flights = new SingleFlight<void>()
  let letGo: (() => void) | undefined
  const held = semaphore.run(1, () => new Promise<void>((done) => (letGo = done)))
  const waits = Array.from({ length: 10_000 }, (_, i) => [
    semaphore.run(1, async () => undefined, signal),
    flights.run(String(i), signal, () => new Promise(() => undefined))
  ]).flat()
  t.equal(getEventListeners(signal, 'abort').length, 1)
  const outcomes = Promise.allSettled(waits)
  abort(new Error('enough'))
  t.ok((await outcomes).every(({ status }) => status === 'rejected'))
  letGo?.()
  await held
})

t.test('nobody adds a listener of its own to a signal', async (t) => {
  const files = ['src', 'backends', 'vfs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file))
  )
  const own = files.filter((file) =>
    readFileSync(join(ROOT, file), 'utf8').includes("EventListener('abort'")
  )
  t.same(own, ['src/core/abort.ts'])
})
