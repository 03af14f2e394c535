// Errors have a code and say what to do; a call can be ended by a signal.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KitError, openKit } from 'ipfs-kit'

const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-example-'))
try {
  const kit = await openKit({ home: folder, offline: true })
  kit.on('warning', (message) => console.warn(message))

  try {
    await kit.stat('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'BLOCK_NOT_FOUND') throw error
    console.log(`${error.code}: ${error.message}`)
  }

  async function* endless() {
    for (;;) yield Buffer.alloc(1 << 20)
  }
  const signal = AbortSignal.timeout(200)
  try {
    await kit.add({ name: 'endless', stream: endless() }, { signal, onlyHash: true })
  } catch (error) {
    console.log(`ended: ${error.message}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
