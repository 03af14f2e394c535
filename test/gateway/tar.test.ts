/** Files and folders as tar (IPIP-288). */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkReply, conformanceGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(60_000)

const FILE = 'bafkreialihlqnf5uwo4byh4n3cmwlntwqzxxs2fg5vanqdi3d7tb2l5xkm'
const FOLDER = 'bafybeig6ka5mlwkl4subqhaiatalkcleo4jgnr3hqwvpmsqfca27cijp3i'
const INSIDE = 'bafybeibfevfxlvxp5vxobr5oapczpf7resxnleb7tkqmdorc4gl5cdva3y'
const OUTSIDE = 'bafybeicaj7kvxpcv4neaqzwhrqqmdstu4dhrwfpknrgebq6nzcecfucvyu'
const TEXT = 'I am a txt file on path with utf8\n'

t.test('tar', async (t) => {
  const { ask, kit } = await conformanceGateway(t)
  const folder = tempFolder(t, 'tar')
  const extracted = (name: string, archive: Buffer): string => {
    const out = join(folder, name)
    mkdirSync(out)
    writeFileSync(`${out}.tar`, archive)
    execFileSync('tar', ['-xf', `${out}.tar`, '-C', out])
    return out
  }

  for (const [i, [path, headers]] of (
    [
      [`/ipfs/${FILE}?format=tar`, {}],
      [`/ipfs/${FILE}`, { accept: 'application/x-tar' }]
    ] as const
  ).entries()) {
    const reply = await ask(path, { headers })
    checkReply(t, path, reply, {
      status: 200,
      headers: {
        'content-disposition': /^attachment; /,
        etag: new RegExp(`^W/"${FILE}\\.x-tar`),
        'content-type': 'application/x-tar'
      }
    })
    t.equal(readFileSync(join(extracted(`file${i}`, reply.body), FILE), 'utf8'), TEXT)
  }
  const whole = await ask(`/ipfs/${FOLDER}?format=tar`)
  checkReply(t, 'a folder', whole, { status: 200 })
  t.equal(
    readFileSync(join(extracted('folder', whole.body), FOLDER, 'ą/ę/file-źł.txt'), 'utf8'),
    TEXT
  )
  checkReply(
    t,
    'a name',
    await ask(`/ipfs/${FOLDER}?format=tar&filename=test%D1%82%D0%B5%D1%81%D1%82.tar`),
    {
      status: 200,
      headers: {
        'content-disposition': `attachment; filename="test____.tar"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.tar`
      }
    }
  )
  checkReply(t, 'paths out of the root', await ask(`/ipfs/${OUTSIDE}?format=tar`), {
    has: ['relative UnixFS paths outside the root are now allowed']
  })
  const inside = await ask(`/ipfs/${INSIDE}?format=tar`)
  checkReply(t, 'paths that stay below it', inside, { status: 200 })
  t.equal(
    readFileSync(join(extracted('inside', inside.body), INSIDE, 'foobar/file'), 'utf8'),
    'Hello, world!\n'
  )
  checkReply(t, 'no file', await ask('/ipfs/bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim?format=tar'), { status: 400 }) // prettier-ignore

  // Long names, links, and sizes that are no multiple of a block.
  const made = join(folder, 'made', 'd'.repeat(120))
  mkdirSync(made, { recursive: true })
  for (const size of [0, 511, 512, 513, 1_500_000])
    writeFileSync(join(made, `${size}`), Buffer.alloc(size, 'x'))
  const cid = await kit.add(join(folder, 'made'))
  const out = extracted('made.out', (await ask(`/ipfs/${cid}?format=tar`)).body)
  for (const size of [0, 511, 512, 513, 1_500_000])
    t.equal(readFileSync(join(out, cid, 'd'.repeat(120), `${size}`)).length, size)
})
