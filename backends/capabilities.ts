/** What a backend can do: asked for anything else, it says UNSUPPORTED. */
export const CAPABILITIES = [
  'file-stream',
  'many-files',
  'dag-export',
  'put',
  'delete',
  'pin',
  'names'
] as const

export type Capability = (typeof CAPABILITIES)[number]
