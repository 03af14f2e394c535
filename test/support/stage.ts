/** A real Kubo and a home that has it as its backend, for one test. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from './cli.js'
import { mounted, skipWithoutMount } from './mount.js'
import { tempFolder } from './temp.js'

export const skipWithoutKuboMount =
  skipWithoutMount.skip === false ? skipWithoutKubo : skipWithoutMount

/** As Kubo adds where files shall be raw blocks. */
export const V1 = ['--cid-version=1', '--raw-leaves']

export interface Report {
  readonly fetch: { readonly fetched: number; readonly bytes: number }
  readonly cache: { readonly corrupt: number; readonly disk: { readonly used: number } }
}

export class Stage {
  readonly folder: string
  readonly kubo: Kubo
  readonly kit: Kit

  private constructor(folder: string, kubo: Kubo, kit: Kit) {
    this.folder = folder
    this.kubo = kubo
    this.kit = kit
  }

  static async make(t: Test, ...options: string[]): Promise<Stage> {
    const folder = tempFolder(t, 'remote')
    const kubo = await Kubo.start(t, folder)
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--network', 'off', ...options) // prettier-ignore
    return new Stage(folder, kubo, kit)
  }

  mount(t: Test, ...args: string[]): Promise<string> {
    return mounted(t, this.kit, this.folder, ...args)
  }

  /** Add to Kubo. @returns the CID. */
  add(path: string, ...args: string[]): Promise<string> {
    return this.kubo.ipfs('add', '-Q', '-r', ...args, path)
  }

  file(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name)
    writeFileSync(path, bytes)
    return path
  }

  async report(): Promise<Report> {
    return JSON.parse(await this.kit.ok('cache', 'stats', '--json')) as Report
  }
}

/** Read with another program: this one must be able to look on. */
export const reads = (path: string): Promise<{ code: number | null; stderr: string }> =>
  runProgram('cat', [path])

export const same = async (path: string, bytes: Uint8Array): Promise<boolean> => {
  const { code, stdout } = await runProgram('cat', [path])
  return code === 0 && Buffer.from(bytes).equals(stdout)
}
