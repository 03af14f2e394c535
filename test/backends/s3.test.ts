/** The S3 backend over Ceph RGW. */
import { PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { S3Backend } from '../../backends/s3/backend.js'
import { backendSuite } from '../contract/backend-suite.js'
import { skipWithoutRgw, startRgw } from '../servers/rgw.js'

const { signal } = new AbortController()

backendSuite('a bucket', skipWithoutRgw, async () => {
  const rgw = await startRgw(t)
  const settings = await rgw.settings({ prefix: 'below/here/' })
  const make = (): S3Backend => new S3Backend('bucket', settings, rgw.secrets())
  const writable = make()
  const client = rgw.client()
  t.teardown(() => writable.close())
  return {
    backend: make(),
    plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: async (name, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: settings.bucket, Key: `below/here/${name}`, Body: bytes })) // prettier-ignore
    },
    stop: () => rgw.signal('SIGSTOP'),
    resume: () => rgw.signal('SIGCONT')
  }
})
