/** A backend where nothing is changed: it has lost the facets that change something. */
import { CHANGING_FACETS, type Facets } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

export class ReadOnly extends WrappedBackend {
  protected override wrapFacets(facets: Facets): Facets {
    const left = { ...facets }
    for (const capability of CHANGING_FACETS) delete left[capability]
    return left
  }
}
