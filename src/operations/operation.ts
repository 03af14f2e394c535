/**
 * An operation is one thing that can be done with a home: `(services, request, run) → result`. It
 * takes plain values and gives plain values, knows neither arguments of a command line nor a
 * terminal, and throws KitError. Commands, the library and every service parse, call and render.
 */
import type { Run } from './run.js'
import type { Services } from './services.js'

export type Operation<Request, Result> = (
  services: Services,
  request: Request,
  run: Run
) => Promise<Result>
