/** A real git server: git's own http-backend behind a small HTTP server, on loopback. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Test } from 'tap'
import { tempFolder } from '../support/temp.js'
import { httpServer } from './http.js'

export interface GitServer {
  /** The URL of the repository, and its folder on this machine. */
  readonly url: string
  readonly folder: string
  /** The headers of the requests so far. */
  readonly seen: IncomingMessage['headers'][]
  /** Git's programs that serve requests now, each the first of a group. */
  readonly running: Set<ChildProcess>
  /** Ends them all at once. */
  kill(): void
  /** Lets requests wait, and go on. */
  stop(): void
  resume(): void
  /** Is called when a push begins to be taken. */
  onPush: () => void
}

/** @param token that a request must have to be let in. */
export async function gitServer(t: Test, token?: string): Promise<GitServer> {
  const root = tempFolder(t, 'git')
  const folder = join(root, 'repo.git')
  git(['init', '--quiet', '--bare', '--initial-branch=main', folder])
  for (const setting of ['http.receivepack', 'uploadpack.allowFilter'])
    git(['-C', folder, 'config', setting, 'true'])
  let awake = Promise.resolve()
  let wake = (): void => undefined
  const server: GitServer = {
    url: '',
    folder,
    seen: [],
    running: new Set(),
    kill: () => {
      for (const { pid } of server.running) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    },
    stop: () => {
      awake = new Promise((resolve) => (wake = resolve))
    },
    resume: () => wake(),
    onPush: () => undefined
  }
  const base = await httpServer(t, (request, response) => {
    server.seen.push(request.headers)
    const wanted = token && `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
    if (wanted !== undefined && request.headers.authorization !== wanted)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    void awake.then(() => {
      if (!request.destroyed) serve(root, server, request, response)
    })
  })
  return Object.assign(server, { url: `${base}/repo.git` })
}

/** Runs git outside of any repository. */
export const git = (args: readonly string[], input?: Buffer): Buffer =>
  execFileSync('git', args, {
    env: {
      PATH: process.env.PATH,
      GIT_AUTHOR_NAME: 'somebody',
      GIT_AUTHOR_EMAIL: 'somebody@localhost',
      GIT_COMMITTER_NAME: 'somebody',
      GIT_COMMITTER_EMAIL: 'somebody@localhost'
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 64 << 20,
    input
  })

/** Source: RFC 3875, git-http-backend(1) */
function serve(
  root: string,
  server: GitServer,
  request: IncomingMessage,
  response: ServerResponse
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  const header = (name: string): string => String(request.headers[name] ?? '')
  const child = spawn('git', ['http-backend'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      ...(header('content-length') === '' ? {} : { CONTENT_LENGTH: header('content-length') }),
      REMOTE_USER: 'test',
      REMOTE_ADDR: '127.0.0.1'
    }
  })
  server.running.add(child)
  child.once('close', () => server.running.delete(child))
  child.stdin.on('error', () => undefined)
  if (pathname.endsWith('/git-receive-pack')) request.once('data', () => server.onPush())
  request.pipe(child.stdin)
  // A client that goes away ends its request without an end.
  request.once('close', () => child.stdin.end())
  answer(child, response)
}

/** Turns the head of a CGI answer into that of an HTTP answer. */
function answer(child: ChildProcess, response: ServerResponse): void {
  let head: Buffer | undefined = Buffer.alloc(0)
  child.stdout!.on('data', (part: Buffer) => {
    if (head === undefined) return void response.write(part)
    head = Buffer.concat([head, part])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    let status = 200
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name, value] = line.split(': ') as [string, string]
      if (name === 'Status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status)
    response.write(head.subarray(end + 4))
    head = undefined
  })
  child.once('close', () => {
    // A program that was killed has given no whole answer.
    if (head === undefined && child.exitCode === 0) response.end()
    else response.destroy()
  })
}
