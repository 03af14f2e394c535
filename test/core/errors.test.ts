import t from 'tap'
import { ERROR_CODES, KitError, toKitError } from '../../src/core/errors.js'
import { ERRNO } from '../../src/mount/errno.js'

t.test('every code has an exit code of the contract, an HTTP status and an errno', async (t) => {
  const exits = new Set([1, 2, 3, 4, 11, 12, 78])
  for (const [code, row] of Object.entries(ERROR_CODES)) {
    t.ok(exits.has(row.exit), `${code} exits ${row.exit}`)
    t.ok(row.http >= 400 && row.http < 600, `${code} answers ${row.http}`)
    const errno = ERRNO[code as keyof typeof ERROR_CODES]
    t.ok(errno > 1 && errno < 134, `${code} is errno ${errno}, never EPERM by accident`)
  }
})

t.test('a missing block below a listed name is EIO, never ENOENT', async (t) => {
  t.equal(ERRNO.BLOCK_NOT_FOUND, 5)
  t.equal(ERRNO.PATH_NOT_FOUND, 2)
})

t.test('system errors keep what they mean, and say what was being done', async (t) => {
  const enoent = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  t.match(toKitError(enoent, 'reading x'), {
    code: 'PATH_NOT_FOUND',
    message: 'reading x: no such file'
  })
  const known = new KitError('QUOTA', 'full')
  t.equal(toKitError(known), known)
  t.match(toKitError('thrown text'), { code: 'INTERNAL' })
})
