/** The kinds of nodes that users see. */
export type NodeKind = 'file' | 'directory' | 'symlink'
