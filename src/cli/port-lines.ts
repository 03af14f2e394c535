/** What is printed of the ports of an engine. */
import type { PortReport } from '../operations/engine-report.js'

const MEANING: Readonly<Record<PortReport['name'], string>> = {
  service: 'for programs that bring the token of run/token',
  gateway: 'content by its path, as /ipfs/CID',
  metrics: '/metrics'
}

export const portLines = (ports: readonly PortReport[]): string[] =>
  ports.map(({ name, url, fault }) =>
    url === null ? `${name.padEnd(8)} off: ${fault}` : `${name.padEnd(8)} ${url}  ${MEANING[name]}`
  )
