/** Datasets in a mount: versions as folders of Parquet, a link that moves, and what is entered by CID. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const csv = (rows: number): string =>
  ['id,name', ...Array.from({ length: rows }, (_, i) => `${i},thing ${i % 97}`)].join('\n')

t.test('datasets of a live mount', skipWithoutMount, async (t) => {
  const folder = tempFolder(t, 'datasets-mount')
  const kit = new Kit(join(folder, 'home'))
  const file = join(folder, 'x.csv')
  const put = async (rows: number, ...args: string[]): Promise<string> => {
    writeFileSync(file, csv(rows))
    return await kit.ok('dataset', 'put', '-q', 'sales', file, ...args)
  }
  const path = join(await mounted(t, kit, folder), 'datasets')
  t.equal(await sh('ls "$1"', path), 'by-cid\n', 'nothing yet')
  const one = await put(60_000, '--tag', 'first')
  t.equal(await sh('ls "$1"', path), 'by-cid\nsales\n')
  t.equal(await sh('ls "$1"; readlink "$1/latest"', join(path, 'sales')), 'latest\nv1\nv1\n')
  const whole = join(folder, 'whole.parquet')
  await kit.ok('dataset', 'get', 'sales', '-o', whole)
  t.equal(await sh('stat -Lc %s "$1"', join(path, 'sales/latest/data.parquet')), `${readFileSync(whole).length}\n`) // prettier-ignore
  for (const place of [
    'sales/latest/data.parquet',
    'sales/v1/data.parquet',
    'sales/first/data.parquet',
    `sales/${one.slice(0, 30)}/data.parquet`,
    `by-cid/${one}.parquet`,
    `${one}/data.parquet`
  ])
    // prettier-ignore
    await sh('cmp "$1" "$2"', join(path, place), whole)
  const two = await put(61_000)
  // The kernel may believe the old link for a second.
  await sh('for i in $(seq 100); do [ "$(readlink "$1/latest")" = v2 ] && exit 0; sleep 0.05; done; exit 1', join(path, 'sales')) // prettier-ignore
  t.equal(await sh('ls "$1"', join(path, 'sales')), 'latest\nv1\nv2\n')
  t.equal(await sh('ls "$1" | wc -l', join(path, 'by-cid')), '2\n')
  t.equal(await sh('cd "$1/v2" && head -c 4 data.parquet', join(path, 'sales')), 'PAR1')
  await kit.ok('dataset', 'rm', 'sales')
  await sh('for i in $(seq 100); do [ -e "$1/sales" ] || exit 0; sleep 0.05; done; exit 1', path)
  await sh('head -c 4 "$1"', join(path, two, 'data.parquet'))
})
