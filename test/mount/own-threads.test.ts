/** Requests that take longer than they may or end their thread, and nodes whose ids are used again. */
import { release } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'
import { FILES, FOLDERS } from './many-tree.js'
import { engine, put } from './own-engine.js'

const [major = 0, minor = 0] = release().split('.').map(Number)
/** Whether the kernel can be told to let go of nodes. */
const letsGo = major > 6 || (major === 6 && minor >= 18)

const options = { ...skipWithoutMount, timeout: 60_000 }

t.test('what was not ready at the deadline goes on being prepared', options, async (t) => {
  const path = join(tempFolder(t, 'own-threads'), 'mnt')
  const child = await engine(t, path, 'raw', 'none', { deadlineMs: 1000 })
  await put(child, { slow: 1 })
  const slow = join(path, 'notes', 'slow')
  t.match((await runProgram('cat', [slow])).stderr, /timed out/)
  const interrupted = runProgram('timeout', ['-s', 'INT', '0.2', 'cat', slow])
  t.equal((await interrupted).code, 124, 'one who joins it and leaves ends nothing')
  await delay(1500)
  t.equal(await sh('cat "$1"', slow), 'slow, version 1\n'.repeat(2))
})

t.test(
  'threats 56: a thread that dies is replaced, and its reader gets EIO',
  options,
  async (t) => {
    const path = join(tempFolder(t, 'own-threads'), 'mnt')
    const child = await engine(t, path, 'raw', 'none')
    await put(child, { deadly: 1, other: 1 })
    const notes = join(path, 'notes')
    for (let i = 0; i < 5; i++)
    t.match((await runProgram('timeout', ['5', 'cat', join(notes, 'deadly')])).stderr, /Input.output error/) // prettier-ignore
    t.equal(await sh('timeout 5 cat "$1"', join(notes, 'other')), 'other, version 1\n'.repeat(2))
  }
)

/** Prints the handle of a file, or opens one on a mount and prints what is in it. */
const HANDLES = `
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Handle(ctypes.Structure):
    _fields_ = [('bytes', ctypes.c_uint), ('type', ctypes.c_int), ('handle', ctypes.c_ubyte * 128)]
what, path = sys.argv[1:3]
if what == 'take':
    handle, mount = Handle(bytes=128), ctypes.c_int()
    if libc.name_to_handle_at(-100, path.encode(), ctypes.byref(handle), ctypes.byref(mount), 0) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print(bytes(handle).hex())
else:
    handle = Handle.from_buffer_copy(bytes.fromhex(sys.argv[3]))
    fd = libc.open_by_handle_at(os.open(path, os.O_RDONLY), ctypes.byref(handle), os.O_RDONLY)
    print(errno.errorcode[ctypes.get_errno()] if fd < 0 else os.read(fd, 100).decode(), end='')
`

t.test(
  'threats 69: a file handle never leads to a later node of the same id',
  options,
  async (t) => {
    const path = join(tempFolder(t, 'own-threads'), 'mnt')
    const child = await engine(t, path, 'raw', 'auto')
    const notes = join(path, 'notes')
    const handles = (...args: string[]): Promise<string> => sh('python3 -c "$@"', HANDLES, ...args)
    await put(child, { one: 0 })
    const handle = (await handles('take', join(notes, 'one'))).trim()
    t.equal(await handles('open', path, handle), 'one, version 0\n')
    await put(child, { two: 0 })
    await delay(1200)
    t.equal((await runProgram('cat', [join(notes, 'one')])).code, 1)
    t.equal(await sh('cat "$1"', join(notes, 'two')), 'two, version 0\n')
    const later = (await handles('take', join(notes, 'two'))).trim()
    const nodeOf = (hex: string): string => hex.slice(16, 32)
    t.equal(nodeOf(later), nodeOf(handle), 'the id is used again')
    t.equal(await handles('open', path, handle), 'ESTALE')
  }
)

t.test(
  'threats 148: trees of more nodes than the table has are walked and read',
  { ...options, ...(letsGo ? {} : { skip: 'the kernel is older than Linux 6.18' }) },
  async (t) => {
    const path = join(tempFolder(t, 'own-threads'), 'mnt')
    await engine(t, path, 'raw', 'none', { nodes: 8000 })
    const all = FOLDERS * FILES
    const many = join(path, 'many')
    t.equal(await sh('find "$1" -type f -size +1c | wc -l', many), `${all}\n`)
    const script =
      'cd "$1" && find . -type f | sed s,^./,, >"$2" && xargs cat <"$2" 2>/dev/null | cmp - "$2"'
    await sh(script, many, join(path, '..', 'names'))
    // What is used stays: an open file, and the folder that a process is in.
    const inside =
      'cd "$1/3" && exec 9<7 && find .. -type f -size +1c | wc -l && pwd -P && cat <&9 && cat 8'
    t.equal(await sh(inside, many), `${all}\n${many}/3\n3/7\n3/8\n`)
  }
)
