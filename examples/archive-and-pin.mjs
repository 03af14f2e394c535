// Carries a file from one home to another as an archive, and looks after its pin there.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKit } from 'ipfs-kit'

async function* lines() {
  for (let i = 0; i < 1000; i++) yield Buffer.from(`line ${i}\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-example-'))
try {
  const [here, there] = await Promise.all([
    openKit({ home: join(folder, 'here') }),
    openKit({ home: join(folder, 'there') })
  ])
  const { roots } = await here.add({ name: 'log.txt', stream: lines() })
  const { cid } = roots[0]

  const archive = join(folder, 'log.car')
  const { bytes } = await here.cars.exportTo(cid, archive)
  const { success, blocks } = await there.cars.verify(archive)
  console.log(`${bytes} bytes, ${blocks} blocks, ${success ? 'whole and true' : 'damaged'}`)

  await there.cars.import([archive])
  console.log(await there.pins.list())

  await there.pins.remove([cid])
  const { removedBlocks } = await there.gc()
  console.log(`gc removed ${removedBlocks} blocks`)
} finally {
  rmSync(folder, { recursive: true })
}
