/** What a backend can do: asked for anything else, it says UNSUPPORTED. */
export const CAPABILITIES = [
  'file-stream',
  'entity-car',
  'many-files',
  'dag-export',
  'put',
  'delete',
  'pin',
  'names',
  'keys',
  'mutable-files'
] as const

export type Capability = (typeof CAPABILITIES)[number]
