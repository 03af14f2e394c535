/** Types of columns as DuckDB writes them, and what somebody else writes in their place. */
import t from 'tap'
import { typeText } from '../../src/query/type-text.js'

t.test('types stay as they are', (t) => {
  for (const type of [
    'BIGINT',
    'DECIMAL(18,3)',
    'TIMESTAMP WITH TIME ZONE',
    'TIME WITH TIME ZONE',
    '"NULL"',
    'INTEGER[3][]',
    "ENUM('a', 'it''s', '); DROP')",
    'MAP(VARCHAR, STRUCT(a INTEGER, "b ""c""" VARCHAR[])[])',
    'UNION(num INTEGER, "a b" TIMESTAMP_NS)[]'
  ])
    t.equal(typeText(type), type)
  t.end()
})

t.test('threats 142: what is more than a type is refused', (t) => {
  for (const text of [
    '',
    'BIGINT, b BIGINT',
    "BIGINT, b BIGINT); CREATE TABLE zz AS SELECT error('INJECTED'); --",
    'BIGINT DEFAULT 1',
    'BIGINT PRIMARY KEY',
    'BIGINT CHECK (a > 1)',
    'BIGINT -- more',
    'TIMESTAMP WITH TIME',
    'DECIMAL(18,3',
    'DECIMAL(SELECT 1)',
    'STRUCT(a)',
    'STRUCT(a INTEGER DEFAULT 1)',
    "VARCHAR COLLATE 'de'",
    '"a',
    'INTEGER[1+1]',
    'INTEGER[]]',
    'STRUCT(a '.repeat(50_000)
  ])
    t.throws(() => typeText(text), { code: 'CORRUPT_FORMAT' }, text.slice(0, 60))
  t.end()
})
