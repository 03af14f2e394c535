/** The one statement of a text, whatever stands behind it. */
import t from 'tap'
import { oneStatement } from '../../src/query/one-statement.js'

t.test('a statement ends before its semicolon, and nowhere else', (t) => {
  for (const [text, wanted] of [
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1; -- note', 'SELECT 1'],
    ['SELECT 1 -- a; b\n, 2 ;; /* ; */', 'SELECT 1 -- a; b\n, 2 '],
    ['-- first;\n ; SELECT 1;', ' SELECT 1'],
    [
      "SELECT ';', 'it''s; ', E'\\'; ', \"a;\"\"b\" ; -- ;",
      "SELECT ';', 'it''s; ', E'\\'; ', \"a;\"\"b\" "
    ],
    ["SELECT 'a\\'; -- '", "SELECT 'a\\'"],
    ['SELECT $$;$$, $x$ $$; $x$, $n; --', 'SELECT $$;$$, $x$ $$; $x$, $n'],
    ['SELECT a$b$c; -- $b$', 'SELECT a$b$c'],
    ['SELECT /* a /* ; */ ; */ 1; x', 'SELECT /* a /* ; */ ; */ 1'],
    ['SELECT 1 /* ;', 'SELECT 1 /* ;'],
    ["SELECT 'ü;' AS grüße😀; --", "SELECT 'ü;' AS grüße😀"]
  ] as const)
    t.equal(oneStatement(text), wanted, text)
  t.end()
})
