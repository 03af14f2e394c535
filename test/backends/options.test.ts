/** The options of backends: declared once, and the same wherever they are shown. */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Backend } from '../../backends/backend.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { GatewayBackend } from '../../backends/gateway/backend.js'
import { KuboBackend } from '../../backends/kubo/backend.js'
import { kuboOptions } from '../../backends/kubo/options.js'
import { CAPABILITIES, FACET_CALLS } from '../../backends/facets/facets.js'
import { checkTexts, COMMON_OPTIONS, fallbackOf, flagName, flagValue, type OptionRow, type OptionTable } from '../../backends/options.js' // prettier-ignore
import { BACKEND_TYPES, defaultsOf, makeBackend, testedAgainst } from '../../backends/registry.js'
import { Secrets } from '../../backends/secrets.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { ROOT } from '../support/paths.js'

const README = readFileSync(`${ROOT}backends/README.md`, 'utf8')

/** The rows of the table below a heading, as cells without the marks of code. */
const tableBelow = (heading: string): string[][] =>
  README.split(`## ${heading}\n`)[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .replaceAll(/\\\|/g, '\u0000')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\u0000', '|'))
    )

const rowOf = (type: string, name: string, row: OptionRow): string[] => [
  type,
  `--${flagName(name, row)}`,
  flagValue(row) ?? '',
  row.help,
  row.required === true ? 'needed' : (fallbackOf(row) ?? '')
]

const rowsOf = (type: string, table: OptionTable): string[][] =>
  Object.entries(table).map(([name, row]) => rowOf(type, name, row))

t.test("README's table of options is the tables of the types", async (t) => {
  const declared = [
    ...Object.entries(BACKEND_TYPES).flatMap(([type, { options }]) => rowsOf(type, options)),
    ...rowsOf('every', COMMON_OPTIONS)
  ]
  t.same(tableBelow('Options'), declared)
})

t.test("README's table of types has each type that there is", async (t) => {
  t.same(tableBelow('Types').map(([type]) => type), Object.keys(BACKEND_TYPES)) // prettier-ignore
})

const TOKENS = new Secrets({
  token: { value: 'text', from: 'typed' },
  proof: { value: 'text', from: 'typed' }
})

t.test("README's table of facets has what each type offers", async (t) => {
  const backends: readonly Backend[] = [
    new KuboBackend('node', kuboOptions({ repo: ['off'] })),
    new GatewayBackend('web', [new URL('http://127.0.0.1:9')]),
    new FilesystemBackend('disk', '/nowhere'),
    await makeBackend('far', 'pinning_service', { service: ['http://127.0.0.1:9'] }, undefined, TOKENS), // prettier-ignore
    await makeBackend('crew', 'ipfs_cluster', {}),
    await makeBackend('coin', 'filecoin', { provider: ['http://127.0.0.1:9'], lotus: ['http://127.0.0.1:9'] }), // prettier-ignore
    await makeBackend('sto', 'storacha', {}, undefined, TOKENS)
  ]
  t.same(
    tableBelow('Facets'),
    CAPABILITIES.map((capability) => [
      capability,
      Object.keys(FACET_CALLS[capability]).join(', '),
      backends
        .filter(({ facets }) => facets[capability] !== undefined)
        .map(({ type }) => type)
        .join(', ')
    ])
  )
  await Promise.all(backends.map((backend) => backend.close()))
})

t.test(
  'a type without a real server says what it was tested against, and has a page',
  async (t) => {
    for (const [type, what, said] of tableBelow('Types')) {
      t.ok(testedAgainst(type!) === undefined || testedAgainst(type!) === said, type!)
      const page = /\.\.\/docs\/backends\/[a-z-]+\.md/.exec(what!)?.[0]
      if (testedAgainst(type!) !== undefined) t.ok(page, `${type} has a page`)
      if (page !== undefined) t.ok(existsSync(`${ROOT}backends/${page}`), page)
    }
  }
)

t.test('the command line takes them all, and help has their words', async (t) => {
  for (const command of ['backend add', 'backend update']) {
    const spec = COMMANDS.find(({ name }) => name === command)!
    for (const { options } of [...Object.values(BACKEND_TYPES), { options: COMMON_OPTIONS }])
      for (const [name, row] of Object.entries<OptionRow>(options)) {
        const flag = spec.options[flagName(name, row)]
        t.ok(flag?.help.includes(row.help), `${command} --${name}`)
        t.ok(flag?.help.includes(fallbackOf(row) ?? ''), `${name}'s default`)
        const values = flag?.value?.split('|') ?? []
        t.ok((flagValue(row)?.split('|') ?? []).every((value) => values.includes(value)))
        // Of an option that several types have, one may take several.
        if (row.repeatable === true) t.equal(flag?.multiple, true)
      }
  }
})

t.test('texts are held against a table', async (t) => {
  const table: OptionTable = {
    mode: { value: 'on|off', help: 'a choice', choices: ['on', 'off'], fallback: 'on' },
    path: { value: 'DIR', help: 'needed', required: true },
    url: { value: 'URL', help: 'several', repeatable: true }
  }
  checkTexts({ path: ['/x'], url: ['a', 'b'], mode: ['off'] }, table)
  for (const [texts, message] of [
    [{}, /--path is needed/],
    [{ path: [''] }, /--path is needed/],
    [{ path: ['/x', '/y'] }, /--path is given twice/],
    [{ path: ['/x'], mode: ['maybe'] }, /--mode takes on or off, not "maybe"/],
    [
      { path: ['/x'], other: ['1'] },
      /--other is none of this type's options: --mode, --path, --url/
    ],
    [{ path: ['/x'], toString: ['1'] }, /--toString is none of this type's options/]
  ] as const)
    t.throws(() => checkTexts(texts, table), { code: 'USAGE', message })
})

t.test('defaults are those of what was not given', async (t) => {
  t.same(Object.keys(defaultsOf('kubo', {})), ['api', 'repo', 'network'])
  t.same(defaultsOf('kubo', { api: ['/unix/x'], repo: ['off'] }), { network: 'on' })
  t.same(defaultsOf('gateway', {}), {})
  t.same(defaultsOf('a type of another version', {}), {})
})
