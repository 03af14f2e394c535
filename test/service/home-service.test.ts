/** The life of an engine: it ends when nothing needs it, and not before. Its driver is a fixture. */
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { makeLog } from '../../src/core/log.js'
import type { AttachedMount, FuseDriver, MountOptions } from '../../src/mount/driver.js'
import { HomeService, type HomeServiceParts } from '../../src/service/home-service.js'
import { Mounts } from '../../src/service/mounts.js'
import { tempFolder } from '../support/temp.js'

const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
const OPTIONS = { driver: 'raw', open: 'none' } as MountOptions

/** What ends each mount, as when nobody has it any more. */
const ends: (() => void)[] = []

function attached(): AttachedMount {
  return {
    device: `fixture ${ends.length}`,
    open: 'none',
    done: new Promise<void>((resolve) => ends.push(resolve)),
    report: () => ({ requests: {}, errors: {}, latency: {} as never, waiting: 0, waited: 0 }),
    rest: async () => undefined,
    abort: async () => undefined
  }
}

t.test(
  'fixture: an engine lives while a mount is being made, and ends with the last',
  async (t) => {
    const home = tempFolder(t, 'service')
    const slow: (() => void)[] = []
    const driver: FuseDriver = {
      name: 'fixture',
      mount: async (path) => {
        if (path === '/broken') throw new KitError('ACCESS_DENIED', 'not allowed')
        if (path === '/slow') await new Promise<void>((resolve) => slow.push(resolve))
        return attached()
      }
    }
    const mounts = new Mounts(
      home,
      async () => driver,
      () => undefined
    )
    const parts: Partial<HomeServiceParts> = { home, mounts, log }
    const service = new HomeService(parts as HomeServiceParts)
    let isDone = false
    void service.done.then(() => (isDone = true))
    await service.mount('/first', OPTIONS)
    const second = service.mount('/slow', OPTIONS)
    ends[0]!()
    await turn()
    t.notOk(isDone, 'the second is being made')
    await t.rejects(service.mount('/slow', OPTIONS), { code: 'EXISTS' })
    await t.rejects(service.mount('/broken', OPTIONS), { code: 'ACCESS_DENIED' })
    await turn()
    t.notOk(isDone)
    slow[0]!()
    await second
    t.match(mounts.status(), [{ path: '/slow', isHeld: true }], 'the kernel shows it nowhere')
    ends[1]!()
    await turn()
    t.ok(isDone)
    await t.rejects(service.mount('/late', OPTIONS), { code: 'CLOSED' }, 'the next engine is asked')
  }
)

t.test(
  'threats 61: a mount that nobody waits for any more is taken away once it is made',
  async (t) => {
    const home = tempFolder(t, 'service')
    let made = (): void => undefined
    let aborted = 0
    const driver: FuseDriver = {
      name: 'fixture',
      mount: async () => {
        await new Promise<void>((resolve) => (made = resolve))
        const { length } = ends
        const abort = async (): Promise<void> => {
          aborted++
          ends[length]!()
        }
        return { ...attached(), abort }
      }
    }
    const mounts = new Mounts(
      home,
      async () => driver,
      () => undefined
    )
    const parts: Partial<HomeServiceParts> = { home, mounts, log }
    const service = new HomeService(parts as HomeServiceParts)
    service.stay()
    const end = new AbortController()
    const mounting = service.mount('/mount', OPTIONS, end.signal)
    await turn()
    end.abort(new KitError('ABORTED', 'interrupted'))
    made()
    await t.rejects(mounting, { code: 'ABORTED', message: 'interrupted' })
    t.same([aborted, mounts.status()], [1, []])
    await t.rejects(service.mount('/mount', OPTIONS, end.signal), { code: 'ABORTED' })
    t.same(mounts.status(), [], 'nor is another begun')
  }
)
