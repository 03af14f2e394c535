/** What a node is to whoever reads it. */
export type NodeKind = 'file' | 'directory' | 'symlink'
