/** DuckDB of the version that SQL runs in, alone in a process: prints the milliseconds of a statement. */
import { DuckDBInstance } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create(':memory:')).connect()
const started = performance.now()
const answer = await connection.runAndReadAll(process.argv[2] ?? '')
answer.getRowsJson()
console.log(performance.now() - started)
