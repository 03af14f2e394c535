/** Parquet files below `metadata/` of a mount while they are written anew: readers finish, and DuckDB reads at every instant. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

const NAME = 'ipfs_index_000000.parquet'
/** Asks for the rows until its input ends; prints the first answer, then what went wrong, and how often it asked. */
const READER = `
import { DuckDBInstance } from '@duckdb/node-api'
const connection = await (await DuckDBInstance.create()).connect()
let isOver = false
process.stdin.once('end', () => (isOver = true)).resume()
let asked = 0
while (!isOver) {
  try {
    const rows = await connection.runAndReadAll("SELECT count(*), min(len(tags)) >= 20 FROM read_parquet('" + process.argv[1] + "')")
    if (asked++ === 0) console.log(String(rows.getRows()[0]))
  } catch (error) {
    console.log(String(error))
  }
  await new Promise((resolve) => setTimeout(resolve, 10))
}
console.log('asked ' + (asked > 2))
process.exit()
`

t.test(
  'threats 145: tables of a mount that are replaced while they are read',
  skipWithoutMount,
  async (t) => {
    // prettier-ignore
    const { kit, folder, cid } = await homeWithFile(t)
    // More than the kernel reads at once.
    const long = Array.from({ length: 20 }, () => randomBytes(40_000).toString('base64'))
    await kit.ok('metadata', 'tag', cid, ...long)
    await kit.ok('metadata', 'refresh')
    const path = await mounted(t, kit, folder)
    const file = join(path, 'metadata', 'index', NAME)
    const rewrite = async (tag: string): Promise<void> => {
      await kit.ok('metadata', 'tag', cid, tag)
      await kit.ok('metadata', 'refresh')
    }
    // The first opens it and waits, the second one reads its beginning, too.
    const begun = ['exec 3<"$1"', 'exec 3<"$1"; dd bs=4096 count=1 <&3 of=/dev/null 2>/dev/null']
    const slow = begun.map((begin) => spawn('sh', ['-c', `${begin}; echo; read go; cat <&3 | wc -c`, 'sh', file])) // prettier-ignore
    const answers = slow.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]())
    for (const answer of answers) await answer.next()
    const size = Number(await sh('stat -c %s "$1"', file))
    await rewrite('other')
    for (const [i, { stdin }] of slow.entries()) {
      stdin.end('\n')
      t.equal(Number((await answers[i]!.next()).value), size - i * 4096, 'it is read to its end')
    }

    const reader = spawn(process.execPath, ['--input-type=module', '-e', READER, file])
    let told = ''
    reader.stdout.setEncoding('utf8').on('data', (text: string) => (told += text))
    const ended = once(reader, 'close')
    await once(reader.stdout, 'data')
    for (let i = 0; i < 3; i++) await rewrite(`tag-${i}`)
    reader.stdin.end()
    await ended
    t.equal(told, '1,true\nasked true\n')
    await kit.ok('unmount', path)
  }
)
