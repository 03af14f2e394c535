/** A real DNS server on loopback that knows nothing but what a test tells it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Resolver } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from './kubo.js'

const program = ['/usr/sbin/dnsmasq', '/usr/bin/dnsmasq'].find(
  (path) => spawnSync(path, ['--version']).status === 0
)

export const skipWithoutDnsmasq = {
  skip: program === undefined ? 'dnsmasq is not installed' : false
}

/** @param records texts by their names. @returns the server's address. */
export async function dnsServer(
  t: Pick<Test, 'teardown'>,
  records: Readonly<Record<string, string>>
): Promise<string> {
  const port = await freePort()
  const texts = Object.entries(records).map(([name, text]) => `--txt-record=${name},${text}`)
  const server = spawn(
    program!,
    ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file', '--user=root',
     '--bind-interfaces', '--listen-address=127.0.0.1', `--port=${port}`, '--local=/test/', ...texts], // prettier-ignore
    { stdio: 'ignore' }
  )
  t.teardown(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  })
  const address = `127.0.0.1:${port}`
  const resolver = new Resolver({ timeout: 200, tries: 1 })
  resolver.setServers([address])
  for (let i = 0; i < 100; i++) {
    const code = await resolver.resolveTxt('nothing.test').then(() => '', (error: NodeJS.ErrnoException) => error.code) // prettier-ignore
    if (code === 'ENOTFOUND' || code === 'ENODATA') return address
    await delay(50)
  }
  throw new Error(`dnsmasq does not answer at ${address}`)
}
