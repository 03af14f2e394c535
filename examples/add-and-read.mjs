// Adds a folder, lists it, reads a file of it whole and in part.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKit } from 'ipfs-kit'

const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-example-'))
try {
  const photos = join(folder, 'photos')
  mkdirSync(photos)
  writeFileSync(join(photos, 'one.txt'), 'a picture, in words\n')
  writeFileSync(join(photos, 'two.txt'), 'another one\n')

  const kit = await openKit({ home: join(folder, 'home') })
  kit.on('progress', ({ what, bytes }) => console.log(`${what}: ${bytes} bytes`))

  const { roots } = await kit.add(photos)
  const { cid, files } = roots[0]
  console.log(`${files} files are ${cid}`)

  for (const { name, type, size } of await kit.ls(cid)) console.log(type, size, name)

  let text = ''
  for await (const bytes of kit.cat(`${cid}/one.txt`)) text += Buffer.from(bytes).toString()
  console.log(text.trim())

  for await (const bytes of kit.cat(`${cid}/one.txt`, { offset: 2, length: 7 }))
    console.log(Buffer.from(bytes).toString())
} finally {
  rmSync(folder, { recursive: true })
}
