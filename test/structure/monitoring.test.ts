/** Alerts and dashboard name metrics that there are, and the page tells of each alert. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/paths.js'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const known = readdirSync(join(ROOT, 'src/operations'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(`src/operations/${name}`))
  .join('')

for (const file of ['docs/monitoring/alerts.yml', 'docs/monitoring/grafana.json'])
  t.test(`${file} names metrics that there are`, (t) => {
    const names = new Set(read(file).match(/ipfs_kit_[a-z_]+/g))
    t.ok(names.size > 5)
    for (const name of names) t.ok(known.includes(`'${name.replace(/_bucket$/, '')}'`), name)
    t.end()
  })

t.test('the page tells of each alert', (t) => {
  const page = read('docs/operations.md')
  for (const [, alert] of read('docs/monitoring/alerts.yml').matchAll(/alert: (\w+)/g))
    t.match(page, `| ${alert} `)
  t.end()
})

const promtool = spawnSync('sh', [join(ROOT, '.ci', 'promtool')], {
  encoding: 'utf8',
  env: { ...process.env, IPFS_KIT_BUILD: 'no' }
})

t.test(
  'promtool finds the rules right',
  promtool.status === 0 ? {} : { skip: promtool.stderr.trim() },
  (t) => {
    const args = ['check', 'rules', join(ROOT, 'docs/monitoring/alerts.yml')]
    const { status, stdout, stderr } = spawnSync(promtool.stdout.trim(), args, { encoding: 'utf8' })
    t.equal(status, 0, stderr)
    t.match(stdout, /SUCCESS: 9 rules/)
    t.end()
  }
)
