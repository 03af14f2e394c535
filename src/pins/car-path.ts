/**
 * The folders that mappings name for the archives of each type of backend. The first segment stands
 * for the configured bucket, repository or folder; other types use the name of the backend.
 */
export const CAR_FOLDERS: Readonly<Record<string, string>> = {
  s3: '/s3-bucket/cars',
  github: '/github-repo/cars',
  storacha: '/storacha',
  huggingface: '/hf-repo/cars',
  ftp: '/ftp-storage/cars',
  sshfs: '/sshfs-mount/cars',
  sftp: '/sshfs-mount/cars'
}
