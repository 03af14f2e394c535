/** Where secrets of backends are taken from. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkTexts, type OptionTable } from '../../backends/options.js'
import { givenSecrets } from '../../src/operations/given-secrets.js'
import { tempFolder } from '../support/temp.js'

const TABLE: OptionTable = {
  user: { value: 'NAME', help: 'who' },
  secret: {
    help: 'the password',
    secret: {
      env: 'TEST_SECRET',
      use: ({ user }) => (user === undefined ? 'refused' : user[0] === 'any' ? 'allowed' : 'needed')
    }
  }
}
const texts = { user: ['me'] }
const environment = { TEST_SECRET: 'from outside' }
const outside = { secret: { value: 'from outside', from: 'environment TEST_SECRET' } }

t.test('a file, else the environment, else a person', async (t) => {
  const file = join(tempFolder(t, 'given'), 'file')
  writeFileSync(file, 'in a file\n', { mode: 0o600 })
  const files = { secret: file }
  const ask = async (question: string): Promise<string> => `answer to ${question}`
  t.same(await givenSecrets(TABLE, texts, { files, environment, ask }), { secret: { value: 'in a file', from: `file ${file}` } }) // prettier-ignore
  t.same(await givenSecrets(TABLE, texts, { environment, ask }), outside)
  t.same(await givenSecrets(TABLE, texts, { ask }), { secret: { value: 'answer to the password', from: 'typed' } }) // prettier-ignore
  t.same(await givenSecrets(TABLE, texts, { values: { secret: 'x' } }), { secret: { value: 'x', from: 'a program' } }) // prettier-ignore
  chmodSync(file, 0o644)
  await t.rejects(givenSecrets(TABLE, texts, { files }), { code: 'CREDENTIALS', message: /0644/ })
  for (const [content, message] of [
    ['\n', /--secret-file: it is empty/],
    ['x'.repeat(70_000), /longer than any secret/]
  ] as const) {
    // prettier-ignore
    writeFileSync(file, content)
    chmodSync(file, 0o600)
    await t.rejects(givenSecrets(TABLE, texts, { files }), { code: 'USAGE', message })
  }
  await t.rejects(givenSecrets(TABLE, texts, { files: { secret: '/nowhere' } }), { code: 'USAGE', message: /--secret-file: .*\/nowhere/ }) // prettier-ignore
})

t.test('one that is needed and not given, or given and of no use, is refused', async (t) => {
  await t.rejects(givenSecrets(TABLE, texts, {}), { code: 'USAGE', message: /the password is needed: .*--secret-file FILE .*\$TEST_SECRET/ }) // prettier-ignore
  await t.rejects(givenSecrets(TABLE, {}, { files: { secret: 'x' } }), { code: 'USAGE', message: /--secret-file is of no use/ }) // prettier-ignore
  await t.rejects(givenSecrets({}, {}, { files: { secret: 'x' } }), { code: 'USAGE', message: /--secret-file is none of/ }) // prettier-ignore
  t.same(await givenSecrets(TABLE, {}, { environment }), {}, 'the environment is no order')
  t.same(await givenSecrets(TABLE, { user: ['any'] }, {}), {})
  t.same(await givenSecrets(TABLE, { user: ['any'] }, { environment }), outside)
  t.throws(() => checkTexts({ secret: ['x'] }, TABLE), { code: 'USAGE', message: /--secret is a secret; give it by --secret-file/ }) // prettier-ignore
})

t.test('those that are kept stay, unless they are wanted anew', async (t) => {
  const stored = { secret: { value: 'kept', from: 'typed' } }
  t.same(await givenSecrets(TABLE, texts, { environment }, { stored, anew: false }), stored)
  t.same(await givenSecrets(TABLE, texts, { environment }, { stored, anew: true }), outside)
  await t.rejects(givenSecrets(TABLE, texts, {}, { stored, anew: true }), { code: 'USAGE' })
  t.same(await givenSecrets(TABLE, {}, {}, { stored, anew: false }), {}, 'one of no use is forgotten') // prettier-ignore
})
