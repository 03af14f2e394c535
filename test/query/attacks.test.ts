/** SQL that somebody sends to reach what is not his, to stay for ever, or to take all memory. */
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isKitError } from '../../src/core/errors.js'
import type { SqlRows, TableSource } from '../../src/query/ports.js'
import { SqlProcesses } from '../../src/query/processes.js'
import { brokenParquet } from '../support/broken-parquet.js'
import { tempFolder } from '../support/temp.js'

const work = { signal: new AbortController().signal }
const LIMITS = { memoryBytes: 512 << 20, deadlineMs: 30_000, maxTemporaryBytes: 256 << 20 }

const folder = tempFolder(t, 'attacks')
const processes = tempFolder(t, 'attacks-sql')
const sql = new SqlProcesses({ folder: () => processes, limits: LIMITS })
t.teardown(() => sql.close())

const CANARY = 'the canary sings'
const canary = join(folder, 'canary.csv')
const link = join(folder, 'link.csv')
const own = join(folder, 'own.csv')
writeFileSync(canary, `${CANARY}\n`)
writeFileSync(own, 'a\n1\n')
symlinkSync(canary, link)
const table: TableSource = { name: 't', files: [own], format: 'csv' }

const select = (text: string): Promise<SqlRows> =>
  sql.select({ sql: text, tables: [table], output: { maxRows: 100 } }, work)

/** The state of the folder in which nothing may change. */
const state = (): string =>
  readdirSync(folder)
    .map(
      (name) =>
        `${name} ${statSync(join(folder, name)).size} ${readFileSync(join(folder, name), 'utf8')}`
    ) // prettier-ignore
    .join('\n')

/** Statements that reach for files, settings, the network or the machine. */
const REACHING: readonly string[] = [
  `SELECT * FROM read_text('${canary}')`,
  `SELECT * FROM read_blob('${canary}')`,
  `SELECT * FROM read_csv('${canary}')`,
  `SELECT * FROM read_csv_auto('${canary}')`,
  `SELECT * FROM read_json('${canary}')`,
  `SELECT * FROM read_parquet('${canary}')`,
  `SELECT * FROM parquet_scan('${canary}')`,
  `SELECT * FROM parquet_metadata('${canary}')`,
  `SELECT * FROM parquet_schema('${canary}')`,
  `SELECT * FROM sniff_csv('${canary}')`,
  `SELECT * FROM glob('${folder}/*')`,
  `SELECT * FROM '${canary}'`,
  `SELECT * FROM '${folder}/*.csv'`,
  `SELECT * FROM '${link}'`,
  `SELECT * FROM '${folder}/../${folder.split('/').at(-1)}/canary.csv'`,
  `SELECT * FROM read_csv('${link}')`,
  `SELECT * FROM read_csv('file://${canary}')`,
  `SELECT * FROM read_csv('/proc/self/root${canary}')`,
  `SELECT * FROM read_csv($$${canary}$$)`,
  `SELECT * FROM read_csv(concat('${canary}', ''))`,
  `SELECT * FROM read_csv((SELECT '${canary}'))`,
  `SELECT (SELECT content FROM read_text('${canary}'))`,
  `WITH x AS (SELECT * FROM read_text('${canary}')) SELECT * FROM x`,
  `SELECT * FROM t WHERE EXISTS (FROM read_text('${canary}'))`,
  `SELECT * FROM t, LATERAL (SELECT * FROM read_text('${canary}'))`,
  `SELECT * FROM query('SELECT * FROM read_text(''${canary}'')')`,
  `SELECT * FROM query_table('${canary}')`,
  `SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`,
  `PREPARE p AS SELECT * FROM read_text('${canary}')`,
  `EXECUTE p`,
  `COPY t TO '${join(folder, 'out.csv')}'`,
  `COPY (SELECT 1) TO '${canary}'`,
  `COPY t FROM '${canary}'`,
  `EXPORT DATABASE '${join(folder, 'export')}'`,
  `IMPORT DATABASE '${folder}'`,
  `ATTACH '${join(folder, 'new.duckdb')}'`,
  `ATTACH '${canary}' AS other`,
  `USE other`,
  `DETACH memory`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `LOAD '${canary}'`,
  `SELECT * FROM 'http://127.0.0.1:9/x.csv'`,
  `SELECT * FROM read_csv('https://example.org/x.csv')`,
  `SELECT * FROM read_parquet('s3://bucket/x')`,
  `SET memory_limit = '100GB'`,
  `SET enable_external_access = true`,
  `RESET lock_configuration`,
  `PRAGMA enable_logging`,
  `CALL enable_logging(storage = 'file', storage_path = '${folder}')`,
  `SELECT * FROM enable_logging(storage = 'file', storage_path = '${folder}')`,
  `SELECT * FROM enable_profiling()`,
  `SELECT write_log('x', scope := 'connection')`,
  `SELECT * FROM checkpoint()`,
  `CHECKPOINT`,
  `VACUUM`,
  `CREATE TABLE x AS SELECT 1`,
  `CREATE VIEW x AS SELECT * FROM read_text('${canary}')`,
  `CREATE MACRO m() AS TABLE SELECT * FROM read_text('${canary}')`,
  `CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')`,
  `INSERT INTO t VALUES (2)`,
  `DROP VIEW t`,
  `SELECT 1; SELECT * FROM read_text('${canary}')`,
  `SELECT 1) TO '${join(folder, 'out.csv')}' --`,
  `SELECT 1 /* ) TO '${join(folder, 'out.csv')}'`,
  `SELECT getenv('HOME')`,
  `SELECT current_setting('temp_directory')`,
  `SELECT getvariable('x')`,
  `SELECT nextval('x')`,
  `SELECT * FROM duckdb_settings()`,
  `SELECT * FROM duckdb_secrets()`,
  `SELECT * FROM duckdb_views()`,
  `SELECT * FROM pragma_database_size()`,
  `SELECT * FROM information_schema.tables`,
  `SELECT * FROM pg_catalog.pg_class`,
  `SELECT * FROM sqlite_master`,
  `SHOW TABLES`,
  `SELECT * FROM (SHOW ALL TABLES)`,
  `DESCRIBE read_text('${canary}')`,
  `EXPLAIN ANALYZE COPY t TO '${join(folder, 'out.csv')}'`,
  `EXPLAIN SELECT * FROM read_text('${canary}')`,
  `SELECT * FROM test_all_types()`,
  `SELECT sleep_ms(1000000)`
]

t.test('threats 106: SQL reaches no file, setting or network beyond its tables', async (t) => {
  const before = state()
  for (const text of REACHING) {
    const found = await select(text).catch((error: unknown) => error)
    const refused = isKitError(found) && ['ACCESS_DENIED', 'INVALID_ARGUMENT'].includes(found.code)
    t.ok(refused, `${text}: ${isKitError(found) ? found.message : JSON.stringify(found)}`)
    t.notMatch(JSON.stringify(found), CANARY)
    t.same((await select('SELECT a FROM t')).rows, [[1]], 'the next one is answered')
  }
  t.equal(state(), before)
})

t.test('threats 106: where the gate is not asked, the sandbox refuses alone', async (t) => {
  const before = state()
  const reads = REACHING.filter((text) => text.includes(folder) && !text.includes('enable_logging'))
  for (const text of reads) {
    const found = await sql.script({ text, reads: [own] }, work).catch((error: unknown) => error)
    t.notMatch(JSON.stringify(found), CANARY, text)
  }
  t.equal(state(), before)
})

t.test('threats 107: what would never end or take all memory is stopped', async (t) => {
  const short = { ...LIMITS, deadlineMs: 2000 }
  const endless: readonly string[] = [
    'SELECT count(*) FROM range(100000000000)',
    'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c',
    'WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r',
    "SELECT length(repeat('x', 2000000000))",
    "SELECT sum(length(repeat('x', 400000000 + i::INTEGER))) FROM range(20) t(i)",
    'SELECT list(i) FROM range(10000000000) t(i)',
    'SELECT a.range, list(b.range) FROM range(10000000) a, range(100) b GROUP BY ALL ORDER BY 2 DESC',
    "SELECT regexp_matches(repeat('a', 100000000), '(a|a)*b')",
    `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`,
    `SELECT ${Array.from({ length: 5000 }, () => 'NOT').join(' ')} true`,
    `SELECT 1 ${'UNION ALL SELECT 1 '.repeat(20_000)}`
  ]
  for (const text of endless) {
    const request = { sql: text, tables: [], output: { maxRows: 1 } }
    const found = await sql.select(request, work, short).catch((error: unknown) => error)
    const isStopped = !isKitError(found) || ['TIMEOUT', 'MEMORY_BUDGET', 'INVALID_ARGUMENT', 'INTERNAL', 'NO_SPACE'].includes(found.code) // prettier-ignore
    t.ok(isStopped, `${text.slice(0, 100)}: ${isKitError(found) ? found.message : ''}`)
    t.same((await select('SELECT a FROM t')).rows, [[1]], 'the next one is answered')
  }
})

t.test('threats 108: Parquet that is not what it says is refused with 3', async (t) => {
  const good = join(folder, 'good.parquet')
  const text = `COPY (SELECT (hash(i) >> 1)::BIGINT i FROM range(1500) t(i)) TO '${good}' (FORMAT parquet, PARQUET_VERSION v1)`
  await sql.script({ text, writes: [good] }, work)
  const file = join(folder, 'bad.parquet')
  const bad: TableSource = { name: 'bad', files: [file], format: 'parquet' }
  for (const [what, bytes] of Object.entries(brokenParquet(readFileSync(good)))) {
    writeFileSync(file, bytes)
    for (const text of ['SELECT sum(i) FROM bad', 'SELECT count(*) FROM bad WHERE i > 0']) {
      const request = { sql: text, tables: [bad], output: { maxRows: 1 } }
      const found = await sql.select(request, work).catch((error: unknown) => error)
      t.ok(isKitError(found, 'CORRUPT_FORMAT') && found.exitCode === 3, `${what}: ${isKitError(found) ? `${found.code} ${found.message}` : JSON.stringify(found)}`) // prettier-ignore
      t.notMatch(String(found), file, 'messages name the table')
    }
    t.same((await select('SELECT a FROM t')).rows, [[1]], 'the next one is answered')
  }
})
