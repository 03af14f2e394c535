/** A query that needs little of a large file over a mount fetches little of it. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { sh } from '../support/mount.js'
import { skipWithoutKuboMount, Stage, V1 } from '../support/stage.js'

const ROWS = 10_000_000

/** Columns of 40 MB and more, in row groups of 122,880 rows; blocks of the file have 1 MiB. */
const TABLE = `SELECT i AS id, random() AS a, random() AS b, random() AS c FROM range(${ROWS}) t(i)`

const skip = skipWithoutKuboMount.skip === false ? skipWithoutPython : skipWithoutKuboMount.skip

t.test('a selective query over a mount', { skip, timeout: 300_000 }, async (t) => {
  const stage = await Stage.make(t)
  const file = join(stage.folder, 'large.parquet')
  await stage.kit.ok('query', TABLE, '-o', file)
  const { size } = statSync(file)
  t.ok(size > 200 << 20, `a file of ${size} bytes`)
  const cid = await stage.add(file, ...V1)
  const path = join(await stage.mount(t), 'ipfs', cid)
  const before = (await stage.report()).fetch.bytes
  const ask = 'import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())'
  const sql = `SELECT count(*), sum(a) > 0 FROM read_parquet('${path}') WHERE id BETWEEN 2000000 AND 2000999`
  t.match(await sh('"$1" -c "$2" "$3"', PYTHON, ask, sql), /\(1000, True\)/)
  const fetched = (await stage.report()).fetch.bytes - before
  // The footer, and one row group: nothing is read ahead of somebody who goes by the footer.
  t.ok(fetched > 0 && fetched < size * 0.02, `${fetched} of ${size} bytes were fetched`)
})
