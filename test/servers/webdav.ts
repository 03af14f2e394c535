/** Real WebDAV servers: nginx with its modules, and `rclone serve webdav`. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './kubo.js'
import { lacks, ServerProgram } from './program.js'

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

export const skipWithoutNginx = {
  skip: existsSync(MODULE)
    ? existsSync('/usr/sbin/nginx')
      ? false
      : 'there is no nginx here'
    : 'there is no module of nginx for PROPFIND here (Debian: libnginx-mod-http-dav-ext)'
}
export const skipWithoutRclone = { skip: lacks('rclone', 'version') }

export interface NginxOptions {
  /** Methods beside PROPFIND. */
  readonly methods?: string
  /** Lines of its `server`. */
  readonly lines?: string
  /** Whether it speaks TLS; its certificate is `cert.pem` in its folder. */
  readonly tls?: boolean
}

/** Starts nginx over `FOLDER/files`; the folder below the root is `/dav/`. */
export async function nginxDav(
  t: Pick<Test, 'teardown'>,
  folder: string,
  { methods = 'PUT DELETE MKCOL COPY MOVE', lines = '', tls = false }: NginxOptions = {}
): Promise<ServerProgram> {
  const port = await freePort()
  mkdirSync(join(folder, 'files', 'dav'), { recursive: true })
  if (tls) makeCertificate(folder)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `load_module ${MODULE};
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
error_log stderr;
pid ${folder}/pid;
events { worker_connections 200; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  client_max_body_size 100m;
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
    ${tls ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;` : ''}
    ${lines}
    location / {
      root ${folder}/files;
      dav_methods ${methods};
      dav_ext_methods PROPFIND OPTIONS;
    }
  }
}
`
  )
  const args = ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')]
  return await ServerProgram.start(t, port, ['nginx', ...args], { PATH })
}

function makeCertificate(folder: string): void {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')] // prettier-ignore
  execFileSync('openssl', args, { stdio: 'ignore' })
}

/** Starts `rclone serve webdav` over a folder. */
export async function rcloneDav(
  t: Pick<Test, 'teardown'>,
  folder: string,
  ...more: readonly string[]
): Promise<ServerProgram> {
  const port = await freePort()
  const args = ['serve', 'webdav', folder, '--addr', `127.0.0.1:${port}`, '--dir-cache-time', '0s', ...more] // prettier-ignore
  return await ServerProgram.start(t, port, ['rclone', ...args], { RCLONE_CONFIG: '/dev/null' })
}
