/** Cards of Hugging Face and Croissant: written by a checkout, read by put and adopt. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Version {
  readonly data: string
  readonly metadata: Readonly<Record<string, unknown>>
}

t.test('what a checkout writes is read by put and adopt', async (t) => {
  const folder = tempFolder(t, 'dataset-cards')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  const show = (ref: string): Promise<Version> => kit.json('dataset', 'show', ref, '--json')
  writeFileSync(join(folder, 'a.csv'), `id,at\n${Array.from({ length: 9000 }, (_, i) => `${i},2024-01-01`).join('\n')}\n`) // prettier-ignore
  await kit.ok('dataset', 'put', 'a', 'a.csv', '--meta', 'title=All of A', '--meta', 'description=What it is.', '--meta', 'license=mit') // prettier-ignore
  await kit.ok('dataset', 'checkout', 'a', '-o', 'out', '--metadata', 'huggingface', '--metadata', 'croissant') // prettier-ignore
  const out = join(folder, 'out')
  const sha256 = createHash('sha256').update(readFileSync(join(out, 'data.parquet'))).digest('hex') // prettier-ignore
  t.match(JSON.parse(readFileSync(join(out, 'croissant.json'), 'utf8')), { distribution: [{ sha256 }] }) // prettier-ignore
  t.match(
    readFileSync(join(out, 'README.md'), 'utf8'),
    /^---\npretty_name: All of A\nlicense: mit\n/
  )

  const { data } = await show('a')
  const words = { title: 'All of A', description: 'What it is.', license: 'mit' }
  await kit.ok('dataset', 'put', 'b', 'out', '--meta', 'title=B', '--key', 'id')
  t.match(await show('b'), { data, metadata: { ...words, title: 'B', key: ['id'], features: [{ name: 'id', dtype: 'int64' }, { name: 'at', dtype: 'date32' }] } }) // prettier-ignore
  await kit.ok('dataset', 'adopt', 'c', await kit.ok('add', '-Q', 'out'))
  t.match((await show('c')).metadata, words)
  t.match(await kit.json('dataset', 'checkout', 'c', '-o', 'c', '--metadata', 'huggingface', '--json'), { code: 'EXISTS' }) // prettier-ignore
  rmSync(join(out, 'README.md'))
  await kit.ok('dataset', 'put', 'd', join('out', 'croissant.json'), join('out', 'data.parquet'))
  t.match(await show('d'), { data, metadata: { ...words, features: [{ name: 'id', dataType: 'sc:Integer' }, { dataType: 'sc:Date' }] } }) // prettier-ignore

  for (const name of ['dataset_infos.json', 'config.json'])
    writeFileSync(join(out, name), '{"default":{"id":7}}')
  await kit.ok('dataset', 'put', 'beside', 'out')
  t.match(await show('beside'), { data }, 'what lies beside the tables is no row')
  writeFileSync(join(out, 'more.json'), '{"id":7}')
  t.match(await kit.json('dataset', 'put', 'mixed', 'out', '--json'), { code: 'INVALID_ARGUMENT', error: /several formats, such as .*(parquet|json)/ }) // prettier-ignore
  rmSync(join(out, 'more.json'))

  writeFileSync(join(out, 'README.md'), '---\na: [\n---\n')
  const bad = await kit.json<{ error: string }>('dataset', 'put', 'e', 'out', '--json')
  t.match(bad, { code: 'CORRUPT_FORMAT', error: /README\.md/ })
  const broken = await kit.ok('add', '-Q', 'out')
  t.match(await kit.json('dataset', 'adopt', 'e', broken, '--json'), { version: 1, rows: 9000 })
  t.match(await kit.json('dataset', 'put', 'f', out + '/README.md', '--json'), { code: 'CORRUPT_FORMAT' }) // prettier-ignore
})
