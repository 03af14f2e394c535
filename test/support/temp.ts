/** Folders that go away with their test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

type Owner = Pick<Test, 'teardown'>

export function tempFolder(t: Owner, name = 'test'): string {
  const folder = mkdtempSync(join(tmpdir(), `ipfs-kit-${name}-`))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
