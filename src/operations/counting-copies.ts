/** Tells which copies count: those on backends that are untrusted are extras. */
import { configuredBackends } from '../../backends/configured.js'
import { DEFAULT_TRUST, type Trust } from '../../backends/options.js'
import type { Mapping } from '../pins/mapping.js'

/** Returns how far copies on each backend are believed in. */
export function trustOf(home: string): (backend: string) => Trust {
  const trusts = new Map(configuredBackends(home).map(({ name, trust }) => [name, trust]))
  return (backend) => trusts.get(backend) ?? DEFAULT_TRUST
}

export function countingCopies(home: string): (mapping: Mapping) => boolean {
  const trust = trustOf(home)
  return ({ backend }) => trust(backend) !== 'untrusted'
}
