/** Secrets of backends: kept for their owner alone, and shown nowhere. */
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import type { Backend } from '../../backends/backend.js'
import { readPrivateFile, saveSecrets, Secrets, secretsVersion, storedSecrets } from '../../backends/secrets.js' // prettier-ignore
import { Redacted } from '../../backends/wrap/redacted.js'
import { KitError } from '../../src/core/errors.js'
import { tempFolder } from '../support/temp.js'

const CANARY = 'canary/+in "a mine"'
const KEPT = { secret: { value: CANARY, from: 'typed' } }
const { signal } = new AbortController()

t.test('they are kept in a file of their own, of their owner alone', async (t) => {
  const home = tempFolder(t, 'secrets')
  t.same(storedSecrets(home, 'a'), {})
  const none = secretsVersion(home, 'a')
  saveSecrets(home, 'a', KEPT)
  const path = join(home, 'backends', 'a', 'secret.json')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(storedSecrets(home, 'a'), KEPT)
  t.not(secretsVersion(home, 'a'), none)
  saveSecrets(home, 'a', {})
  t.same(readdirSync(join(home, 'backends', 'a')), [])
})

t.test('threats 82: a file that others can read, or of another user, is refused', async (t) => {
  const home = tempFolder(t, 'secrets')
  saveSecrets(home, 'a', KEPT)
  const path = join(home, 'backends', 'a', 'secret.json')
  const refused = (message: RegExp): void => {
    t.throws(() => storedSecrets(home, 'a'), { code: 'CREDENTIALS', message })
  }
  for (const mode of [0o644, 0o640, 0o604, 0o602]) {
    chmodSync(path, mode)
    refused(new RegExp(`secret\\.json has mode 0${mode.toString(8)}.*chmod 600 ${path}`))
    t.throws(() => readPrivateFile(path), { code: 'CREDENTIALS' })
  }
  chmodSync(path, 0o600)
  if (process.geteuid?.() === 0) {
    chownSync(path, 12_345, 0)
    refused(/mode 0600\) belongs to another user \(uid 12345\).*chown 0/)
    chownSync(path, 0, 0)
  }
  renameSync(path, join(home, 'elsewhere'))
  symlinkSync(join(home, 'elsewhere'), path)
  refused(/is a link/)
  renameSync(join(home, 'elsewhere'), path)
  writeFileSync(path, `{"secret": "${CANARY}`)
  t.throws(() => storedSecrets(home, 'a'), { code: 'CONFIG_INVALID', message: /damaged.*--new-secret/ }) // prettier-ignore
  try {
    storedSecrets(home, 'a')
  } catch (error) {
    t.notMatch(inspect(error, { depth: 10 }), /canary/)
  }
  const folder = join(home, 'folder')
  mkdirSync(folder, { mode: 0o700 })
  t.throws(() => readPrivateFile(folder), { code: 'CREDENTIALS' })
})

t.test('no dump shows them, and no text of somebody else', async (t) => {
  const secrets = new Secrets(KEPT)
  t.equal(secrets.text('secret'), CANARY)
  t.equal(secrets.text('toString'), undefined)
  for (const dump of [
    inspect(secrets, { depth: 10, showHidden: true }),
    JSON.stringify({ secrets })
  ])
    // prettier-ignore
    t.notMatch(dump, /canary/)
  for (const form of [CANARY, encodeURIComponent(CANARY), JSON.stringify(CANARY)])
    t.notMatch(secrets.hidden(`it said ${form} twice: ${form}`), /canary/)
  t.equal(new Secrets({ pin: { value: 'a', from: '' } }).hidden('a bad day'), 'a bad day')
})

t.test('errors of a backend do not repeat them', async (t) => {
  const cause = new Error(`vendor: ${CANARY}`)
  const fails = (): never => {
    throw new KitError('CREDENTIALS', `refused ${CANARY}`, { cause, details: [{ who: 'x', code: 'CREDENTIALS', said: CANARY }] }) // prettier-ignore
  }
  const inner: Backend = {
    name: 'x',
    type: 'test',
    facets: {
      fileReader: {
        stat: async () => fails(),
        get: async function* () {
          yield new Uint8Array(1)
          fails()
        },
        list: async function* () {
          yield* []
          fails()
        }
      }
    },
    health: async () => ({ version: `a server for ${CANARY}` }),
    close: async () => undefined
  }
  const redacted = new Redacted(inner, new Secrets(KEPT))
  const files = redacted.facets.fileReader!
  t.match(await redacted.health({ signal }), { version: 'a server for ***' })
  const read = async (): Promise<void> => {
    for await (const piece of files.get('a', { position: 0 }, { signal })) t.equal(piece.length, 1)
  }
  for (const call of [() => files.stat('a', { signal }), read]) {
    const error = await call().then(
      () => undefined,
      (error: unknown) => error
    )
    t.match(error, { code: 'CREDENTIALS', message: 'refused ***', cause: undefined })
    t.notMatch(inspect(error, { depth: 10, showHidden: true }), /canary/)
  }
})
