/** Datagrams to a real socket, as systemd has one: a file, or a name in the abstract space. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { notifyManager, watchdogInterval } from '../../src/core/sd-notify.js'
import { tempFolder } from '../support/temp.js'

const LISTEN = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0', 1) if sys.argv[1][0] == '@' else sys.argv[1])
print('bound', flush=True)
print(repr(s.recv(4096).decode()), flush=True)`

t.test(
  'a state reaches the manager',
  { skip: process.platform === 'linux' ? false : 'systemd is on Linux alone' },
  async (t) => {
    const folder = tempFolder(t, 'notify')
    for (const name of [join(folder, 'socket'), `@ipfs-kit-test-${process.pid}`]) {
      const listener = spawn('python3', ['-c', LISTEN, name], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      t.teardown(() => listener.kill())
      const lines = createInterface(listener.stdout)[Symbol.asyncIterator]()
      t.equal((await lines.next()).value, 'bound')
      process.env['NOTIFY_SOCKET'] = name
      notifyManager('READY=1', 'STATUS=serving /mnt/ü')
      t.equal((await lines.next()).value, "'READY=1\\nSTATUS=serving /mnt/ü'")
    }
  }
)

t.test('where nobody listens nothing happens', async (t) => {
  for (const path of [undefined, '', 'relative', '/nowhere/socket', `/${'x'.repeat(200)}`]) {
    if (path === undefined) delete process.env['NOTIFY_SOCKET']
    else process.env['NOTIFY_SOCKET'] = path
    t.doesNotThrow(() => notifyManager('READY=1'), path ?? 'none')
  }
})

t.test('signs of life are asked of one process', async (t) => {
  t.equal(watchdogInterval({}), undefined)
  t.equal(watchdogInterval({ WATCHDOG_USEC: '60000000' }), 60_000)
  t.equal(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }), 60_000) // prettier-ignore
  t.equal(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }), undefined)
  t.equal(watchdogInterval({ WATCHDOG_USEC: 'soon' }), undefined)
})
