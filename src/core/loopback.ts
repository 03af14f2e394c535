import { isIP } from 'node:net'

/** Whether an address is this machine's own, reached from nowhere else. */
export const isLoopback = (address: string): boolean =>
  (isIP(address) === 4 && address.startsWith('127.')) || address === '::1'
