import t from 'tap'
import { isPattern, namePattern } from '../../src/core/name-pattern.js'

t.test('wildcards match as in a shell', async (t) => {
  const cases: [pattern: string, matched: string[], others: string[]][] = [
    ['*.csv', ['a.csv', 'a.b.csv', 'ü.csv'], ['.a.csv', 'a.csv.gz', 'acsv']],
    ['part-?.parquet', ['part-1.parquet'], ['part-12.parquet', 'part-.parquet']],
    ['[ab]*', ['a', 'bc'], ['c']],
    ['[!ab]*', ['c'], ['a']],
    ['a+(b)^$.x', ['a+(b)^$.x'], ['aab']],
    ['.*', ['.hidden'], ['a']],
    ['**', ['anything'], ['.hidden']]
  ]
  for (const [pattern, matched, others] of cases) {
    for (const name of matched) t.match(name, namePattern(pattern), `${pattern} ${name}`)
    for (const name of others) t.notMatch(name, namePattern(pattern), `${pattern} ${name}`)
  }
  t.ok(isPattern('a*') && isPattern('a?') && isPattern('[a]'))
  t.notOk(isPattern('a.csv'))
})
