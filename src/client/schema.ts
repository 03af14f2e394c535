/** Types of the API, generated from its schemas by `npm run client`; a test compares. */

export interface paths {
  '/api/v1/add': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Add files of this machine
     * @description Adds files and folders of the machine that the engine runs on, by their absolute paths, durably, and pins each root. Bytes are uploaded to `/api/v1/upload`.
     */
    post: operations['add']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/ls': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List a folder
     * @description Lists a folder page by page; of a file, the file itself.
     */
    get: operations['ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/stat': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Describe a file or folder
     * @description Tells type and size, and how much of its DAG is here.
     */
    get: operations['stat']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/dag': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show a node of a DAG
     * @description Reads one block of any codec: what it is made of in dag-json, and the CIDs that it leads to.
     */
    get: operations['dag_show']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/explain': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Where bytes come from
     * @description Tells which tier and which backend serves each part of a file, or would serve it.
     */
    get: operations['explain']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/get': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Copy content to a file of this machine
     * @description Copies a file or folder to an absolute path that is not there yet, completely or not at all. Bytes are downloaded from `/api/v1/download`.
     */
    post: operations['get']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/warm': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Fetch content ahead
     * @description Fetches files and folders, so that they are here when they are read.
     */
    post: operations['cache_warm']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/pins': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List pins
     * @description Lists the pins of this home page by page.
     */
    get: operations['pin_ls']
    put?: never
    /**
     * Pin content
     * @description Keeps content from garbage collection, and fetches what of it is not here. With `backends` or `replicas`, copies are stored on backends.
     */
    post: operations['pin_add']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/pins/{cid}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Unpin content
     * @description Removes a pin; garbage collection may then remove what no other pin reaches.
     */
    delete: operations['pin_rm']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/pins/{cid}/places': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Where a pin is kept
     * @description Tells which backends have a copy, and whose loss would lose it.
     */
    get: operations['pin_whereis']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List copies on backends
     * @description Lists the copies of pins on backends page by page, in the order of their CIDs.
     */
    get: operations['pin_copies']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/release': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Remove copies from backends
     * @description Removes copies, unless the policy needs them; `force` removes them all the same.
     */
    post: operations['pin_release']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/verify': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Verify copies on backends
     * @description Looks whether copies are there and whole; with `read_data`, hashes every block.
     */
    post: operations['pin_verify']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/heal': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Store what backends lack
     * @description Stores copies again that are missing, failed or damaged, from any good copy.
     */
    post: operations['pin_heal']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/move': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Move copies between backends
     * @description Moves copies to where policy and heat would have them now; `dry_run` only plans.
     */
    post: operations['pin_move']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/health': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Health of copies
     * @description Counts copies by backend and status, with the reasons of failures.
     */
    get: operations['pin_health']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/copies/insights': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What copies lack
     * @description Tells of pins with too few or too many copies, and what the loss of a backend would lose.
     */
    get: operations['pin_insights']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/backends': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List backends
     * @description Lists backends with what the engine saw of them.
     */
    get: operations['backend_ls']
    put?: never
    /**
     * Add a backend
     * @description Adds a place where content is fetched from, or kept.
     */
    post: operations['backend_add']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/backends/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show a backend
     * @description Shows options, defaults, and where secrets come from; never the secrets.
     */
    get: operations['backend_show']
    put?: never
    post?: never
    /**
     * Remove a backend
     * @description Forgets a backend; one that has copies of pins only with `force`.
     */
    delete: operations['backend_rm']
    options?: never
    head?: never
    /**
     * Change a backend
     * @description Changes what is given, and leaves the rest as it is.
     */
    patch: operations['backend_update']
    trace?: never
  }
  '/api/v1/backends/{name}/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Test a backend
     * @description Does a real round trip: ask, put, get, range, list, rename, delete.
     */
    post: operations['backend_test']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/backends/{name}/drain': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Move all copies away from a backend
     * @description Stores its copies elsewhere, and then removes them from it.
     */
    post: operations['backend_drain']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List datasets
     * @description Lists datasets page by page, each with its newest version.
     */
    get: operations['dataset_ls']
    put?: never
    /**
     * Make a version from files of this machine
     * @description Makes a version of the rows of CSV, JSON, NDJSON, Parquet or Arrow files, by their absolute paths. Bytes are uploaded to `/api/v1/datasets/upload`.
     */
    post: operations['dataset_put']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/{ref}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show a version of a dataset
     * @description Shows schema, rows, parts, parents and metadata.
     */
    get: operations['dataset_show']
    put?: never
    post?: never
    /**
     * Forget a dataset or a version
     * @description Forgets it here; its content stays until garbage collection.
     */
    delete: operations['dataset_rm']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/{ref}/versions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the versions of a dataset
     * @description Lists the versions of a name that this home knows, the oldest first.
     */
    get: operations['dataset_versions']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/adopt': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Make a version of content that is here
     * @description Makes a version of a Parquet file or a folder of them, without copying.
     */
    post: operations['dataset_adopt']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/{ref}/rows': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Read rows of a dataset
     * @description Returns rows as lists of values. Files are downloaded from `/api/v1/datasets/{ref}/download`.
     */
    get: operations['dataset_rows']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/{ref}/diff': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Compare two versions
     * @description Counts rows that were added, removed and changed, and shows some of them.
     */
    get: operations['dataset_diff']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/query': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Ask in SQL
     * @description Runs one SELECT over datasets by name, files by their CID path, and the tables `pins`, `metadata`, `datasets`, `backends`, `cache` and `wal`.
     */
    post: operations['query']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/query/tables': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the tables of SQL
     * @description Lists what a statement may name, beside files by their CID path.
     */
    get: operations['query_tables']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/queries': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List saved queries
     * @description Lists queries under names, with their SQL.
     */
    get: operations['query_ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/queries/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /**
     * Save a query
     * @description Keeps a statement under a name, which replaces an earlier one.
     */
    put: operations['query_save']
    post?: never
    /**
     * Remove a saved query
     * @description Forgets a saved query.
     */
    delete: operations['query_rm']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Find content by what is known of it
     * @description Finds records by a condition such as `mime_type == "application/pdf" and size_bytes > 1048576`, and by words.
     */
    get: operations['metadata_query']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/count': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Count content by what is known of it
     * @description Counts the records that a condition and words choose.
     */
    get: operations['metadata_count']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/records/{cid}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show what is known of a CID
     * @description Shows a record of the index, and how hot its content is.
     */
    get: operations['metadata_show']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/locations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Where content is
     * @description Lists places by CID, path or MIME type, the fastest first.
     */
    get: operations['metadata_locate']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/tags': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Tag content
     * @description Adds tags to records and removes others.
     */
    post: operations['metadata_tag']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/refresh': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Bring the index up to date
     * @description Takes in what is pinned and not described, and writes the files of the index.
     */
    post: operations['metadata_refresh']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/cache': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Figures of the cache
     * @description Sizes, hits and misses of each tier, and of fetching.
     */
    get: operations['cache_stats']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/cache/blocks': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List what is cached
     * @description Lists cached blocks, the hottest first.
     */
    get: operations['cache_ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/cache/evict': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Remove blocks from the cache
     * @description Removes blocks by CID; with `recursive`, all below them.
     */
    post: operations['cache_evict']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/cache/clear': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Empty the cache
     * @description Removes everything that was fetched; pins and what was added stay.
     */
    post: operations['cache_clear']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/wal': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * State of the log
     * @description Counts operations by status, and the files of the log.
     */
    get: operations['wal_status']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/wal/operations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List operations on backends
     * @description Lists the newest operations of the log; with `all`, of its archives too.
     */
    get: operations['wal_ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/wal/operations/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show an operation
     * @description Shows one operation; its id may be cut short.
     */
    get: operations['wal_show']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/wal/retry': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Try operations again
     * @description Works on the copies of operations that failed or wait, and answers what became of them.
     */
    post: operations['wal_retry']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/wal/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Give operations up
     * @description Cancels operations that are not finished.
     */
    post: operations['wal_cancel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/version': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Version of the program
     * @description Tells the versions of this program, of Node.js and of the kernel.
     */
    get: operations['version']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/status': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Mounts, store, cache and backends
     * @description Reports what `ipfs-kit status` prints.
     */
    get: operations['status']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/engine': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The engine
     * @description Reports process, memory, mounts and ports of the engine.
     */
    get: operations['daemon_status']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/engine/log': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Log of the engine
     * @description Reads the last lines of its log; none where the journal of systemd has them.
     */
    get: operations['engine_log']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/activity': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Activity of the last hour
     * @description Samples of the counters of mounts, cache, fetching and backends, which only grow until the engine ends. With `after`, those since that time.
     */
    get: operations['activity']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/doctor': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Check the set-up
     * @description Checks what a mount needs, the home and the backends, and says how to mend each.
     */
    get: operations['doctor']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/gc': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Collect garbage
     * @description Removes the blocks that no pin reaches; `dry_run` tells what would go.
     */
    post: operations['gc']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/fsck': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Check the store
     * @description Checks the store; with `read_data`, hashes every block.
     */
    post: operations['fsck']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List jobs
     * @description Lists jobs that run, and those that ended last, without their results.
     */
    get: operations['job_ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show a job
     * @description Shows progress, and the result when it has ended. `/api/v1/jobs/{id}/events` tells of changes as they come.
     */
    get: operations['job_show']
    put?: never
    post?: never
    /**
     * Cancel a job
     * @description Asks a job to end; what it has done so far stays.
     */
    delete: operations['job_cancel']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/events/recent': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List events
     * @description Lists what happened in the engine lately, the oldest first; `last_id` is the `after` of the next call. `/api/v1/events` tells the same as it happens, by Server-Sent Events or a WebSocket. `added`: `cid`, `name`: a root whose blocks are durable. `pinned`: `cid`, `name`, `backend` where it is a copy. `unpinned`: `cid`, `backend` where it is a copy. `fetched`: `cids`, `more`, `blocks`, `bytes`, `backends`: what came from backends within a second. `evicted`: `blocks`, `bytes`: what left the cache within a second. `backend_up`: `backend`. `backend_down`: `backend`, `error`. `healed`: `what` (block or copy), `blocks`, `cid`, `backend`. `mount_up`: `path`. `mount_down`: `path`. `job_started`: `job`, `operation`, `status`, `what`, `done`, `total`, `error`. `job_progress`: as `job_started`, a second at least after the one before. `job_ended`: as `job_started`.
     */
    get: operations['event_ls']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/upload': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Add bytes
     * @description Adds the body as a file, durably, and pins it unless `pin=false`.
     */
    post: operations['upload']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/download': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Read the bytes of a file
     * @description Sends a file, or the range of it that `Range` names.
     */
    get: operations['download']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/cars': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Export a CAR
     * @description Sends a DAG as CARv1, in depth-first order.
     */
    get: operations['car_export']
    put?: never
    /**
     * Import a CAR
     * @description Takes in the blocks of a CAR, each verified, and pins its roots unless `pin=false`.
     */
    post: operations['car_import']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/upload': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Make a version of a dataset from bytes
     * @description Makes a version of the rows of the body; `format` is one of csv, json, ndjson, parquet, arrow.
     */
    post: operations['dataset_upload']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/datasets/{ref}/download': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Read a dataset as a file
     * @description Sends rows as a file; `format` is one of parquet, csv, json, ndjson, arrow.
     */
    get: operations['dataset_download']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Watch a job
     * @description Server-Sent Events: `job`, with the job as JSON, whenever it changed; the last one when it ended. Where a WebSocket is asked for, each job is a message.
     */
    get: operations['job_events']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    Problem: {
      type: string
      title: string
      status: number
      detail: string
      success: boolean
      operation: string
      /** Format: date-time */
      timestamp: string
      /** Format: uuid */
      correlation_id: string
      warnings?: string[]
      error: string
      error_type: string
      /** @enum {unknown} */
      code:
        | 'USAGE'
        | 'PATH_NOT_FOUND'
        | 'INVALID_CID'
        | 'BLOCK_NOT_FOUND'
        | 'INTEGRITY'
        | 'CORRUPT_FORMAT'
        | 'NEWER_FORMAT'
        | 'NOT_A_DIRECTORY'
        | 'IS_A_DIRECTORY'
        | 'EXISTS'
        | 'BUSY'
        | 'NOT_EMPTY'
        | 'NAME_TOO_LONG'
        | 'INVALID_ARGUMENT'
        | 'LINK_LOOP'
        | 'READ_ONLY'
        | 'UNSUPPORTED'
        | 'ACCESS_DENIED'
        | 'NO_SPACE'
        | 'QUOTA'
        | 'BACKEND_UNAVAILABLE'
        | 'RATE_LIMITED'
        | 'TIMEOUT'
        | 'ABORTED'
        | 'BAD_HANDLE'
        | 'CLOSED'
        | 'STALE'
        | 'TOO_MANY_OPEN'
        | 'MEMORY_BUDGET'
        | 'TOO_LARGE'
        | 'LOCKED'
        | 'CREDENTIALS'
        | 'CONFIG_INVALID'
        | 'IO'
        | 'INTERNAL'
      recoverable: boolean
      fields?: {
        field?: string
        message?: string
      }[]
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  add: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          paths: string[]
          /**
           * @default unixfs-v1-2025
           * @enum {string}
           */
          profile?: 'unixfs-v1-2025' | 'unixfs-v0-2015'
          chunker?: string
          only_hash?: boolean
          pin?: boolean
          wrap?: boolean
          hidden?: boolean
          preserve_mode?: boolean
          preserve_mtime?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            roots: {
              /** @description A CID */
              cid: string
              path: string
              /** @description Bytes */
              size: number
              files: number
              directories: number
              symlinks: number
            }[]
            skipped_hidden: number
            profile: string
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  ls: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
        /** @description Most entries, up to 10000 */
        limit?: number
        /** @description next_cursor of the page before; the first page without one */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            entries: {
              name: string
              name_base64?: string
              type: ('file' | 'directory' | 'symlink') | null
              size: number | null
              /** @description A CID */
              cid: string
              mode: string | null
              mtime: string | null
              problem: ('missing' | 'damaged' | 'unknown') | null
            }[]
            total: number
            /** @description cursor of the next page; null for the last one */
            next_cursor: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  stat: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description A CID */
            cid: string
            /** @enum {string} */
            type: 'file' | 'directory' | 'symlink'
            /** @description Bytes */
            size: number
            /** @description Bytes */
            dag_size: number
            blocks: number
            links: number
            depth: number
            local: boolean
            missing: number
            mode: string | null
            mtime: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dag_show: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description A CID */
            cid: string
            codec: string
            /** @description Bytes */
            size: number
            links: {
              path: string
              name: string | null
              /** @description A CID */
              cid: string
            }[]
            link_count: number
            /** @description null for plain bytes, and for more than 64 KiB */
            json: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  explain: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
        fetch?: boolean
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description A CID */
            cid: string
            segments: {
              /** @description A CID */
              cid: string
              path: string
              offset: number
              length: number | null
              tier: ('local' | 'disk') | null
              backend: string | null
              bytes_fetched: number
              ms: number | null
            }[]
            missing: string[]
            failure: {
              code: string
              message: string
            } | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  get: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
          path: string
          /**
           * Format: starts_with
           * @description An absolute path of the machine that the engine runs on
           */
          output: string
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            output?: string
            /** @description A CID */
            cid?: string
            /** @description Bytes */
            bytes?: number
            files?: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cache_warm: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          paths: string[]
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            files: number
            /** @description Bytes */
            bytes: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_ls: {
    parameters: {
      query?: {
        /** @description Most entries, up to 10000 */
        limit?: number
        /** @description next_cursor of the page before; the first page without one */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            pins: {
              /** @description A CID */
              cid: string
              name: string
              /** @enum {string} */
              type: 'recursive' | 'direct'
              size: number | null
              created_at: string
            }[]
            /** @description cursor of the next page; null for the last one */
            next_cursor: string | null
            /** @enum {string} */
            method: 'zero_copy' | 'traditional'
            source: string
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_add: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          paths: string[]
          direct?: boolean
          name?: string
          backends?: string[]
          replicas?: number
          tags?: string[]
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            pins: {
              /** @description A CID */
              cid: string
              name: string
              /** @enum {string} */
              type: 'recursive' | 'direct'
            }[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_rm: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        /** @description A CID */
        cid: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            unpinned: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_whereis: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description A CID */
        cid: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description A CID */
            cid: string
            name: string
            tags: string[]
            local: {
              pinned: boolean
              here: boolean
            }
            copies: {
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed'
              trust: string
              path: string
              size: number | null
              verified_at: string | null
              last_error: string | null
            }[]
            would_be_lost_with: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_copies: {
    parameters: {
      query?: {
        backend?: string[]
        status?: 'pending' | 'stored' | 'failed'
        name?: string
        tag?: string
        /** @description Most entries, up to 10000 */
        limit?: number
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            pins: {
              /** @description A CID */
              cid: string
              name: string
              tags: string[]
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed'
              size: number | null
              created_at: string
              car_file_path: string
              verified_at: string | null
              last_error: string | null
            }[]
            /** @description cursor of the next page; null for the last one */
            next_cursor: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_release: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          cids: string[]
          backends?: string[]
          force?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_verify: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          cids?: string[]
          backends?: string[]
          read_data?: boolean
          /** @description Most entries, up to 10000 */
          limit?: number
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_heal: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          cids?: string[]
          backends?: string[]
          read_data?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
            sound: number
            swept: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_move: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          cids?: string[]
          /** @description Most entries, up to 10000 */
          limit?: number
          dry_run?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            moves: {
              /** @description A CID */
              cid: string
              from: string
              to: string
              /** @enum {string} */
              why: 'cold' | 'hot' | 'policy'
            }[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_health: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            healthy: boolean
            copies: number
            backends: {
              name: string
              type: string
              trust: string
              stored: number
              pending: number
              failed: number
              failures: {
                reason: string
                count: number
              }[]
              /** @description Of those that are stored, copies that could not be looked at last time. */
              unknown: number
              unknown_reasons: {
                reason: string
                count: number
              }[]
              /** @description Bytes */
              bytes: number
              oldest_verification: string | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pin_insights: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description Pins of which no copy is stored, here or on a backend. */
            nowhere: {
              count: number
              cids: string[]
            }
            /** @description Pins with copies that could not be looked at last time. */
            unknown: {
              count: number
              cids: string[]
            }
            under_replicated: {
              count: number
              cids: string[]
            }
            over_replicated: {
              count: number
              cids: string[]
            }
            lost_with: {
              backend: string
              count: number
              cids: string[]
            }[]
            to_move: {
              cold: {
                count: number
                cids: string[]
              }
              hot: {
                count: number
                cids: string[]
              }
              policy: {
                count: number
                cids: string[]
              }
            }
            failed_for_good: {
              backend: string
              reason: string
              count: number
            }[]
            growth: {
              day: string
              copies: number
              /** @description Bytes */
              bytes: number
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_ls: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            backends: ({
              name: string
              type: string
              options: {
                [key: string]: string[]
              }
              priority: number
              timeout_ms: number
              read_only: boolean
              report: {
                [key: string]: unknown
              } | null
            } & {
              [key: string]: unknown
            })[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_add: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          type: string
          /**
           * @description Options of the type, as `ipfs-kit help backend add` lists them, without dashes
           * @default {}
           */
          options?: {
            [key: string]: string | string[]
          }
          /** @description Secrets by option; they are kept apart from the options, and never answered */
          secrets?: {
            [key: string]: string
          }
          priority?: number
          timeout_ms?: number
          read_only?: boolean
          cost?: number
          /** @enum {string} */
          trust?: 'trusted' | 'semitrusted' | 'untrusted'
          max_upload?: number
          max_download?: number
          encrypt?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            type: string
            options: {
              [key: string]: string[]
            }
            priority: number
            timeout_ms: number
            read_only: boolean
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_show: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            type: string
            options: {
              [key: string]: string[]
            }
            priority: number
            timeout_ms: number
            read_only: boolean
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_rm: {
    parameters: {
      query?: {
        force?: boolean
      }
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_update: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          unset?: string[]
          /**
           * @description Options of the type, as `ipfs-kit help backend add` lists them, without dashes
           * @default {}
           */
          options?: {
            [key: string]: string | string[]
          }
          /** @description Secrets by option; they are kept apart from the options, and never answered */
          secrets?: {
            [key: string]: string
          }
          priority?: number
          timeout_ms?: number
          read_only?: boolean
          cost?: number
          /** @enum {string} */
          trust?: 'trusted' | 'semitrusted' | 'untrusted'
          max_upload?: number
          max_download?: number
          encrypt?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            type: string
            options: {
              [key: string]: string[]
            }
            priority: number
            timeout_ms: number
            read_only: boolean
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_test: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            type: string
            ok: boolean
            steps: {
              step: string
              ok: boolean
              ms: number
              found: string
              code?: string
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  backend_drain: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          to?: string[]
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            copies: {
              /** @description A CID */
              cid: string
              backend: string
              /** @enum {string} */
              status: 'pending' | 'stored' | 'failed' | 'removed' | 'unknown'
              size: number | null
              details: string | null
              /** @description Code of the error; null where there is none */
              code: string | null
            }[]
            kept: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_ls: {
    parameters: {
      query?: {
        /** @description Most entries, up to 10000 */
        limit?: number
        /** @description next_cursor of the page before; the first page without one */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            datasets: ({
              name: string
              version: number
              /** @description A CID */
              cid: string
              data: string
              rows: number
              /** @description Bytes */
              bytes: number
              message: string
              tags: string[]
              created_at: string
              versions: number
            } & {
              [key: string]: unknown
            })[]
            /** @description cursor of the next page; null for the last one */
            next_cursor: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_put: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          paths: string[]
          /** @enum {string} */
          input_format?: 'csv' | 'json' | 'ndjson' | 'parquet' | 'arrow'
          partition_by?: string[]
          key?: string[]
          tags?: string[]
          message?: string
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            version: number
            /** @description A CID */
            cid: string
            rows: number
            /** @description Bytes */
            bytes: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_show: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description NAME, NAME@VERSION, or the CID of a version */
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            version: number | null
            /** @description A CID */
            cid: string
            data: string
            writer: string
            parents: string[]
            schema: {
              name: string
              type: string
            }[]
            partition_by: string[]
            rows: number
            /** @description Bytes */
            bytes: number
            message: string
            tags: string[]
            metadata: {
              [key: string]: unknown
            }
            created_at: string | null
            parts: ({
              path: string
              rows: number
              /** @description Bytes */
              bytes: number
              /** @description A CID */
              cid: string
            } & {
              [key: string]: unknown
            })[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_rm: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        /** @description NAME, NAME@VERSION, or the CID of a version */
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            removed: {
              version: number
              /** @description A CID */
              cid: string
            }[]
            left: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_versions: {
    parameters: {
      query?: never
      header?: never
      path: {
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            versions: ({
              version: number
              /** @description A CID */
              cid: string
              data: string
              rows: number
              /** @description Bytes */
              bytes: number
              message: string
              tags: string[]
              created_at: string
            } & {
              [key: string]: unknown
            })[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_adopt: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
          path: string
          message?: string
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            version: number
            /** @description A CID */
            cid: string
            rows: number
            /** @description Bytes */
            bytes: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_rows: {
    parameters: {
      query?: {
        column?: string[]
        /** @description A condition in SQL */
        where?: string
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path: {
        /** @description NAME, NAME@VERSION, or the CID of a version */
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            columns: {
              name: string
              type: string
            }[]
            rows: unknown[][]
            truncated: boolean
            count: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_diff: {
    parameters: {
      query?: {
        /** @description NAME, NAME@VERSION, or the CID of a version */
        to?: string
        key?: string[]
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path: {
        /** @description NAME, NAME@VERSION, or the CID of a version */
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            from: string
            to: string
            added: number
            removed: number
            changed: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  query: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          sql: string
          parameters?: {
            [key: string]: string | number | boolean | null
          }
          /** @description Most entries, up to 10000 */
          max_rows?: number
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            columns: {
              name: string
              type: string
            }[]
            rows: unknown[][]
            truncated: boolean
            count: number
            elapsed_ms: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  query_tables: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            tables: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  query_ls: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            queries: {
              name: string
              sql: string
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  query_save: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          sql: string
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            sql: string
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  query_rm: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            removed: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_query: {
    parameters: {
      query?: {
        where?: string
        /** @description Words that a record must have */
        text?: string
        /** @description A field, or `-field` for the other way */
        order?: string
        /** @description Most entries, up to 10000 */
        limit?: number
        /** @description next_cursor of the page before; the first page without one */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            records: ({
              /** @description A CID */
              cid: string
            } & {
              [key: string]: unknown
            })[]
            /** @description cursor of the next page; null for the last one */
            next_cursor: string | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_count: {
    parameters: {
      query?: {
        where?: string
        text?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            total: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_show: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description A CID */
        cid: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            record: {
              /** @description A CID */
              cid: string
            } & {
              [key: string]: unknown
            }
            heat: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_locate: {
    parameters: {
      query?: {
        /** @description A CID */
        cid?: string
        path?: string
        mime_type?: string
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            locations: {
              /** @description A CID */
              cid: string
              kind: string
              details: {
                [key: string]: unknown
              }
              latency_ms: number
              is_measured: boolean
            }[]
            fastest_retrieval_path: {
              /** @description A CID */
              cid: string
              kind: string
              details: {
                [key: string]: unknown
              }
              latency_ms: number
              is_measured: boolean
            } | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_tag: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          paths: string[]
          add?: string[]
          remove?: string[]
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            records: ({
              /** @description A CID */
              cid: string
            } & {
              [key: string]: unknown
            })[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metadata_refresh: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            changed: number
            records: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cache_stats: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            cache: {
              [key: string]: unknown
            }
            fetch: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cache_ls: {
    parameters: {
      query?: {
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cache_evict: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          cids: string[]
          recursive?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            evicted: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cache_clear: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            blocks: number
            /** @description Bytes */
            freed_bytes: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  wal_status: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            operations: {
              [key: string]: number
            }
            next_due: number | null
            log: {
              files: number
              /** @description Bytes */
              bytes: number
            }
            archives: {
              files: number
              /** @description Bytes */
              bytes: number
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  wal_ls: {
    parameters: {
      query?: {
        /** @description Most entries, up to 10000 */
        limit?: number
        all?: boolean
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            operations: {
              operation_id: string
              operation_type: string
              /** @enum {string} */
              status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'
              /** @description ms since 1970 */
              timestamp: number
              /** @description ms since 1970 */
              updated_at: number
              completed_at: number | null
              backend: string
              parameters: {
                [key: string]: string
              }
              result: {
                cid?: string | null
                size?: number | null
                destination?: string | null
              } | null
              error: string | null
              error_type: string | null
              retry_count: number
              max_retries: number
              next_retry_at: number | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  wal_show: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            record: {
              operation_id: string
              operation_type: string
              /** @enum {string} */
              status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'
              /** @description ms since 1970 */
              timestamp: number
              /** @description ms since 1970 */
              updated_at: number
              completed_at: number | null
              backend: string
              parameters: {
                [key: string]: string
              }
              result: {
                cid?: string | null
                size?: number | null
                destination?: string | null
              } | null
              error: string | null
              error_type: string | null
              retry_count: number
              max_retries: number
              next_retry_at: number | null
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  wal_retry: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          ids?: string[]
          failed?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            operations: {
              operation_id: string
              operation_type: string
              /** @enum {string} */
              status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'
              /** @description ms since 1970 */
              timestamp: number
              /** @description ms since 1970 */
              updated_at: number
              completed_at: number | null
              backend: string
              parameters: {
                [key: string]: string
              }
              result: {
                cid?: string | null
                size?: number | null
                destination?: string | null
              } | null
              error: string | null
              error_type: string | null
              retry_count: number
              max_retries: number
              next_retry_at: number | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  wal_cancel: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          ids: string[]
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            cancelled: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  version: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            version: string
            node: string
            platform: string
            kernel: string
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  status: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings: string[]
            home: string
            blocks: number
            pins: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  daemon_status: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            engine: {
              [key: string]: unknown
            } | null
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  engine_log: {
    parameters: {
      query?: {
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            path: string | null
            lines: string[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  activity: {
    parameters: {
      query?: {
        /** @description ISO 8601, UTC */
        after?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            interval_ms: number
            samples: {
              /**
               * Format: date-time
               * @description ISO 8601, UTC
               */
              time: string
              /** @description Bytes */
              memory: number
              store_bytes: number | null
              /** @description Bytes */
              free_bytes: number
              mounts: {
                path: string
                requests: number
                /** @description Requests that waited for content */
                waited: number
                errors: number
                answer_ms: number
              }[]
              fetch: {
                memory_hits: number
                disk_hits: number
                fetched_blocks: number
                /** @description Bytes */
                fetched_bytes: number
              } | null
              backends: {
                name: string
                requests: number
                /** @description Bytes */
                bytes: number
                errors: number
                answer_ms: number
              }[]
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  doctor: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            ok: boolean
            checks: ({
              check: string
              ok: boolean
              needed: boolean
              found: string
              mend: string
            } & {
              [key: string]: unknown
            })[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  gc: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          dry_run?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            removed_blocks: number
            freed_bytes: number
            kept_blocks: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  fsck: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
        /** @description respond-async makes it a job */
        Prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          read_data?: boolean
        }
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            blocks: number
            files: number
            bytes: number
            repaired: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description A job was started */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              [key: string]: unknown
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  job_ls: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            jobs: {
              id: string
              operation: string
              /** @description What was asked for; null where that is long */
              request: {
                [key: string]: unknown
              } | null
              /** @enum {string} */
              status: 'running' | 'completed' | 'failed' | 'cancelled'
              created_at: string
              finished_at: string | null
              progress: {
                what: string
                done: number
                total: number | null
              } | null
              warnings: string[]
              result: {
                [key: string]: unknown
              } | null
              error: {
                [key: string]: unknown
              } | null
            }[]
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  job_show: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              id: string
              operation: string
              /** @description What was asked for; null where that is long */
              request: {
                [key: string]: unknown
              } | null
              /** @enum {string} */
              status: 'running' | 'completed' | 'failed' | 'cancelled'
              created_at: string
              finished_at: string | null
              progress: {
                what: string
                done: number
                total: number | null
              } | null
              warnings: string[]
              result: {
                [key: string]: unknown
              } | null
              error: {
                [key: string]: unknown
              } | null
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  job_cancel: {
    parameters: {
      query?: never
      header?: {
        /** @description A key of the client, by which a request that is sent again is answered once */
        'Idempotency-Key'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            job: {
              id: string
              operation: string
              /** @description What was asked for; null where that is long */
              request: {
                [key: string]: unknown
              } | null
              /** @enum {string} */
              status: 'running' | 'completed' | 'failed' | 'cancelled'
              created_at: string
              finished_at: string | null
              progress: {
                what: string
                done: number
                total: number | null
              } | null
              warnings: string[]
              result: {
                [key: string]: unknown
              } | null
              error: {
                [key: string]: unknown
              } | null
            }
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  event_ls: {
    parameters: {
      query?: {
        /** @description Only these; all by default */
        type?: (
          | 'added'
          | 'pinned'
          | 'unpinned'
          | 'fetched'
          | 'evicted'
          | 'backend_up'
          | 'backend_down'
          | 'healed'
          | 'mount_up'
          | 'mount_down'
          | 'job_started'
          | 'job_progress'
          | 'job_ended'
        )[]
        /** @description The id of the last event that is known */
        after?: number
        /** @description Most entries, up to 10000 */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            events: {
              id: number
              /** Format: date-time */
              time: string
              /** @enum {string} */
              type:
                | 'added'
                | 'pinned'
                | 'unpinned'
                | 'fetched'
                | 'evicted'
                | 'backend_up'
                | 'backend_down'
                | 'healed'
                | 'mount_up'
                | 'mount_down'
                | 'job_started'
                | 'job_progress'
                | 'job_ended'
                | 'gap'
              /** @description Events of a gap; null where nobody knows */
              missed?: number | null
              cid?: string | null
              name?: string | null
              cids?: string[]
              /** @description CIDs that are not listed */
              more?: number
              blocks?: number | null
              /** @description Bytes */
              bytes?: number
              backend?: string | null
              backends?: string[]
              path?: string
              job?: string
              operation?: string
              status?: string
              what?: string | null
              done?: number | null
              total?: number | null
              error?: string | null
            }[]
            last_id: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  upload: {
    parameters: {
      query?: {
        name?: string
        pin?: boolean
        profile?: 'unixfs-v1-2025' | 'unixfs-v0-2015'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/octet-stream': string
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            /** @description A CID */
            cid: string
            path: string
            /** @description Bytes */
            size: number
            files: number
            directories: number
            symlinks: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  download: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/octet-stream': string
        }
      }
      /** @description The range that was asked for */
      206: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/octet-stream': string
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  car_export: {
    parameters: {
      query: {
        /** @description CID[/path], /ipfs/CID[/path] or ipfs://CID[/path] */
        path: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/vnd.ipld.car': string
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  car_import: {
    parameters: {
      query?: {
        pin?: boolean
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/octet-stream': string
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            roots: string[]
            blocks: number
            /** @description Bytes */
            bytes: number
            /** @description Blocks that were here already */
            duplicates: number
            /** @description Linked blocks that neither the archive nor this home has */
            missing: number
            /** @description Roots that were pinned */
            pinned: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_upload: {
    parameters: {
      query: {
        name: string
        format: 'csv' | 'json' | 'ndjson' | 'parquet' | 'arrow'
        message?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/octet-stream': string
      }
    }
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            success: boolean
            operation: string
            /** Format: date-time */
            timestamp: string
            /** Format: uuid */
            correlation_id: string
            warnings?: string[]
            name: string
            version: number
            /** @description A CID */
            cid: string
            rows: number
            /** @description Bytes */
            bytes: number
          } & {
            [key: string]: unknown
          }
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dataset_download: {
    parameters: {
      query?: {
        format?: 'parquet' | 'csv' | 'json' | 'ndjson' | 'arrow'
        where?: string
      }
      header?: never
      path: {
        ref: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/octet-stream': string
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  job_events: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Events */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/event-stream': string
        }
      }
      /** @description The request failed */
      '4XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request failed */
      '5XX': {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
}
