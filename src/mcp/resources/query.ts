/** `query://{name}`: the text of a saved query. */
import { queryList, queryText } from '../../operations/query-saved.js'
import { beginning, namesOf, type ResourceKind } from './resource.js'

export const queryResource: ResourceKind = {
  name: 'query',
  template: 'query://{name}',
  title: 'Saved query',
  description:
    'The text of a saved query. Its result is /queries/NAME.csv of the tree: vfs_cat reads it.',
  mimeType: 'application/sql',
  read: (uri, { services }) => {
    const text = queryText(services, namesOf(uri).join('/'))
    return Promise.resolve({ contents: [{ uri: uri.href, mimeType: 'application/sql', text }] })
  },
  complete: {
    name: async (typed, { services, run }) => {
      const { queries } = await queryList(services, {}, run)
      return beginning(
        typed,
        queries.map(({ name }) => name)
      )
    }
  }
}
