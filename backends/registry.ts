/**
 * Every type of backend there is. The tables of options are here at once; the code of a type, and
 * its SDK, are loaded when one is made.
 */
import { isKitError, KitError } from '../src/core/errors.js'
import type { Backend } from './backend.js'
import { FILECOIN_OPTIONS, filecoinOptions } from './filecoin/options.js'
import { checkFilesystem, FILESYSTEM_OPTIONS, filesystemPath } from './filesystem/options.js'
import { checkFtp, FTP_OPTIONS, ftpOptions } from './ftp/options.js'
import { GATEWAY_OPTIONS, gatewayUrls } from './gateway/options.js'
import { GITHUB_OPTIONS, githubOptions } from './github/options.js'
import { HUGGINGFACE_OPTIONS, hubPlace } from './huggingface/options.js'
import { IPFS_CLUSTER_OPTIONS, ipfsClusterOptions } from './ipfs_cluster/options.js'
import { checkKubo, completeKubo, KUBO_OPTIONS, kuboOptions } from './kubo/options.js'
import {
  checkTexts,
  describeOption,
  fallbackOf,
  flagName,
  flagValue,
  secretOptions,
  type OptionTable,
  type OptionTexts
} from './options.js'
import { PINNING_SERVICE_OPTIONS, pinningServiceOptions } from './pinning_service/options.js'
import { checkRclone, RCLONE_OPTIONS, rcloneOptions, remoteType } from './rclone/options.js'
import { completeS3, S3_OPTIONS, s3Settings } from './s3/options.js'
import { Secrets } from './secrets.js'
import { SFTP_OPTIONS, sftpOptions } from './sftp/options.js'
import type { Warn } from './skipped.js'
import { STORACHA_OPTIONS, storachaGateways } from './storacha/options.js'
import { completeSshfs, SSHFS_OPTIONS, sshfsOptions } from './sshfs/options.js'
import { WEBDAV_OPTIONS, webdavOptions } from './webdav/options.js'

export interface BackendType {
  readonly summary: string
  readonly options: OptionTable
  /** What it was tested against where that is not the real thing, for people. */
  readonly testedAgainst?: string
  /**
   * Makes a backend of texts that `options` allows, and of the secrets that are set.
   * @throws USAGE naming the option that is wrong; CREDENTIALS for a secret that is needed and not set.
   */
  readonly make: (
    name: string,
    texts: OptionTexts,
    warn: Warn | undefined,
    secrets: Secrets
  ) => Promise<Backend>
  /**
   * Checks that what the options name on this machine is there. It runs when they are given, and
   * not whenever one is made: a disk that is away now must not stop the other backends.
   * @throws USAGE.
   */
  readonly check?: (texts: OptionTexts) => void
  /** Says what the options lead to, for `backend show`. @throws KitError where that is not known. */
  readonly details?: (texts: OptionTexts) => Readonly<Record<string, string>>
  /** Adds what the environment says when the options are given, to be kept with them. */
  readonly complete?: (texts: OptionTexts) => OptionTexts
}

/** Types whose services cannot be had for tests. */
const FIXTURE = 'a fixture made from the published API'

export const BACKEND_TYPES: Readonly<Record<string, BackendType>> = {
  kubo: {
    summary: 'a Kubo node, by its RPC API or its repository',
    options: KUBO_OPTIONS,
    make: async (name, texts, warn) => {
      const { KuboBackend } = await import('./kubo/backend.js')
      const options = kuboOptions(texts, (reason) => warn?.(`backend ${name}: ${reason}`))
      return new KuboBackend(name, options, warn)
    },
    check: checkKubo,
    complete: completeKubo
  },
  gateway: {
    summary: 'trustless HTTP gateways that stand in for each other',
    options: GATEWAY_OPTIONS,
    make: async (name, texts) => {
      const { GatewayBackend } = await import('./gateway/backend.js')
      return new GatewayBackend(name, gatewayUrls(texts))
    }
  },
  filesystem: {
    summary: 'a folder of CAR files and blocks',
    options: FILESYSTEM_OPTIONS,
    make: async (name, texts, warn) => {
      const { FilesystemBackend } = await import('./filesystem/backend.js')
      return new FilesystemBackend(name, filesystemPath(texts), { warn })
    },
    check: checkFilesystem
  },
  rclone: {
    summary: 'a folder or bucket on any remote of your rclone',
    options: RCLONE_OPTIONS,
    make: async (name, texts, warn) => {
      const { RcloneBackend } = await import('./rclone/backend.js')
      return new RcloneBackend(name, rcloneOptions(texts), { warn })
    },
    check: checkRclone,
    details: (texts) => ({ remote_type: remoteType(rcloneOptions(texts)) })
  },
  s3: {
    summary: 'a bucket of CAR files and blocks on a server that speaks S3',
    options: S3_OPTIONS,
    make: async (name, texts, warn, secrets) => {
      const { S3Backend } = await import('./s3/backend.js')
      return new S3Backend(name, s3Settings(texts), secrets, { warn })
    },
    complete: completeS3
  },
  github: {
    summary: 'a repository on GitHub, or another git server',
    options: GITHUB_OPTIONS,
    testedAgainst:
      "git's own server over HTTP and repositories on this machine for branches; a fixture made from the published API for releases",
    make: async (name, texts, warn, secrets) => {
      const options = githubOptions(texts, () => secrets.text('token'))
      const { GithubBackend } = await import('./github/backend.js')
      return new GithubBackend(name, options, { warn })
    }
  },
  huggingface: {
    summary: 'a dataset or model repository of the Hugging Face Hub',
    options: HUGGINGFACE_OPTIONS,
    testedAgainst: FIXTURE,
    make: async (name, texts, warn, secrets) => {
      const place = hubPlace(texts, () => secrets.text('token'))
      const { HuggingfaceBackend } = await import('./huggingface/backend.js')
      return new HuggingfaceBackend(name, place, { warn })
    }
  },
  webdav: {
    summary: 'a folder on a WebDAV server',
    options: WEBDAV_OPTIONS,
    make: async (name, texts, warn, secrets) => {
      const { WebdavBackend } = await import('./webdav/backend.js')
      return new WebdavBackend(name, webdavOptions(texts), secrets, { warn })
    }
  },
  sftp: {
    summary: 'a folder of CAR files and blocks on an SSH server',
    options: SFTP_OPTIONS,
    make: async (name, texts, warn, secrets) => {
      const { SftpBackend } = await import('./sftp/backend.js')
      return new SftpBackend(name, sftpOptions(texts), secrets, { warn })
    }
  },
  sshfs: {
    summary: 'a folder of CAR files and blocks on a mount that may hang or go away',
    options: SSHFS_OPTIONS,
    make: async (name, texts, warn) => {
      const { SshfsBackend } = await import('./sshfs/backend.js')
      return new SshfsBackend(name, sshfsOptions(texts), { warn })
    },
    complete: completeSshfs
  },
  ftp: {
    summary: 'a folder on an FTP server, with TLS (FTPS) or without',
    options: FTP_OPTIONS,
    make: async (name, texts, warn, secrets) => {
      const options = ftpOptions(texts, secrets)
      const { FtpBackend } = await import('./ftp/backend.js')
      return new FtpBackend(name, options, { warn })
    },
    check: checkFtp
  },
  pinning_service: {
    summary: 'a service that pins by CID and speaks the IPFS Pinning Service API',
    options: PINNING_SERVICE_OPTIONS,
    testedAgainst: FIXTURE,
    make: async (name, texts, _warn, secrets) => {
      const { PinningServiceBackend } = await import('./pinning_service/backend.js')
      return new PinningServiceBackend(name, pinningServiceOptions(texts), secrets)
    }
  },
  ipfs_cluster: {
    summary: 'an IPFS Cluster: several nodes that keep pins together',
    options: IPFS_CLUSTER_OPTIONS,
    testedAgainst: FIXTURE,
    make: async (name, texts, _warn, secrets) => {
      const { IpfsClusterBackend } = await import('./ipfs_cluster/backend.js')
      return new IpfsClusterBackend(name, ipfsClusterOptions(texts), secrets)
    }
  },
  filecoin: {
    summary: 'storage providers of Filecoin over HTTP, and the states of deals',
    options: FILECOIN_OPTIONS,
    testedAgainst: FIXTURE,
    make: async (name, texts, _warn, secrets) => {
      const { FilecoinBackend } = await import('./filecoin/backend.js')
      return new FilecoinBackend(name, filecoinOptions(texts), secrets)
    }
  },
  storacha: {
    summary: 'Storacha: reading by its gateways, whole archives into a space',
    options: STORACHA_OPTIONS,
    testedAgainst: "the vendor's service for tests, and a fixture of its gateway",
    make: async (name, texts, _warn, secrets) => {
      const { StorachaBackend } = await import('./storacha/backend.js')
      return new StorachaBackend(name, storachaGateways(texts), secrets)
    }
  }
}

/** An option of one type or several, as a command line shows it. */
export interface TypeOption {
  readonly value: string | undefined
  /** Begins with the type; of an option that several types have, each says its own. */
  readonly help: string
  readonly repeatable: boolean
}

/** The options of all types together, by their names. */
export function typeOptions(): ReadonlyMap<string, TypeOption> {
  const found = new Map<string, TypeOption>()
  for (const [type, { options }] of Object.entries(BACKEND_TYPES))
    for (const [option, row] of Object.entries(options)) {
      const name = flagName(option, row)
      const known = found.get(name)
      const help = `${type}: ${describeOption(row)}`
      found.set(name, {
        value: joined(known?.value, flagValue(row)),
        help: known === undefined ? help : `${known.help}; ${help}`,
        repeatable: known?.repeatable === true || row.repeatable === true
      })
    }
  return found
}

/** The values that an option takes of one type or another. */
const joined = (known: string | undefined, value: string | undefined): string | undefined =>
  [...new Set([known, value].flatMap((one) => one?.split('|') ?? []))].join('|') || undefined

/** The options that are secrets, by the flags that name their files. */
export const secretFlags = (): ReadonlyMap<string, string> =>
  new Map(
    Object.values(BACKEND_TYPES).flatMap(({ options }) =>
      secretOptions(options).map(([option, row]) => [flagName(option, row), option] as const)
    )
  )

/** The defaults, in words, of the options of a type that were not given. */
export function defaultsOf(type: string, texts: OptionTexts): Readonly<Record<string, string>> {
  const table: OptionTable = Object.hasOwn(BACKEND_TYPES, type) ? BACKEND_TYPES[type]!.options : {}
  return Object.fromEntries(
    Object.entries(table).flatMap(([option, row]) => {
      const fallback = row.secret === undefined ? fallbackOf(row) : undefined
      return fallback === undefined || texts[option] !== undefined ? [] : [[option, fallback]]
    })
  )
}

/** What options lead to, such as the type of a remote; empty where that is not known now. */
export function detailsOf(type: string, texts: OptionTexts): Readonly<Record<string, string>> {
  try {
    return (Object.hasOwn(BACKEND_TYPES, type) && BACKEND_TYPES[type]!.details?.(texts)) || {}
  } catch (error) {
    if (isKitError(error, 'USAGE')) return {}
    throw error
  }
}

/**
 * @param warn is told of what the backend skips.
 * @throws USAGE for an unknown type, or options it does not take.
 */
export async function makeBackend(
  name: string,
  type: string,
  texts: OptionTexts,
  warn?: Warn,
  secrets = new Secrets()
): Promise<Backend> {
  const { options, make } = typeNamed(type)
  checkTexts(texts, options)
  return await make(name, texts, warn, secrets)
}

/** What a type was tested against where that is not the real thing; undefined for the others. */
export const testedAgainst = (type: string): string | undefined =>
  Object.hasOwn(BACKEND_TYPES, type) ? BACKEND_TYPES[type]!.testedAgainst : undefined

/** The table of a type's options. @throws USAGE. */
export const optionsOf = (type: string): OptionTable => typeNamed(type).options

/**
 * Checks that a backend can be made of these options, and encrypted where it shall be.
 * @throws USAGE, CREDENTIALS.
 */
export async function checkOptions(
  name: string,
  type: string,
  texts: OptionTexts,
  secrets?: Secrets,
  isEncrypted = false
): Promise<void> {
  const backend = await makeBackend(name, type, texts, undefined, secrets)
  await backend.close()
  if (isEncrypted) (await import('./encryption/encrypted.js')).storedFilesOf(backend)
  typeNamed(type).check?.(texts)
}

/** Returns options as they are kept. @throws USAGE for an unknown type. */
export const completedOptions = (type: string, texts: OptionTexts): OptionTexts =>
  typeNamed(type).complete?.(texts) ?? texts

/** @throws USAGE. */
function typeNamed(type: string): BackendType {
  const found = Object.hasOwn(BACKEND_TYPES, type) ? BACKEND_TYPES[type] : undefined
  if (found === undefined)
    throw new KitError(
      'USAGE',
      `there is no backend type "${type}"; there are ${Object.keys(BACKEND_TYPES).join(', ')}`
    )
  return found
}
