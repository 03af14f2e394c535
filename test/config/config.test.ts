import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KEYS, loadConfig } from '../../src/config/config.js'
import { formatSize, parseSize } from '../../src/config/units.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.test('the packaged file is valid and says the defaults', async (t) => {
  const config = loadConfig('/nonexistent', { file: join(ROOT, 'mount.config.json') })
  t.same(config, loadConfig('/nonexistent'))
  t.ok(Object.isFrozen(config))
})

t.test('the JSON Schema has exactly the keys of the table, with their meanings', async (t) => {
  interface Node {
    properties?: Record<string, Node>
    description?: string
  }
  const schema = JSON.parse(
    readFileSync(join(ROOT, 'src/config/config.schema.json'), 'utf8')
  ) as Node
  const found: Record<string, string> = {}
  const visit = (node: Node, prefix: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {}))
      if (child.properties === undefined) found[prefix + name] = child.description ?? ''
      else visit(child, `${prefix}${name}.`)
  }
  visit(schema, '')
  delete found['$schema']
  t.same(
    found,
    Object.fromEntries(Object.entries(KEYS).map(([key, { meaning }]) => [key, meaning]))
  )
})

t.test(
  'threats 68: a bad file is CONFIG_INVALID, naming the file, the key and what it should be',
  async (t) => {
    const home = tempFolder(t)
    const path = join(home, 'mount.config.json')
    const cases: [string, RegExp][] = [
      ['{', /not JSON/],
      ['{"mount": {"memory": "lots"}}', /mount\.memory .*not a size/],
      ['{"mount": {"memory": 5}}', /mount\.memory must be a size/],
      ['{"mount": {"allow_other": "yes"}}', /mount\.allow_other must be true or false/],
      ['{"mount": {"umask": "9"}}', /mount\.umask must be three octal/],
      ['{"add": {"profile": "x"}}', /add\.profile must be one of/],
      ['{"cache": {"size": 5}}', /cache\.size must be "auto" or a size/],
      ['{"cache": {"min_access_count": 0}}', /cache\.min_access_count must be a whole number/],
      ['{"names": {"resolver": "dns.example"}}', /names\.resolver must be "off", "system"/],
      ['{"metrics": {"listen": "127.0.0.1:99999"}}', /metrics\.listen must be/],
      ['{"metrics": {"listen": 9464}}', /metrics\.listen must be/],
      ['{"cache": {"colour": "blue"}}', /unknown key "cache\.colour"/],
      ['{"cache": {"sise": "1GB"}}', /"cache\.sise"; did you mean cache\.size\?/],
      ['{"xyzzy": 1}', /"xyzzy"; `ipfs-kit config show` lists the known ones/]
    ]
    for (const [text, message] of cases) {
      writeFileSync(path, text)
      t.throws(() => loadConfig(home), { code: 'CONFIG_INVALID', message }, text)
      t.throws(() => loadConfig(home), { message: /mount\.config\.json/ })
    }
    writeFileSync(path, '{"names": {"resolver": "[::1]:53"}, "metrics": {"listen": "[::1]:9464"}}')
    const config = loadConfig(home)
    t.equal(config['names.resolver'], '[::1]:53')
    t.same(config['metrics.listen'], { host: '::1', port: 9464 })
    t.throws(() => loadConfig(home, { file: join(home, 'absent.json') }), {
      code: 'CONFIG_INVALID'
    })
  }
)

t.test('the home is asked, never the current folder', async (t) => {
  const home = tempFolder(t)
  mkdirSync(join(home, 'work'))
  writeFileSync(join(home, 'mount.config.json'), '{"mount": {"path": "/mnt/here"}}')
  t.equal(loadConfig(home)['mount.path'], '/mnt/here')
})

t.test('sizes', async (t) => {
  for (const [text, bytes] of [
    ['5', 5],
    ['64MiB', 67108864],
    ['100 MB', 1e8],
    ['1.5KiB', 1536],
    ['2g', NaN]
  ] as const)
    if (Number.isNaN(bytes)) t.throws(() => parseSize(text), { code: 'USAGE' })
    else t.equal(parseSize(text), bytes)
  t.same([0, 999, 1024, 1536, 123456789].map(formatSize), [
    '0 B',
    '999 B',
    '1.00 KiB',
    '1.50 KiB',
    '118 MiB'
  ])
})
