import { FtpBackend } from '../../../backends/ftp/backend.js'
import { facetOf } from '../../../backends/facets/facets.js'
import { backendSuite } from '../../contract/backend-suite.js'
import { FtpServer, skipWithoutFtp } from '../../servers/ftp.js'

const { signal } = new AbortController()

for (const [kind, tls] of [
  ['vsftpd', 'off'],
  ['vsftpd', 'implicit'],
  ['pure-ftpd', 'explicit']
] as const)
  backendSuite(`${kind}, TLS ${tls}`, skipWithoutFtp, async (t) => {
    const server = await FtpServer.start(t, kind, { tls })
    const backend = new FtpBackend('ftp', server.options)
    t.teardown(() => backend.close())
    return {
      backend,
      plant: (cid, block) => facetOf(backend, 'blockWriter').putBlock(cid, block, { signal }),
      plantFile: async (name, bytes) => server.plant(name, bytes),
      leave: (at) => server.leave('cars/a.car', at),
      stop: () => server.stop(),
      resume: () => server.resume()
    }
  })
