/** What a node does with the indexes of others, and with its own. */
import { KitError } from '../core/errors.js'

export const ROLES = ['master', 'worker', 'leecher'] as const
export type Role = (typeof ROLES)[number]

export interface RoleRules {
  /** Records of others that it keeps: all, or those of content that it has a record of, or was asked to keep. */
  readonly keeps: 'all' | 'asked'
  /** Records that it publishes, and answers other nodes with. */
  readonly publishes: 'all' | 'own' | 'none'
}

export const RULES: Readonly<Record<Role, RoleRules>> = {
  master: { keeps: 'all', publishes: 'all' },
  worker: { keeps: 'asked', publishes: 'own' },
  leecher: { keeps: 'all', publishes: 'none' }
}

/** @throws UNSUPPORTED for a role that publishes nothing and answers nobody. */
export function checkPublishes(role: Role): void {
  if (RULES[role].publishes === 'none')
    throw new KitError('UNSUPPORTED', `a ${role} publishes nothing of its index; choose another role by \`ipfs-kit config set metadata.role worker\` (or master)`) // prettier-ignore
}
