/** Versions are compared as bags of rows, also where rows share their key, or are the same. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'dataset-diff')
const kit = new Kit(join(folder, 'home'), { cwd: folder })

async function made(what: 'put' | 'append', rows: readonly string[]): Promise<void> {
  writeFileSync(join(folder, 'a.csv'), ['id,v,rank', ...rows].join('\n') + '\n')
  await kit.ok('dataset', what, 'd', 'a.csv', ...(what === 'put' ? ['--key', 'id'] : []))
}

const diff = async (): Promise<unknown> => await kit.json('dataset', 'diff', 'd', '--json')

t.test('a row that came under a key that is there is added, and no other is changed', async (t) => {
  await made('put', ['1,a,0', '2,b,0', '2,b,0', '3,c,0'])
  await made('append', ['1,z,0'])
  t.match(await diff(), { added: 1, removed: 0, changed: 0, rows: { added: [{ id: 1, v: 'z' }] } })
  await made('put', ['1,a,0', '1,z,0', '2,b,0', '2,b,0', '3,c,1', ',x,0', ',y,0'])
  t.match(await diff(), {
    added: 2,
    removed: 0,
    changed: 1,
    rows: { changed: [{ from: { id: 3, rank: 0 }, to: { id: 3, rank: 1 } }] }
  })
  await made('put', ['1,a,0', '1,y,0', '2,b,0', '3,c,1', ',x,0'])
  const shown = (await diff()) as { rows: { changed: unknown } }
  t.match(shown, {
    added: 0,
    removed: 2,
    changed: 1,
    rows: {
      removed: [
        { id: 2, v: 'b' },
        { id: null, v: 'y' }
      ]
    }
  })
  t.same(shown.rows.changed, [{ from: { id: 1, v: 'z', rank: 0 }, to: { id: 1, v: 'y', rank: 0 } }])
})
