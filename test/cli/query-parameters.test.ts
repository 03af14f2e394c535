import t from 'tap'
import { parametersOf } from '../../src/cli/query-parameters.js'

t.test('values are what they look like', async (t) => {
  t.same(
    parametersOf(['a=1', '$b=-2.5e3', 'c=true', 'd=null', 'e=x=y', 'f="1"', 'g=', 'h=.5', 'i=1 2']),
    { a: 1n, b: -2500, c: true, d: null, e: 'x=y', f: '1', g: '', h: 0.5, i: '1 2' }
  )
  t.same(parametersOf(['n=170141183460469231731']), { n: 170141183460469231731n })
  t.same(parametersOf(['l=["a", 1]', 't={"timestamp": "2024-01-01T00:00:00Z"}', 'o={"a": 1}', 'x=[a]']), { l: ['a', 1], t: { timestamp: '2024-01-01T00:00:00Z' }, o: '{"a": 1}', x: '[a]' }) // prettier-ignore
  t.same(parametersOf(['w=[9007199254740993, -5, 1e20, 12345678901.5]', 's=["9007199254740993 \\" 9007199254740993"]']), { w: [{ whole: '9007199254740993' }, -5, 1e20, 12345678901.5], s: ['9007199254740993 " 9007199254740993'] }) // prettier-ignore
  for (const text of ['a', '=1', 'a b=1']) t.throws(() => parametersOf([text]), { code: 'USAGE' })
})
