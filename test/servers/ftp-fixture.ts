/** An FTP server out of a table of answers: what no honest one says. It keeps what it was told. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface FtpScript {
  /** The greeting; 220 where it is not given. */
  readonly greeting?: string
  /** Answers by commands, of which any begins with their words; the longest counts. Of several, the last stays. */
  readonly answers?: Readonly<Record<string, string | readonly string[]>>
  /** What a command sends on the connection for data before its last answer, 226. */
  readonly data?: Readonly<Record<string, string>>
}

const TLS_RECORD = 0x16

/** The answers of an ordinary server that knows no MLSD. */
const ANSWERS: Readonly<Record<string, string>> = {
  USER: '331 password',
  PASS: '230 welcome',
  FEAT: '211 none',
  PWD: '257 "/"',
  SIZE: '213 5',
  MDTM: '213 20240102030405',
  RNFR: '350 to what?',
  QUIT: '221 bye',
  '': '200 yes'
}

export class FtpFixture {
  readonly port: number
  /** The commands that came, in order. */
  readonly told: string[] = []
  script: FtpScript = {}
  /** Bytes of the last upload. */
  received = 0

  readonly #given = new Map<string, number>()

  private constructor(port: number) {
    this.port = port
  }

  static async start(t: Pick<Test, 'teardown'>, script: FtpScript = {}): Promise<FtpFixture> {
    const sockets = new Set<Socket>()
    const server = await listening((socket) => {
      sockets.add(socket)
      // A client that goes away ends it.
      fixture.#serve(socket).catch(() => socket.destroy())
    })
    const fixture = new FtpFixture(portOf(server))
    fixture.script = script
    t.teardown(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    return fixture
  }

  async #serve(socket: Socket): Promise<void> {
    const say = (text: string): void => void socket.write(`${text}\r\n`)
    socket.on('error', () => undefined)
    say(this.script.greeting ?? '220 a fixture')
    let data: Promise<Socket> | undefined
    let rest = ''
    for await (const part of socket as AsyncIterable<Buffer>) {
      // It takes the greeting of TLS for a command, as a server does that knows none.
      if (part[0] === TLS_RECORD) say('500 what?')
      const lines = (rest + part.toString()).split('\r\n')
      rest = lines.pop()!
      for (const line of lines) {
        this.told.push(line)
        if (line === 'EPSV') {
          const server = await listening()
          data = once(server, 'connection').then(([one]) => {
            server.close()
            return one as Socket
          })
          say(`229 here (|||${portOf(server)}|)`)
        } else if (/^(?:LIST|MLSD|RETR|STOR)/.test(line)) {
          const answer = this.#answer(line)
          if (answer.startsWith('5')) say(answer)
          else {
            say('150 it comes')
            await this.#transfer(line, await data!)
            say(answer === ANSWERS[''] ? '226 done' : answer)
          }
        } else say(this.#answer(line))
      }
    }
  }

  async #transfer(line: string, socket: Socket): Promise<void> {
    if (line.startsWith('STOR')) {
      this.received = 0
      for await (const part of socket as AsyncIterable<Buffer>) this.received += part.length
    } else {
      const { data = {} } = this.script
      socket.end(data[longest(Object.keys(data), line) ?? ''] ?? '')
      socket.resume()
      await once(socket, 'close')
    }
  }

  #answer(line: string): string {
    const key = longest(Object.keys({ ...ANSWERS, ...this.script.answers }), line)!
    const found = this.script.answers?.[key] ?? ANSWERS[key]!
    if (typeof found === 'string') return found
    const count = this.#given.get(key) ?? 0
    this.#given.set(key, count + 1)
    return found[Math.min(count, found.length - 1)]!
  }
}

const longest = (keys: readonly string[], line: string): string | undefined =>
  keys.filter((key) => line.startsWith(key)).sort((a, b) => b.length - a.length)[0]

async function listening(onSocket?: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
