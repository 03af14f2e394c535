/** Addresses that lie inside this machine or its networks, where no fetched name may lead. */
import { BlockList, isIPv6 } from 'node:net'

// Two lists: in one, an IPv4 address counts as the IPv6 address that it can be written as.
const inside4 = new BlockList()
const inside6 = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4]
] as const)
  inside4.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  // IPv4 inside IPv6, in each of its forms, is nobody's public address.
  ['::', 96],
  ['::ffff:0:0', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8]
] as const)
  inside6.addSubnet(network, prefix, 'ipv6')

export function isPublicAddress(address: string): boolean {
  // A zone names one of this machine's networks.
  if (address.includes('%')) return false
  return isIPv6(address) ? !inside6.check(address, 'ipv6') : !inside4.check(address, 'ipv4')
}
