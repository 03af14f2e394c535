/** The client for Rust: built by cargo, its tests run over a real engine. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit')

const found = await runProgram('sh', [join(ROOT, '.ci/rust')])
const skip = found.code !== 0 && `cargo, or the crates, cannot be had: ${found.stderr}`

t.test('the client for Rust', { skip }, async (t) => {
  const cargo = found.stdout.toString().trim()
  const folder = tempFolder(t, 'rust')
  const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const { code, stdout, stderr } = await runProgram(
    cargo,
    ['test', '--locked', '--offline', '--test', 'engine'],
    {
      cwd: join(ROOT, 'sdks/rust'),
      env: {
        CARGO_TARGET_DIR: join(CACHE, 'rust-target'),
        CARGO_PROFILE_DEV_DEBUG: '0',
        CARGO_INCREMENTAL: '0',
        IPFS_KIT_HOME: kit.home,
        IPFS_KIT_TEST_ADDRESS: new URL(ports[0]!.url).host
      }
    }
  )
  t.equal(code, 0, `${stdout.toString().slice(-6000)}${stderr.slice(-6000)}`)
  t.match(stdout.toString(), /8 passed/)
})
