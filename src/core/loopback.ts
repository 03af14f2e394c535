import { isIP } from 'node:net'

/** Returns whether an address is a loopback address, which no other machine can reach. */
export const isLoopback = (address: string): boolean =>
  (isIP(address) === 4 && address.startsWith('127.')) || address === '::1'
