/**
 * The type of an operation, one thing that can be done with a home. An operation takes and returns
 * plain values, knows neither command lines nor terminals, and throws KitError, so that the CLI,
 * the library and services can share it.
 */
import type { Run } from './run.js'
import type { Services } from './services.js'

export type Operation<Request, Result> = (
  services: Services,
  request: Request,
  run: Run
) => Promise<Result>
