/** Answers to reads go straight where they are wanted, however their packets are cut; ssh2 gets the rest. */
import t from 'tap'
import fc from 'fast-check'
import { withDirectData, type PacketParser } from '../../../backends/sftp/direct-data.js'

const [STATUS, DATA] = [101, 103]

/** A parser that only notes what it is given, and the answers to its requests. */
class Parser implements PacketParser {
  given = Buffer.alloc(0)
  hasEnded = false
  readonly answers: { readonly id: number; readonly bytes: Buffer }[] = []
  readonly _requests: PacketParser['_requests'] = {}

  readonly push = (data: Buffer | null): void => {
    if (data === null) this.hasEnded = true
    else this.given = Buffer.concat([this.given, data])
  }

  forget(id: number): void {
    const { _requests: requests } = this as PacketParser
    delete requests[id]
  }

  ask(id: number, length: number): void {
    const buffer = Buffer.alloc(length)
    const { _requests: requests } = this as PacketParser
    requests[id] = {
      buffer,
      cb: (_, into, count) => void this.answers.push({ id, bytes: into.subarray(0, count) })
    }
  }
}

function packet(type: number, id: number, bytes: Uint8Array, said = bytes.length): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(9 + bytes.length, 0)
  head[4] = type
  head.writeUInt32BE(id, 5)
  head.writeUInt32BE(said, 9)
  return Buffer.concat([head, bytes])
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 })
/** An answer that was asked for, one that was not, one with a length that is wrong, and another packet. */
const sent = fc.oneof(
  fc.record({ kind: fc.constantFrom('asked', 'unasked', 'wrong', 'long', 'status'), bytes }),
  fc.record({ kind: fc.constant('short'), bytes: fc.constant(new Uint8Array(0)) })
)

t.test('whatever the cuts are', async (t) => {
  fc.assert(
    fc.property(
      fc.array(sent, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (all, cuts) => {
        // prettier-ignore
        const parser = new Parser()
        const wanted: { id: number; bytes: Buffer }[] = []
        const rest: Buffer[] = []
        const stream = all.map(({ kind, bytes }, id) => {
          if (kind === 'short') {
            // A packet of nothing but its type.
            rest.push(Buffer.from([0, 0, 0, 1, DATA]))
            return rest.at(-1)!
          }
          if (kind !== 'unasked') parser.ask(id, kind === 'long' ? bytes.length - 1 : 60)
          const made = packet(kind === 'status' ? STATUS : DATA, id, bytes, bytes.length + Number(kind === 'wrong')) // prettier-ignore
          if (kind === 'asked') wanted.push({ id, bytes: Buffer.from(bytes) })
          else rest.push(made)
          return made
        })
        const channel = withDirectData(parser)
        const whole = Buffer.concat(stream)
        for (let at = 0; at < whole.length;) {
          const length = cuts.next().value as number
          // Its memory is used for other bytes once it was taken.
          const piece = Buffer.from(whole.subarray(at, at + length))
          channel.push(piece)
          piece.fill(0xff)
          at += length
        }
        channel.push(null)
        t.ok(parser.hasEnded)
        return (
          parser.given.equals(Buffer.concat(rest)) &&
        parser.answers.length === wanted.length &&
        wanted.every(({ id, bytes }, i) => parser.answers[i]!.id === id && parser.answers[i]!.bytes.equals(bytes)) // prettier-ignore
        )
      }
    ),
    { numRuns: 300 }
  )
})

t.test('a request that was given up while its answer came is told nothing', async (t) => {
  const parser = new Parser()
  parser.ask(7, 10)
  const channel = withDirectData(parser)
  const whole = packet(DATA, 7, Buffer.from('0123456789'))
  channel.push(whole.subarray(0, 16))
  parser.forget(7)
  channel.push(whole.subarray(16))
  t.same(parser.answers, [])
  t.equal(parser.given.length, 0)
})
