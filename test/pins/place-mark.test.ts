/** The mark of a place, over files in memory. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import { KitError } from '../../src/core/errors.js'
import { PLACE_FILE } from '../../src/pins/place-file.js'
import { PlaceMark, UNMARKED, type KnownPlace } from '../../src/pins/place-mark.js'
import { TestClock } from '../support/clock.js'
import { MemoryFiles } from '../support/memory-files.js'

const { signal } = new AbortController()
const ARCHIVE = 'cars/a.car'
const ELSEWHERE = { code: 'BACKEND_UNAVAILABLE', message: /is not the one that pins were stored in.*--new-place/ } // prettier-ignore

/** A home with some backends, by their names. */
class Places {
  readonly ids = new Map<string, string>()
  readonly warned: string[] = []
  copies: string[] = []

  of(name: string): KnownPlace {
    return {
      name,
      id: this.ids.get(name),
      copies: () => Promise.resolve(this.copies),
      isTaken: (id) => [...this.ids.values()].includes(id),
      remember: (id) => {
        for (const [other, taken] of this.ids)
          if (other !== name && taken === id && id !== UNMARKED) throw new KitError('EXISTS', `${other} has it`) // prettier-ignore
        this.ids.set(name, id)
      },
      warn: (message) => this.warned.push(message)
    }
  }

  mark(name: string, files: FileReader): PlaceMark {
    return new PlaceMark(files, this.of(name), new TestClock())
  }
}

const markIn = async (files: FileReader): Promise<string> => {
  const pieces: Uint8Array[] = []
  for await (const piece of files.get(PLACE_FILE, { position: 0 }, { signal })) pieces.push(piece)
  return Buffer.concat(pieces).toString().trim()
}

const has = async (files: FileReader): Promise<boolean> =>
  (await files.stat(PLACE_FILE, { signal })) !== undefined

/** Files of which a policy allows archives alone. */
const archivesAlone = (files: MemoryFiles): FileReader & FileWriter => {
  const denied = new KitError('ACCESS_DENIED', 'Access Denied')
  return {
    list: (...args) => files.list(...args),
    stat: (name, options) => files.stat(name, options),
    get: (name, ...rest) => {
      if (name === PLACE_FILE) throw denied
      return files.get(name, ...rest)
    },
    put: (name, ...rest) => (name === PLACE_FILE ? Promise.reject(denied) : files.put(name, ...rest)), // prettier-ignore
    remove: (name, options) => files.remove(name, options)
  }
}

t.test(
  'threats 136: what an older version stored is looked for before a place is marked',
  async (t) => {
    const places = new Places()
    places.copies = ['cars/gone.car', ARCHIVE]
    const empty = new MemoryFiles()
    await t.rejects(places.mark('usb', empty).leave(empty, signal), ELSEWHERE)
    await t.rejects(places.mark('usb', empty).check(signal), ELSEWHERE, 'nothing is missing there')
    t.notOk(await has(empty))
    const disk = new MemoryFiles()
    disk.set(ARCHIVE, Buffer.from('an archive'))
    await places.mark('usb', disk).check(signal)
    t.ok(await places.mark('usb', disk).leave(disk, signal))
    t.equal(places.ids.get('usb'), await markIn(disk))
    places.ids.clear()
    places.copies = []
    t.ok(await places.mark('usb', empty).leave(empty, signal), 'a new one is begun')
  }
)

t.test('threats 136: a damaged mark tells nothing', async (t) => {
  for (const text of ['', 'torn', '\0'.repeat(37)])
    for (const known of [undefined, randomUUID()]) {
      const places = new Places()
      if (known !== undefined) places.ids.set('usb', known)
      const disk = new MemoryFiles()
      disk.set(PLACE_FILE, Buffer.from(text))
      if (known !== undefined) await t.rejects(places.mark('usb', disk).check(signal), ELSEWHERE)
      await t.rejects(places.mark('usb', disk).leave(disk, signal), ELSEWHERE)
      await places.mark('usb', disk).renew(disk, signal)
      t.equal(places.ids.get('usb'), await markIn(disk))
    }
})

t.test('a place that may not be marked keeps pins without a mark', async (t) => {
  const places = new Places()
  const files = archivesAlone(new MemoryFiles())
  const mark = places.mark('s3', files)
  for (let i = 0; i < 3; i++) t.notOk(await mark.leave(files, signal))
  t.match(places.warned, [/does not let its place be marked.*Access Denied/])
  t.equal(places.warned.length, 1)
  await mark.check(signal)
  places.copies = [ARCHIVE]
  await t.rejects(places.mark('s3', files).check(signal), ELSEWHERE)
  await places.mark('s3', files).renew(files, signal)
  t.equal(places.ids.get('s3'), UNMARKED)
  await places.mark('s3', files).check(signal)
  const known = new Places()
  known.ids.set('s3', randomUUID())
  await t.rejects(known.mark('s3', files).check(signal), { code: 'ACCESS_DENIED' })
})

t.test(
  'a copy of a disk begins anew, and other homes take over what was marked anew',
  async (t) => {
    const [home, other] = [new Places(), new Places()]
    const disk = new MemoryFiles()
    await home.mark('a', disk).leave(disk, signal)
    const first = await markIn(disk)
    await other.mark('nas', disk).leave(disk, signal)
    const clone = new MemoryFiles()
    clone.set(PLACE_FILE, Buffer.from(`${first}\n`))
    await t.rejects(home.mark('b', clone).leave(clone, signal), { code: 'EXISTS' })
    await home.mark('b', clone).renew(clone, signal)
    t.match(home.warned, [/other homes that store there have to be told/])
    t.not(await markIn(clone), first)
    t.equal(home.ids.get('b'), await markIn(clone))
    await home.mark('a', disk).renew(disk, signal)
    await t.rejects(other.mark('nas', disk).check(signal), ELSEWHERE)
    await other.mark('nas', disk).renew(disk, signal)
    t.equal(other.ids.get('nas'), home.ids.get('a'), 'they do not take turns')
    await home.mark('a', disk).check(signal)
    await home.mark('a', disk).renew(undefined, signal)
    t.equal(home.ids.get('a'), UNMARKED, 'of one that is read only nothing can be told')
  }
)

t.test('threats 137: two that mark one place at the same moment', async (t: Test) => {
  const places = new Places()
  const files = new MemoryFiles()
  let isHeld = true
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const slow: FileWriter = {
    put: async (...args) => {
      if (isHeld) await held
      await files.put(...args)
    },
    remove: (name, options) => files.remove(name, options)
  }
  const a = places.mark('a', files)
  const b = places.mark('b', files)
  const late = b.leave(slow, signal)
  t.ok(await a.leave(files, signal), 'one that takes its time holds up no other')
  isHeld = false
  release()
  t.ok(await late)
  await b.confirm(signal)
  await t.rejects(a.confirm(signal), { code: 'EXISTS' })
})

t.test('one that gives up takes the look at a place from no other', async (t) => {
  const files = new MemoryFiles()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const signals: AbortSignal[] = []
  const slow: FileReader = {
    list: (...args) => files.list(...args),
    stat: (name, options) => files.stat(name, options),
    async *get(name, range, options) {
      signals.push(options.signal)
      await held
      if (options.signal.aborted) throw options.signal.reason
      yield* files.get(name, range, options)
    }
  }
  const places = new Places()
  const mark = places.mark('usb', slow)
  const gone = new AbortController()
  const first = [mark.leave(files, gone.signal), mark.leave(files, signal)]
  await t.rejects(aborted(gone, first[0]!), { message: 'cancelled' })
  release()
  t.ok(await first[1])
  const later = new AbortController()
  const looks = [mark.check(later.signal), mark.check(signal)]
  await t.rejects(aborted(later, looks[0]!), { message: 'cancelled' })
  await looks[1]
  const before = signals.length
  const alone = new AbortController()
  const other = places.mark('usb', slow)
  const last = other.check(alone.signal)
  await t.rejects(aborted(alone, last), { message: 'cancelled' })
  t.ok(signals[before]!.aborted, 'a look that nobody waits for ends')
  await other.check(signal)
})

/** Returns a call whose operation is cancelled while it goes on. */
function aborted<T>(controller: AbortController, call: Promise<T>): Promise<T> {
  controller.abort(new Error('cancelled'))
  return call
}
