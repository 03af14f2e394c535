// Shows a home as files, and reads one of them with another program. It needs Linux and FUSE.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKit } from 'ipfs-kit'

const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-example-'))
try {
  const kit = await openKit({ home: join(folder, 'home') })
  writeFileSync(join(folder, 'greeting'), 'hello, files\n')
  const { roots } = await kit.add(join(folder, 'greeting'))

  const { path, driver } = await kit.mount(join(folder, 'mnt'))
  try {
    console.log(`${driver} serves ${path}`)
    // By another program: whoever serves a mount must not read it itself.
    console.log(execFileSync('cat', [join(path, 'ipfs', roots[0].cid)]).toString())
    console.log((await kit.status()).mounts)
  } finally {
    await kit.unmount(path)
  }
} finally {
  rmSync(folder, { recursive: true })
}
