/** A backend that others change while a person is asked about it. */
import { join } from 'node:path'
import t from 'tap'
import { readConfigured, saveConfigured } from '../../backends/configured.js'
import { backendUpdate } from '../../src/operations/backend-update.js'
import type { Services } from '../../src/operations/services.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const run = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined } // prettier-ignore

t.test('what a request does not name stays as it is when it is saved', async (t) => {
  const kit = new Kit(join(tempFolder(t), 'home'))
  const config = { id: 'one', type: 'webdav', options: { url: ['http://127.0.0.1:1/'], user: ['me'] }, priority: 100, timeout_ms: 1000, read_only: false } // prettier-ignore
  saveConfigured(kit.home, 'dav', config)
  const ask = (): Promise<string> => {
    saveConfigured(kit.home, 'dav', { ...config, priority: 7, place: 'a mark' })
    return Promise.resolve('a password')
  }
  const services = new Proxy({} as Services, {
    get: (_, name) => (name === 'home' ? kit.home : () => Promise.resolve())
  })
  const request = { name: 'dav', options: { user: ['you'] }, cost: 3, secrets: { ask } }
  t.match(await backendUpdate(services, request, run), { priority: 7, cost: 3, options: { user: ['you'] } }) // prettier-ignore
  t.match(readConfigured(kit.home, 'dav'), { place: 'a mark', priority: 7, cost: 3 })
})
