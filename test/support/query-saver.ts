/** A process that saves a query again and again until it is killed, and says each number that was acknowledged. */
import { writeSync } from 'node:fs'
import { saveQuery } from '../../src/query/saved-queries.js'

const [home = '', first = '0'] = process.argv.slice(2)

for (let number = Number(first); ; number++) {
  saveQuery(home, 'q', `SELECT ${number} -- ${'x'.repeat(number % 9000)} end`)
  writeSync(1, `${number}\n`)
}
