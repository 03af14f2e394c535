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

function attached(): AttachedMount {
  let end = (): void => undefined
  const done = new Promise<void>((resolve) => (end = resolve))
  return {
    open: 'none',
    done,
    report: () => ({ requests: {}, errors: {}, latency: {} as never, waiting: 0 }),
    unmount: async () => end()
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
    const events = { mounted: () => undefined, unmounted: () => undefined }
    const mounts = new Mounts(home, async () => driver, events)
    const parts: Partial<HomeServiceParts> = { home, mounts, log }
    const service = new HomeService(parts as HomeServiceParts)
    let isDone = false
    void service.done.then(() => (isDone = true))
    await service.mount('/first', OPTIONS)
    const second = service.mount('/slow', OPTIONS)
    await service.unmount('/first', false)
    await turn()
    t.notOk(isDone, 'the second is being made')
    await t.rejects(service.mount('/slow', OPTIONS), { code: 'EXISTS' })
    await t.rejects(service.mount('/broken', OPTIONS), { code: 'ACCESS_DENIED' })
    await turn()
    t.notOk(isDone)
    slow[0]!()
    await second
    t.same(mounts.paths, ['/slow'])
    await service.unmount('/slow', false)
    await turn()
    t.ok(isDone)
  }
)
