"""Operations of the API and the types of their results, generated from its document by `npm run client`."""

from __future__ import annotations

from typing import Any, Iterator, Literal, Optional, TypedDict

from .transport import Body, Data, Event, Job, Requests, segment


class Result(TypedDict, total=False):
    """What every document has."""

    success: bool
    operation: str
    timestamp: str
    correlation_id: str
    warnings: list[str]


class Added(TypedDict):
    cid: str
    """A CID."""
    path: str
    size: int
    """Bytes."""
    files: int
    directories: int
    symlinks: int


class AddResult(Result):
    roots: list[Added]
    skipped_hidden: int
    profile: str


class _Entry(TypedDict):
    name: str
    type: Optional[Literal["file", "directory", "symlink"]]
    size: Optional[int]
    cid: str
    """A CID."""
    mode: Optional[str]
    mtime: Optional[str]
    problem: Optional[Literal["missing", "damaged", "unknown"]]


class Entry(_Entry, total=False):
    name_base64: str


class LsResult(Result):
    entries: list[Entry]
    total: int
    next_cursor: Optional[str]
    """Cursor of the next page; null for the last one."""


class StatResult(Result):
    cid: str
    """A CID."""
    type: Literal["file", "directory", "symlink"]
    size: int
    """Bytes."""
    dag_size: int
    """Bytes."""
    blocks: int
    links: int
    depth: int
    local: bool
    missing: int
    mode: Optional[str]
    mtime: Optional[str]


class DagShowLink(TypedDict):
    path: str
    name: Optional[str]
    cid: str
    """A CID."""


class DagShowResult(Result):
    cid: str
    """A CID."""
    codec: str
    size: int
    """Bytes."""
    links: list[DagShowLink]
    link_count: int
    json: Optional[str]
    """Null for plain bytes, and for more than 64 KiB."""


class ExplainSegment(TypedDict):
    cid: str
    """A CID."""
    path: str
    offset: int
    length: Optional[int]
    tier: Optional[Literal["local", "disk"]]
    backend: Optional[str]
    bytes_fetched: int
    ms: Optional[float]


class ExplainFailure(TypedDict):
    code: str
    message: str


class ExplainResult(Result):
    cid: str
    """A CID."""
    segments: list[ExplainSegment]
    missing: list[str]
    failure: Optional[ExplainFailure]


class GetResult(Result, total=False):
    output: str
    cid: str
    """A CID."""
    bytes: int
    """Bytes."""
    files: int


class CacheWarmResult(Result):
    files: int
    bytes: int
    """Bytes."""


class Pin(TypedDict):
    cid: str
    """A CID."""
    name: str
    type: Literal["recursive", "direct"]
    size: Optional[int]
    created_at: str


class PinLsResult(Result):
    pins: list[Pin]
    next_cursor: Optional[str]
    """Cursor of the next page; null for the last one."""
    method: Literal["zero_copy", "traditional"]
    source: str


class PinAddPin(TypedDict):
    cid: str
    """A CID."""
    name: str
    type: Literal["recursive", "direct"]


class Copy(TypedDict):
    cid: str
    """A CID."""
    backend: str
    status: Literal["pending", "stored", "failed", "removed", "unknown"]
    size: Optional[int]
    details: Optional[str]
    code: Optional[str]
    """Code of the error; null where there is none."""


class PinAddResult(Result):
    pins: list[PinAddPin]
    copies: list[Copy]


class PinRmResult(Result):
    unpinned: list[str]


class PinWhereisLocal(TypedDict):
    pinned: bool
    here: bool


class PinWhereisCopy(TypedDict):
    backend: str
    status: Literal["pending", "stored", "failed"]
    trust: str
    path: str
    size: Optional[int]
    verified_at: Optional[str]
    last_error: Optional[str]


class PinWhereisResult(Result):
    cid: str
    """A CID."""
    name: str
    tags: list[str]
    local: PinWhereisLocal
    copies: list[PinWhereisCopy]
    would_be_lost_with: list[str]


class KeptCopy(TypedDict):
    cid: str
    """A CID."""
    name: str
    tags: list[str]
    backend: str
    status: Literal["pending", "stored", "failed"]
    size: Optional[int]
    created_at: str
    car_file_path: str
    verified_at: Optional[str]
    last_error: Optional[str]


class PinCopiesResult(Result):
    pins: list[KeptCopy]
    next_cursor: Optional[str]
    """Cursor of the next page; null for the last one."""


class PinReleaseResult(Result):
    copies: list[Copy]


class PinVerifyResult(Result):
    copies: list[Copy]


class PinHealResult(Result):
    copies: list[Copy]
    sound: int
    swept: int


PinMoveMove = TypedDict(
    "PinMoveMove",
    {"cid": "str", "from": "str", "to": "str", "why": "Literal[\"cold\", \"hot\", \"policy\"]"},
)


class PinMoveResult(Result):
    moves: list[PinMoveMove]
    copies: list[Copy]


class PinHealthBackendFailure(TypedDict):
    reason: str
    count: int


class PinHealthBackend(TypedDict):
    name: str
    type: str
    trust: str
    stored: int
    pending: int
    failed: int
    failures: list[PinHealthBackendFailure]
    unknown: int
    """Of those that are stored, copies that could not be looked at last time.."""
    unknown_reasons: list[PinHealthBackendFailure]
    bytes: int
    """Bytes."""
    oldest_verification: Optional[str]


class PinHealthResult(Result):
    healthy: bool
    copies: int
    backends: list[PinHealthBackend]


class PinInsightsNowhere(TypedDict):
    count: int
    cids: list[str]


class PinInsightsLostWith(TypedDict):
    backend: str
    count: int
    cids: list[str]


class PinInsightsToMove(TypedDict):
    cold: PinInsightsNowhere
    hot: PinInsightsNowhere
    policy: PinInsightsNowhere


class PinInsightsFailedForGood(TypedDict):
    backend: str
    reason: str
    count: int


class PinInsightsGrowth(TypedDict):
    day: str
    copies: int
    bytes: int
    """Bytes."""


class PinInsightsResult(Result):
    nowhere: PinInsightsNowhere
    """Pins of which no copy is stored, here or on a backend.."""
    unknown: PinInsightsNowhere
    """Pins with copies that could not be looked at last time.."""
    under_replicated: PinInsightsNowhere
    over_replicated: PinInsightsNowhere
    lost_with: list[PinInsightsLostWith]
    to_move: PinInsightsToMove
    failed_for_good: list[PinInsightsFailedForGood]
    growth: list[PinInsightsGrowth]


class Backend(TypedDict):
    name: str
    type: str
    options: dict[str, list[str]]
    priority: int
    timeout_ms: int
    read_only: bool
    report: Optional[dict[str, Any]]


class BackendLsResult(Result):
    backends: list[Backend]


class BackendAddResult(Result):
    name: str
    type: str
    options: dict[str, list[str]]
    priority: int
    timeout_ms: int
    read_only: bool


class BackendShowResult(Result):
    name: str
    type: str
    options: dict[str, list[str]]
    priority: int
    timeout_ms: int
    read_only: bool


class BackendUpdateResult(Result):
    name: str
    type: str
    options: dict[str, list[str]]
    priority: int
    timeout_ms: int
    read_only: bool


class BackendRmResult(Result):
    name: str


class _BackendTestStep(TypedDict):
    step: str
    ok: bool
    ms: float
    found: str


class BackendTestStep(_BackendTestStep, total=False):
    code: str


class BackendTestResult(Result):
    name: str
    type: str
    ok: bool
    steps: list[BackendTestStep]


class BackendDrainResult(Result):
    copies: list[Copy]
    kept: int


class Dataset(TypedDict):
    name: str
    version: int
    cid: str
    """A CID."""
    data: str
    rows: int
    bytes: int
    """Bytes."""
    message: str
    tags: list[str]
    created_at: str
    versions: int


class DatasetLsResult(Result):
    datasets: list[Dataset]
    next_cursor: Optional[str]
    """Cursor of the next page; null for the last one."""


class DatasetPutResult(Result):
    name: str
    version: int
    cid: str
    """A CID."""
    rows: int
    bytes: int
    """Bytes."""


class Column(TypedDict):
    name: str
    type: str


class DatasetShowPart(TypedDict):
    path: str
    rows: int
    bytes: int
    """Bytes."""
    cid: str
    """A CID."""


class DatasetShowResult(Result):
    name: str
    version: Optional[int]
    cid: str
    """A CID."""
    data: str
    writer: str
    parents: list[str]
    schema: list[Column]
    partition_by: list[str]
    rows: int
    bytes: int
    """Bytes."""
    message: str
    tags: list[str]
    metadata: dict[str, Any]
    created_at: Optional[str]
    parts: list[DatasetShowPart]


class DatasetRmRemoved(TypedDict):
    version: int
    cid: str
    """A CID."""


class DatasetRmResult(Result):
    name: str
    removed: list[DatasetRmRemoved]
    left: int


class DatasetVersionsVersion(TypedDict):
    version: int
    cid: str
    """A CID."""
    data: str
    rows: int
    bytes: int
    """Bytes."""
    message: str
    tags: list[str]
    created_at: str


class DatasetVersionsResult(Result):
    name: str
    versions: list[DatasetVersionsVersion]


class DatasetAdoptResult(Result):
    name: str
    version: int
    cid: str
    """A CID."""
    rows: int
    bytes: int
    """Bytes."""


class DatasetRowsResult(Result):
    columns: list[Column]
    rows: list[list[Any]]
    truncated: bool
    count: int


DatasetDiffResult = TypedDict(
    "DatasetDiffResult",
    {"from": "str", "to": "str", "added": "int", "removed": "int", "changed": "int"},
)


class QueryResult(Result):
    columns: list[Column]
    rows: list[list[Any]]
    truncated: bool
    count: int
    elapsed_ms: float


class QueryTablesResult(Result):
    tables: list[str]


class QueryLsQuery(TypedDict):
    name: str
    sql: str


class QueryLsResult(Result):
    queries: list[QueryLsQuery]


class QuerySaveResult(Result):
    name: str
    sql: str


class QueryRmResult(Result):
    removed: list[str]


class MetadataQueryResult(Result):
    records: list[dict[str, Any]]
    next_cursor: Optional[str]
    """Cursor of the next page; null for the last one."""


class MetadataCountResult(Result):
    total: int


class MetadataShowResult(Result):
    record: dict[str, Any]
    heat: float


class Location(TypedDict):
    cid: str
    """A CID."""
    kind: str
    details: dict[str, Any]
    latency_ms: float
    is_measured: bool


class MetadataLocateResult(Result):
    locations: list[Location]
    fastest_retrieval_path: Optional[Location]


class MetadataTagResult(Result):
    records: list[dict[str, Any]]


class MetadataRefreshResult(Result):
    changed: int
    records: int


class CacheStatsResult(Result):
    cache: dict[str, Any]
    fetch: dict[str, Any]


class CacheLsResult(Result):
    pass


class CacheEvictResult(Result):
    evicted: int


class CacheClearResult(Result):
    blocks: int
    freed_bytes: int
    """Bytes."""


class WalStatusLog(TypedDict):
    files: int
    bytes: int
    """Bytes."""


class WalStatusResult(Result):
    operations: dict[str, int]
    next_due: Optional[float]
    log: WalStatusLog
    archives: WalStatusLog


class WalLsOperationResult(TypedDict, total=False):
    cid: Optional[str]
    size: Optional[int]
    destination: Optional[str]


class LoggedOperation(TypedDict):
    operation_id: str
    operation_type: str
    status: Literal["pending", "running", "completed", "failed", "cancelled"]
    timestamp: int
    """Ms since 1970."""
    updated_at: int
    """Ms since 1970."""
    completed_at: Optional[int]
    backend: str
    parameters: dict[str, str]
    result: Optional[WalLsOperationResult]
    error: Optional[str]
    error_type: Optional[str]
    retry_count: int
    max_retries: int
    next_retry_at: Optional[int]


class WalLsResult(Result):
    operations: list[LoggedOperation]


class WalShowResult(Result):
    record: LoggedOperation


class WalRetryResult(Result):
    operations: list[LoggedOperation]


class WalCancelResult(Result):
    cancelled: list[str]


class VersionResult(Result):
    version: str
    node: str
    platform: str
    kernel: str


class StatusResult(Result):
    home: str
    blocks: int
    pins: int


class DaemonStatusResult(Result):
    engine: Optional[dict[str, Any]]


class EngineLogResult(Result):
    path: Optional[str]
    lines: list[str]


class ActivitySampleMount(TypedDict):
    path: str
    requests: int
    waited: int
    """Requests that waited for content."""
    errors: int
    answer_ms: float


class ActivitySampleFetch(TypedDict):
    memory_hits: int
    disk_hits: int
    fetched_blocks: int
    fetched_bytes: int
    """Bytes."""


class ActivitySampleBackend(TypedDict):
    name: str
    requests: int
    bytes: int
    """Bytes."""
    errors: int
    answer_ms: float


class ActivitySample(TypedDict):
    time: str
    """ISO 8601, UTC."""
    memory: int
    """Bytes."""
    store_bytes: Optional[int]
    free_bytes: int
    """Bytes."""
    mounts: list[ActivitySampleMount]
    fetch: Optional[ActivitySampleFetch]
    backends: list[ActivitySampleBackend]


class ActivityResult(Result):
    interval_ms: int
    samples: list[ActivitySample]


class DoctorCheck(TypedDict):
    check: str
    ok: bool
    needed: bool
    found: str
    mend: str


class DoctorResult(Result):
    ok: bool
    checks: list[DoctorCheck]


class GcResult(Result):
    removed_blocks: int
    freed_bytes: int
    kept_blocks: int


class FsckResult(Result):
    blocks: int
    files: int
    bytes: int
    repaired: int


class JobProgress(TypedDict):
    what: str
    done: float
    total: Optional[float]


class JobReport(TypedDict):
    id: str
    operation: str
    request: Optional[dict[str, Any]]
    """What was asked for; null where that is long."""
    status: Literal["running", "completed", "failed", "cancelled"]
    created_at: str
    finished_at: Optional[str]
    progress: Optional[JobProgress]
    warnings: list[str]
    result: Optional[dict[str, Any]]
    error: Optional[dict[str, Any]]


class JobLsResult(Result):
    jobs: list[JobReport]


class JobShowResult(Result):
    job: JobReport


class JobCancelResult(Result):
    job: JobReport


class _EngineEvent(TypedDict):
    id: int
    time: str
    type: Literal["added", "pinned", "unpinned", "fetched", "evicted", "backend_up", "backend_down", "healed", "mount_up", "mount_down", "job_started", "job_progress", "job_ended", "gap"]


class EngineEvent(_EngineEvent, total=False):
    missed: Optional[int]
    """Events of a gap; null where nobody knows."""
    cid: Optional[str]
    name: Optional[str]
    cids: list[str]
    more: int
    """CIDs that are not listed."""
    blocks: Optional[int]
    bytes: int
    """Bytes."""
    backend: Optional[str]
    backends: list[str]
    path: str
    job: str
    operation: str
    status: str
    what: Optional[str]
    done: Optional[int]
    total: Optional[int]
    error: Optional[str]


class EventLsResult(Result):
    events: list[EngineEvent]
    last_id: int


class UploadResult(Result):
    cid: str
    """A CID."""
    path: str
    size: int
    """Bytes."""
    files: int
    directories: int
    symlinks: int


class CarImportResult(Result):
    roots: list[str]
    blocks: int
    bytes: int
    """Bytes."""
    duplicates: int
    """Blocks that were here already."""
    missing: int
    """Linked blocks that neither the archive nor this home has."""
    pinned: int
    """Roots that were pinned."""


class DatasetUploadResult(Result):
    name: str
    version: int
    cid: str
    """A CID."""
    rows: int
    bytes: int
    """Bytes."""


class Operations:
    """A method for each operation."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def add(
        self,
        paths: list[str],
        *,
        profile: Optional[Literal["unixfs-v1-2025", "unixfs-v0-2015"]] = None,
        chunker: Optional[str] = None,
        only_hash: Optional[bool] = None,
        pin: Optional[bool] = None,
        wrap: Optional[bool] = None,
        hidden: Optional[bool] = None,
        preserve_mode: Optional[bool] = None,
        preserve_mtime: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> AddResult:
        """Add files of this machine.

        Adds files and folders of the machine that the engine runs on, by their absolute paths, durably, and pins each root. Bytes are uploaded to `/api/v1/upload`.
        """
        result: AddResult = self._requests.json(
            "POST",
            "/add",
            body={"paths": paths, "profile": profile, "chunker": chunker, "only_hash": only_hash, "pin": pin, "wrap": wrap, "hidden": hidden, "preserve_mode": preserve_mode, "preserve_mtime": preserve_mtime},
            key=idempotency_key,
        )
        return result

    def add_job(
        self,
        paths: list[str],
        *,
        profile: Optional[Literal["unixfs-v1-2025", "unixfs-v0-2015"]] = None,
        chunker: Optional[str] = None,
        only_hash: Optional[bool] = None,
        pin: Optional[bool] = None,
        wrap: Optional[bool] = None,
        hidden: Optional[bool] = None,
        preserve_mode: Optional[bool] = None,
        preserve_mtime: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[AddResult]:
        """Add files of this machine, in the background."""
        job: Job[AddResult] = self._requests.job(
            "POST",
            "/add",
            body={"paths": paths, "profile": profile, "chunker": chunker, "only_hash": only_hash, "pin": pin, "wrap": wrap, "hidden": hidden, "preserve_mode": preserve_mode, "preserve_mtime": preserve_mtime},
            key=idempotency_key,
        )
        return job

    def ls(self, path: str, *, limit: Optional[int] = None, cursor: Optional[str] = None) -> LsResult:
        """List a folder.

        Lists a folder page by page; of a file, the file itself.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        limit: Most entries, up to 10000
        cursor: next_cursor of the page before; the first page without one
        """
        result: LsResult = self._requests.json("GET", "/ls", query={"path": path, "limit": limit, "cursor": cursor})
        return result

    def iter_ls(self, path: str, *, limit: Optional[int] = None) -> Iterator[Entry]:
        """List a folder: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: LsResult = self.ls(path, limit=limit, cursor=cursor)
            yield from page["entries"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def stat(self, path: str) -> StatResult:
        """Describe a file or folder.

        Tells type and size, and how much of its DAG is here.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        result: StatResult = self._requests.json("GET", "/stat", query={"path": path})
        return result

    def dag_show(self, path: str) -> DagShowResult:
        """Show a node of a DAG.

        Reads one block of any codec: what it is made of in dag-json, and the CIDs that it leads to.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        result: DagShowResult = self._requests.json("GET", "/dag", query={"path": path})
        return result

    def explain(self, path: str, *, fetch: Optional[bool] = None) -> ExplainResult:
        """Where bytes come from.

        Tells which tier and which backend serves each part of a file, or would serve it.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        result: ExplainResult = self._requests.json("GET", "/explain", query={"path": path, "fetch": fetch})
        return result

    def get(self, path: str, output: str, *, idempotency_key: Optional[str] = None) -> GetResult:
        """Copy content to a file of this machine.

        Copies a file or folder to an absolute path that is not there yet, completely or not at all. Bytes are downloaded from `/api/v1/download`.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        output: An absolute path of the machine that the engine runs on
        """
        result: GetResult = self._requests.json(
            "POST",
            "/get",
            body={"path": path, "output": output},
            key=idempotency_key,
        )
        return result

    def get_job(self, path: str, output: str, *, idempotency_key: Optional[str] = None) -> Job[GetResult]:
        """Copy content to a file of this machine, in the background."""
        job: Job[GetResult] = self._requests.job(
            "POST",
            "/get",
            body={"path": path, "output": output},
            key=idempotency_key,
        )
        return job

    def cache_warm(self, paths: list[str], *, idempotency_key: Optional[str] = None) -> CacheWarmResult:
        """Fetch content ahead.

        Fetches files and folders, so that they are here when they are read.
        """
        result: CacheWarmResult = self._requests.json("POST", "/warm", body={"paths": paths}, key=idempotency_key)
        return result

    def cache_warm_job(self, paths: list[str], *, idempotency_key: Optional[str] = None) -> Job[CacheWarmResult]:
        """Fetch content ahead, in the background."""
        job: Job[CacheWarmResult] = self._requests.job("POST", "/warm", body={"paths": paths}, key=idempotency_key)
        return job

    def pin_ls(self, *, limit: Optional[int] = None, cursor: Optional[str] = None) -> PinLsResult:
        """List pins.

        Lists the pins of this home page by page.

        limit: Most entries, up to 10000
        cursor: next_cursor of the page before; the first page without one
        """
        result: PinLsResult = self._requests.json("GET", "/pins", query={"limit": limit, "cursor": cursor})
        return result

    def iter_pin_ls(self, *, limit: Optional[int] = None) -> Iterator[Pin]:
        """List pins: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: PinLsResult = self.pin_ls(limit=limit, cursor=cursor)
            yield from page["pins"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def pin_add(
        self,
        paths: list[str],
        *,
        direct: Optional[bool] = None,
        name: Optional[str] = None,
        backends: Optional[list[str]] = None,
        replicas: Optional[int] = None,
        tags: Optional[list[str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> PinAddResult:
        """Pin content.

        Keeps content from garbage collection, and fetches what of it is not here. With `backends` or `replicas`, copies are stored on backends.
        """
        result: PinAddResult = self._requests.json(
            "POST",
            "/pins",
            body={"paths": paths, "direct": direct, "name": name, "backends": backends, "replicas": replicas, "tags": tags},
            key=idempotency_key,
        )
        return result

    def pin_add_job(
        self,
        paths: list[str],
        *,
        direct: Optional[bool] = None,
        name: Optional[str] = None,
        backends: Optional[list[str]] = None,
        replicas: Optional[int] = None,
        tags: Optional[list[str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[PinAddResult]:
        """Pin content, in the background."""
        job: Job[PinAddResult] = self._requests.job(
            "POST",
            "/pins",
            body={"paths": paths, "direct": direct, "name": name, "backends": backends, "replicas": replicas, "tags": tags},
            key=idempotency_key,
        )
        return job

    def pin_rm(self, cid: str, *, idempotency_key: Optional[str] = None) -> PinRmResult:
        """Unpin content.

        Removes a pin; garbage collection may then remove what no other pin reaches.

        cid: A CID
        """
        result: PinRmResult = self._requests.json("DELETE", f"/pins/{segment(cid)}", key=idempotency_key)
        return result

    def pin_whereis(self, cid: str) -> PinWhereisResult:
        """Where a pin is kept.

        Tells which backends have a copy, and whose loss would lose it.

        cid: A CID
        """
        result: PinWhereisResult = self._requests.json("GET", f"/pins/{segment(cid)}/places")
        return result

    def pin_copies(
        self,
        *,
        backend: Optional[list[str]] = None,
        status: Optional[Literal["pending", "stored", "failed"]] = None,
        name: Optional[str] = None,
        tag: Optional[str] = None,
        limit: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> PinCopiesResult:
        """List copies on backends.

        Lists the copies of pins on backends page by page, in the order of their CIDs.

        limit: Most entries, up to 10000
        """
        result: PinCopiesResult = self._requests.json(
            "GET",
            "/copies",
            query={"backend": backend, "status": status, "name": name, "tag": tag, "limit": limit, "cursor": cursor},
        )
        return result

    def iter_pin_copies(
        self,
        *,
        backend: Optional[list[str]] = None,
        status: Optional[Literal["pending", "stored", "failed"]] = None,
        name: Optional[str] = None,
        tag: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Iterator[KeptCopy]:
        """List copies on backends: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: PinCopiesResult = self.pin_copies(backend=backend, status=status, name=name, tag=tag, limit=limit, cursor=cursor)
            yield from page["pins"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def pin_release(
        self,
        cids: list[str],
        *,
        backends: Optional[list[str]] = None,
        force: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> PinReleaseResult:
        """Remove copies from backends.

        Removes copies, unless the policy needs them; `force` removes them all the same.
        """
        result: PinReleaseResult = self._requests.json(
            "POST",
            "/copies/release",
            body={"cids": cids, "backends": backends, "force": force},
            key=idempotency_key,
        )
        return result

    def pin_release_job(
        self,
        cids: list[str],
        *,
        backends: Optional[list[str]] = None,
        force: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[PinReleaseResult]:
        """Remove copies from backends, in the background."""
        job: Job[PinReleaseResult] = self._requests.job(
            "POST",
            "/copies/release",
            body={"cids": cids, "backends": backends, "force": force},
            key=idempotency_key,
        )
        return job

    def pin_verify(
        self,
        *,
        cids: Optional[list[str]] = None,
        backends: Optional[list[str]] = None,
        read_data: Optional[bool] = None,
        limit: Optional[int] = None,
        idempotency_key: Optional[str] = None,
    ) -> PinVerifyResult:
        """Verify copies on backends.

        Looks whether copies are there and whole; with `read_data`, hashes every block.

        limit: Most entries, up to 10000
        """
        result: PinVerifyResult = self._requests.json(
            "POST",
            "/copies/verify",
            body={"cids": cids, "backends": backends, "read_data": read_data, "limit": limit},
            key=idempotency_key,
        )
        return result

    def pin_verify_job(
        self,
        *,
        cids: Optional[list[str]] = None,
        backends: Optional[list[str]] = None,
        read_data: Optional[bool] = None,
        limit: Optional[int] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[PinVerifyResult]:
        """Verify copies on backends, in the background."""
        job: Job[PinVerifyResult] = self._requests.job(
            "POST",
            "/copies/verify",
            body={"cids": cids, "backends": backends, "read_data": read_data, "limit": limit},
            key=idempotency_key,
        )
        return job

    def pin_heal(
        self,
        *,
        cids: Optional[list[str]] = None,
        backends: Optional[list[str]] = None,
        read_data: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> PinHealResult:
        """Store what backends lack.

        Stores copies again that are missing, failed or damaged, from any good copy.
        """
        result: PinHealResult = self._requests.json(
            "POST",
            "/copies/heal",
            body={"cids": cids, "backends": backends, "read_data": read_data},
            key=idempotency_key,
        )
        return result

    def pin_heal_job(
        self,
        *,
        cids: Optional[list[str]] = None,
        backends: Optional[list[str]] = None,
        read_data: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[PinHealResult]:
        """Store what backends lack, in the background."""
        job: Job[PinHealResult] = self._requests.job(
            "POST",
            "/copies/heal",
            body={"cids": cids, "backends": backends, "read_data": read_data},
            key=idempotency_key,
        )
        return job

    def pin_move(
        self,
        *,
        cids: Optional[list[str]] = None,
        limit: Optional[int] = None,
        dry_run: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> PinMoveResult:
        """Move copies between backends.

        Moves copies to where policy and heat would have them now; `dry_run` only plans.

        limit: Most entries, up to 10000
        """
        result: PinMoveResult = self._requests.json(
            "POST",
            "/copies/move",
            body={"cids": cids, "limit": limit, "dry_run": dry_run},
            key=idempotency_key,
        )
        return result

    def pin_move_job(
        self,
        *,
        cids: Optional[list[str]] = None,
        limit: Optional[int] = None,
        dry_run: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[PinMoveResult]:
        """Move copies between backends, in the background."""
        job: Job[PinMoveResult] = self._requests.job(
            "POST",
            "/copies/move",
            body={"cids": cids, "limit": limit, "dry_run": dry_run},
            key=idempotency_key,
        )
        return job

    def pin_health(self) -> PinHealthResult:
        """Health of copies.

        Counts copies by backend and status, with the reasons of failures.
        """
        result: PinHealthResult = self._requests.json("GET", "/copies/health")
        return result

    def pin_insights(self) -> PinInsightsResult:
        """What copies lack.

        Tells of pins with too few or too many copies, and what the loss of a backend would lose.
        """
        result: PinInsightsResult = self._requests.json("GET", "/copies/insights")
        return result

    def backend_ls(self) -> BackendLsResult:
        """List backends.

        Lists backends with what the engine saw of them.
        """
        result: BackendLsResult = self._requests.json("GET", "/backends")
        return result

    def backend_add(
        self,
        name: str,
        type: str,
        *,
        options: Optional[dict[str, Any]] = None,
        secrets: Optional[dict[str, str]] = None,
        priority: Optional[int] = None,
        timeout_ms: Optional[int] = None,
        read_only: Optional[bool] = None,
        cost: Optional[float] = None,
        trust: Optional[Literal["trusted", "semitrusted", "untrusted"]] = None,
        max_upload: Optional[int] = None,
        max_download: Optional[int] = None,
        encrypt: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> BackendAddResult:
        """Add a backend.

        Adds a place where content is fetched from, or kept.

        options: Options of the type, as `ipfs-kit help backend add` lists them, without dashes
        secrets: Secrets by option; they are kept apart from the options, and never answered
        """
        result: BackendAddResult = self._requests.json(
            "POST",
            "/backends",
            body={"name": name, "type": type, "options": options, "secrets": secrets, "priority": priority, "timeout_ms": timeout_ms, "read_only": read_only, "cost": cost, "trust": trust, "max_upload": max_upload, "max_download": max_download, "encrypt": encrypt},
            key=idempotency_key,
        )
        return result

    def backend_show(self, name: str) -> BackendShowResult:
        """Show a backend.

        Shows options, defaults, and where secrets come from; never the secrets.
        """
        result: BackendShowResult = self._requests.json("GET", f"/backends/{segment(name)}")
        return result

    def backend_update(
        self,
        name: str,
        *,
        unset: Optional[list[str]] = None,
        options: Optional[dict[str, Any]] = None,
        secrets: Optional[dict[str, str]] = None,
        priority: Optional[int] = None,
        timeout_ms: Optional[int] = None,
        read_only: Optional[bool] = None,
        cost: Optional[float] = None,
        trust: Optional[Literal["trusted", "semitrusted", "untrusted"]] = None,
        max_upload: Optional[int] = None,
        max_download: Optional[int] = None,
        encrypt: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> BackendUpdateResult:
        """Change a backend.

        Changes what is given, and leaves the rest as it is.

        options: Options of the type, as `ipfs-kit help backend add` lists them, without dashes
        secrets: Secrets by option; they are kept apart from the options, and never answered
        """
        result: BackendUpdateResult = self._requests.json(
            "PATCH",
            f"/backends/{segment(name)}",
            body={"unset": unset, "options": options, "secrets": secrets, "priority": priority, "timeout_ms": timeout_ms, "read_only": read_only, "cost": cost, "trust": trust, "max_upload": max_upload, "max_download": max_download, "encrypt": encrypt},
            key=idempotency_key,
        )
        return result

    def backend_rm(
        self,
        name: str,
        *,
        force: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> BackendRmResult:
        """Remove a backend.

        Forgets a backend; one that has copies of pins only with `force`.
        """
        result: BackendRmResult = self._requests.json(
            "DELETE",
            f"/backends/{segment(name)}",
            query={"force": force},
            key=idempotency_key,
        )
        return result

    def backend_test(self, name: str, *, idempotency_key: Optional[str] = None) -> BackendTestResult:
        """Test a backend.

        Does a real round trip: ask, put, get, range, list, rename, delete.
        """
        result: BackendTestResult = self._requests.json("POST", f"/backends/{segment(name)}/test", key=idempotency_key)
        return result

    def backend_test_job(self, name: str, *, idempotency_key: Optional[str] = None) -> Job[BackendTestResult]:
        """Test a backend, in the background."""
        job: Job[BackendTestResult] = self._requests.job("POST", f"/backends/{segment(name)}/test", key=idempotency_key)
        return job

    def backend_drain(
        self,
        name: str,
        *,
        to: Optional[list[str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> BackendDrainResult:
        """Move all copies away from a backend.

        Stores its copies elsewhere, and then removes them from it.
        """
        result: BackendDrainResult = self._requests.json(
            "POST",
            f"/backends/{segment(name)}/drain",
            body={"to": to},
            key=idempotency_key,
        )
        return result

    def backend_drain_job(
        self,
        name: str,
        *,
        to: Optional[list[str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[BackendDrainResult]:
        """Move all copies away from a backend, in the background."""
        job: Job[BackendDrainResult] = self._requests.job(
            "POST",
            f"/backends/{segment(name)}/drain",
            body={"to": to},
            key=idempotency_key,
        )
        return job

    def dataset_ls(self, *, limit: Optional[int] = None, cursor: Optional[str] = None) -> DatasetLsResult:
        """List datasets.

        Lists datasets page by page, each with its newest version.

        limit: Most entries, up to 10000
        cursor: next_cursor of the page before; the first page without one
        """
        result: DatasetLsResult = self._requests.json("GET", "/datasets", query={"limit": limit, "cursor": cursor})
        return result

    def iter_dataset_ls(self, *, limit: Optional[int] = None) -> Iterator[Dataset]:
        """List datasets: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: DatasetLsResult = self.dataset_ls(limit=limit, cursor=cursor)
            yield from page["datasets"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def dataset_put(
        self,
        name: str,
        paths: list[str],
        *,
        input_format: Optional[Literal["csv", "json", "ndjson", "parquet", "arrow"]] = None,
        partition_by: Optional[list[str]] = None,
        key: Optional[list[str]] = None,
        tags: Optional[list[str]] = None,
        message: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> DatasetPutResult:
        """Make a version from files of this machine.

        Makes a version of the rows of CSV, JSON, NDJSON, Parquet or Arrow files, by their absolute paths. Bytes are uploaded to `/api/v1/datasets/upload`.
        """
        result: DatasetPutResult = self._requests.json(
            "POST",
            "/datasets",
            body={"name": name, "paths": paths, "input_format": input_format, "partition_by": partition_by, "key": key, "tags": tags, "message": message},
            key=idempotency_key,
        )
        return result

    def dataset_put_job(
        self,
        name: str,
        paths: list[str],
        *,
        input_format: Optional[Literal["csv", "json", "ndjson", "parquet", "arrow"]] = None,
        partition_by: Optional[list[str]] = None,
        key: Optional[list[str]] = None,
        tags: Optional[list[str]] = None,
        message: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[DatasetPutResult]:
        """Make a version from files of this machine, in the background."""
        job: Job[DatasetPutResult] = self._requests.job(
            "POST",
            "/datasets",
            body={"name": name, "paths": paths, "input_format": input_format, "partition_by": partition_by, "key": key, "tags": tags, "message": message},
            key=idempotency_key,
        )
        return job

    def dataset_show(self, ref: str) -> DatasetShowResult:
        """Show a version of a dataset.

        Shows schema, rows, parts, parents and metadata.

        ref: NAME, NAME@VERSION, or the CID of a version
        """
        result: DatasetShowResult = self._requests.json("GET", f"/datasets/{segment(ref)}")
        return result

    def dataset_rm(self, ref: str, *, idempotency_key: Optional[str] = None) -> DatasetRmResult:
        """Forget a dataset or a version.

        Forgets it here; its content stays until garbage collection.

        ref: NAME, NAME@VERSION, or the CID of a version
        """
        result: DatasetRmResult = self._requests.json("DELETE", f"/datasets/{segment(ref)}", key=idempotency_key)
        return result

    def dataset_versions(self, ref: str) -> DatasetVersionsResult:
        """List the versions of a dataset.

        Lists the versions of a name that this home knows, the oldest first.
        """
        result: DatasetVersionsResult = self._requests.json("GET", f"/datasets/{segment(ref)}/versions")
        return result

    def dataset_adopt(
        self,
        name: str,
        path: str,
        *,
        message: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> DatasetAdoptResult:
        """Make a version of content that is here.

        Makes a version of a Parquet file or a folder of them, without copying.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        result: DatasetAdoptResult = self._requests.json(
            "POST",
            "/datasets/adopt",
            body={"name": name, "path": path, "message": message},
            key=idempotency_key,
        )
        return result

    def dataset_adopt_job(
        self,
        name: str,
        path: str,
        *,
        message: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[DatasetAdoptResult]:
        """Make a version of content that is here, in the background."""
        job: Job[DatasetAdoptResult] = self._requests.job(
            "POST",
            "/datasets/adopt",
            body={"name": name, "path": path, "message": message},
            key=idempotency_key,
        )
        return job

    def dataset_rows(
        self,
        ref: str,
        *,
        column: Optional[list[str]] = None,
        where: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> DatasetRowsResult:
        """Read rows of a dataset.

        Returns rows as lists of values. Files are downloaded from `/api/v1/datasets/{ref}/download`.

        ref: NAME, NAME@VERSION, or the CID of a version
        where: A condition in SQL
        limit: Most entries, up to 10000
        """
        result: DatasetRowsResult = self._requests.json(
            "GET",
            f"/datasets/{segment(ref)}/rows",
            query={"column": column, "where": where, "limit": limit},
        )
        return result

    def dataset_diff(
        self,
        ref: str,
        *,
        to: Optional[str] = None,
        key: Optional[list[str]] = None,
        limit: Optional[int] = None,
    ) -> DatasetDiffResult:
        """Compare two versions.

        Counts rows that were added, removed and changed, and shows some of them.

        ref: NAME, NAME@VERSION, or the CID of a version
        to: NAME, NAME@VERSION, or the CID of a version
        limit: Most entries, up to 10000
        """
        result: DatasetDiffResult = self._requests.json(
            "GET",
            f"/datasets/{segment(ref)}/diff",
            query={"to": to, "key": key, "limit": limit},
        )
        return result

    def query(
        self,
        sql: str,
        *,
        parameters: Optional[dict[str, Any]] = None,
        max_rows: Optional[int] = None,
        idempotency_key: Optional[str] = None,
    ) -> QueryResult:
        """Ask in SQL.

        Runs one SELECT over datasets by name, files by their CID path, and the tables `pins`, `metadata`, `datasets`, `backends`, `cache` and `wal`.

        max_rows: Most entries, up to 10000
        """
        result: QueryResult = self._requests.json(
            "POST",
            "/query",
            body={"sql": sql, "parameters": parameters, "max_rows": max_rows},
            key=idempotency_key,
        )
        return result

    def query_job(
        self,
        sql: str,
        *,
        parameters: Optional[dict[str, Any]] = None,
        max_rows: Optional[int] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[QueryResult]:
        """Ask in SQL, in the background."""
        job: Job[QueryResult] = self._requests.job(
            "POST",
            "/query",
            body={"sql": sql, "parameters": parameters, "max_rows": max_rows},
            key=idempotency_key,
        )
        return job

    def query_tables(self) -> QueryTablesResult:
        """List the tables of SQL.

        Lists what a statement may name, beside files by their CID path.
        """
        result: QueryTablesResult = self._requests.json("GET", "/query/tables")
        return result

    def query_ls(self) -> QueryLsResult:
        """List saved queries.

        Lists queries under names, with their SQL.
        """
        result: QueryLsResult = self._requests.json("GET", "/queries")
        return result

    def query_save(self, name: str, sql: str, *, idempotency_key: Optional[str] = None) -> QuerySaveResult:
        """Save a query.

        Keeps a statement under a name, which replaces an earlier one.
        """
        result: QuerySaveResult = self._requests.json(
            "PUT",
            f"/queries/{segment(name)}",
            body={"sql": sql},
            key=idempotency_key,
        )
        return result

    def query_rm(self, name: str, *, idempotency_key: Optional[str] = None) -> QueryRmResult:
        """Remove a saved query.

        Forgets a saved query.
        """
        result: QueryRmResult = self._requests.json("DELETE", f"/queries/{segment(name)}", key=idempotency_key)
        return result

    def metadata_query(
        self,
        *,
        where: Optional[str] = None,
        text: Optional[str] = None,
        order: Optional[str] = None,
        limit: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> MetadataQueryResult:
        """Find content by what is known of it.

        Finds records by a condition such as `mime_type == "application/pdf" and size_bytes > 1048576`, and by words.

        text: Words that a record must have
        order: A field, or `-field` for the other way
        limit: Most entries, up to 10000
        cursor: next_cursor of the page before; the first page without one
        """
        result: MetadataQueryResult = self._requests.json(
            "GET",
            "/metadata",
            query={"where": where, "text": text, "order": order, "limit": limit, "cursor": cursor},
        )
        return result

    def iter_metadata_query(
        self,
        *,
        where: Optional[str] = None,
        text: Optional[str] = None,
        order: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Iterator[dict[str, Any]]:
        """Find content by what is known of it: all of it, page by page."""
        cursor: Optional[str] = None
        while True:
            page: MetadataQueryResult = self.metadata_query(where=where, text=text, order=order, limit=limit, cursor=cursor)
            yield from page["records"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def metadata_count(self, *, where: Optional[str] = None, text: Optional[str] = None) -> MetadataCountResult:
        """Count content by what is known of it.

        Counts the records that a condition and words choose.
        """
        result: MetadataCountResult = self._requests.json(
            "GET",
            "/metadata/count",
            query={"where": where, "text": text},
        )
        return result

    def metadata_show(self, cid: str) -> MetadataShowResult:
        """Show what is known of a CID.

        Shows a record of the index, and how hot its content is.

        cid: A CID
        """
        result: MetadataShowResult = self._requests.json("GET", f"/metadata/records/{segment(cid)}")
        return result

    def metadata_locate(
        self,
        *,
        cid: Optional[str] = None,
        path: Optional[str] = None,
        mime_type: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> MetadataLocateResult:
        """Where content is.

        Lists places by CID, path or MIME type, the fastest first.

        cid: A CID
        limit: Most entries, up to 10000
        """
        result: MetadataLocateResult = self._requests.json(
            "GET",
            "/metadata/locations",
            query={"cid": cid, "path": path, "mime_type": mime_type, "limit": limit},
        )
        return result

    def metadata_tag(
        self,
        paths: list[str],
        *,
        add: Optional[list[str]] = None,
        remove: Optional[list[str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> MetadataTagResult:
        """Tag content.

        Adds tags to records and removes others.
        """
        result: MetadataTagResult = self._requests.json(
            "POST",
            "/metadata/tags",
            body={"paths": paths, "add": add, "remove": remove},
            key=idempotency_key,
        )
        return result

    def metadata_refresh(self, *, idempotency_key: Optional[str] = None) -> MetadataRefreshResult:
        """Bring the index up to date.

        Takes in what is pinned and not described, and writes the files of the index.
        """
        result: MetadataRefreshResult = self._requests.json("POST", "/metadata/refresh", key=idempotency_key)
        return result

    def metadata_refresh_job(self, *, idempotency_key: Optional[str] = None) -> Job[MetadataRefreshResult]:
        """Bring the index up to date, in the background."""
        job: Job[MetadataRefreshResult] = self._requests.job("POST", "/metadata/refresh", key=idempotency_key)
        return job

    def cache_stats(self) -> CacheStatsResult:
        """Figures of the cache.

        Sizes, hits and misses of each tier, and of fetching.
        """
        result: CacheStatsResult = self._requests.json("GET", "/cache")
        return result

    def cache_ls(self, *, limit: Optional[int] = None) -> CacheLsResult:
        """List what is cached.

        Lists cached blocks, the hottest first.

        limit: Most entries, up to 10000
        """
        result: CacheLsResult = self._requests.json("GET", "/cache/blocks", query={"limit": limit})
        return result

    def cache_evict(
        self,
        cids: list[str],
        *,
        recursive: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> CacheEvictResult:
        """Remove blocks from the cache.

        Removes blocks by CID; with `recursive`, all below them.
        """
        result: CacheEvictResult = self._requests.json(
            "POST",
            "/cache/evict",
            body={"cids": cids, "recursive": recursive},
            key=idempotency_key,
        )
        return result

    def cache_clear(self, *, idempotency_key: Optional[str] = None) -> CacheClearResult:
        """Empty the cache.

        Removes everything that was fetched; pins and what was added stay.
        """
        result: CacheClearResult = self._requests.json("POST", "/cache/clear", key=idempotency_key)
        return result

    def wal_status(self) -> WalStatusResult:
        """State of the log.

        Counts operations by status, and the files of the log.
        """
        result: WalStatusResult = self._requests.json("GET", "/wal")
        return result

    def wal_ls(self, *, limit: Optional[int] = None, all: Optional[bool] = None) -> WalLsResult:
        """List operations on backends.

        Lists the newest operations of the log; with `all`, of its archives too.

        limit: Most entries, up to 10000
        """
        result: WalLsResult = self._requests.json("GET", "/wal/operations", query={"limit": limit, "all": all})
        return result

    def wal_show(self, id: str) -> WalShowResult:
        """Show an operation.

        Shows one operation; its id may be cut short.
        """
        result: WalShowResult = self._requests.json("GET", f"/wal/operations/{segment(id)}")
        return result

    def wal_retry(
        self,
        *,
        ids: Optional[list[str]] = None,
        failed: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> WalRetryResult:
        """Try operations again.

        Works on the copies of operations that failed or wait, and answers what became of them.
        """
        result: WalRetryResult = self._requests.json(
            "POST",
            "/wal/retry",
            body={"ids": ids, "failed": failed},
            key=idempotency_key,
        )
        return result

    def wal_retry_job(
        self,
        *,
        ids: Optional[list[str]] = None,
        failed: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
    ) -> Job[WalRetryResult]:
        """Try operations again, in the background."""
        job: Job[WalRetryResult] = self._requests.job(
            "POST",
            "/wal/retry",
            body={"ids": ids, "failed": failed},
            key=idempotency_key,
        )
        return job

    def wal_cancel(self, ids: list[str], *, idempotency_key: Optional[str] = None) -> WalCancelResult:
        """Give operations up.

        Cancels operations that are not finished.
        """
        result: WalCancelResult = self._requests.json("POST", "/wal/cancel", body={"ids": ids}, key=idempotency_key)
        return result

    def version(self) -> VersionResult:
        """Version of the program.

        Tells the versions of this program, of Node.js and of the kernel.
        """
        result: VersionResult = self._requests.json("GET", "/version")
        return result

    def status(self) -> StatusResult:
        """Mounts, store, cache and backends.

        Reports what `ipfs-kit status` prints.
        """
        result: StatusResult = self._requests.json("GET", "/status")
        return result

    def daemon_status(self) -> DaemonStatusResult:
        """The engine.

        Reports process, memory, mounts and ports of the engine.
        """
        result: DaemonStatusResult = self._requests.json("GET", "/engine")
        return result

    def engine_log(self, *, limit: Optional[int] = None) -> EngineLogResult:
        """Log of the engine.

        Reads the last lines of its log; none where the journal of systemd has them.

        limit: Most entries, up to 10000
        """
        result: EngineLogResult = self._requests.json("GET", "/engine/log", query={"limit": limit})
        return result

    def activity(self, *, after: Optional[str] = None) -> ActivityResult:
        """Activity of the last hour.

        Samples of the counters of mounts, cache, fetching and backends, which only grow until the engine ends. With `after`, those since that time.

        after: ISO 8601, UTC
        """
        result: ActivityResult = self._requests.json("GET", "/activity", query={"after": after})
        return result

    def doctor(self) -> DoctorResult:
        """Check the set-up.

        Checks what a mount needs, the home and the backends, and says how to mend each.
        """
        result: DoctorResult = self._requests.json("GET", "/doctor")
        return result

    def gc(self, *, dry_run: Optional[bool] = None, idempotency_key: Optional[str] = None) -> GcResult:
        """Collect garbage.

        Removes the blocks that no pin reaches; `dry_run` tells what would go.
        """
        result: GcResult = self._requests.json("POST", "/gc", body={"dry_run": dry_run}, key=idempotency_key)
        return result

    def gc_job(self, *, dry_run: Optional[bool] = None, idempotency_key: Optional[str] = None) -> Job[GcResult]:
        """Collect garbage, in the background."""
        job: Job[GcResult] = self._requests.job("POST", "/gc", body={"dry_run": dry_run}, key=idempotency_key)
        return job

    def fsck(self, *, read_data: Optional[bool] = None, idempotency_key: Optional[str] = None) -> FsckResult:
        """Check the store.

        Checks the store; with `read_data`, hashes every block.
        """
        result: FsckResult = self._requests.json("POST", "/fsck", body={"read_data": read_data}, key=idempotency_key)
        return result

    def fsck_job(self, *, read_data: Optional[bool] = None, idempotency_key: Optional[str] = None) -> Job[FsckResult]:
        """Check the store, in the background."""
        job: Job[FsckResult] = self._requests.job("POST", "/fsck", body={"read_data": read_data}, key=idempotency_key)
        return job

    def job_ls(self) -> JobLsResult:
        """List jobs.

        Lists jobs that run, and those that ended last, without their results.
        """
        result: JobLsResult = self._requests.json("GET", "/jobs")
        return result

    def job_show(self, id: str) -> JobShowResult:
        """Show a job.

        Shows progress, and the result when it has ended. `/api/v1/jobs/{id}/events` tells of changes as they come.
        """
        result: JobShowResult = self._requests.json("GET", f"/jobs/{segment(id)}")
        return result

    def job_cancel(self, id: str, *, idempotency_key: Optional[str] = None) -> JobCancelResult:
        """Cancel a job.

        Asks a job to end; what it has done so far stays.
        """
        result: JobCancelResult = self._requests.json("DELETE", f"/jobs/{segment(id)}", key=idempotency_key)
        return result

    def event_ls(
        self,
        *,
        type: Optional[list[Literal["added", "pinned", "unpinned", "fetched", "evicted", "backend_up", "backend_down", "healed", "mount_up", "mount_down", "job_started", "job_progress", "job_ended"]]] = None,
        after: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> EventLsResult:
        """List events.

        Lists what happened in the engine lately, the oldest first; `last_id` is the `after` of the next call. `/api/v1/events` tells the same as it happens, by Server-Sent Events or a WebSocket. `added`: `cid`, `name`: a root whose blocks are durable. `pinned`: `cid`, `name`, `backend` where it is a copy. `unpinned`: `cid`, `backend` where it is a copy. `fetched`: `cids`, `more`, `blocks`, `bytes`, `backends`: what came from backends within a second. `evicted`: `blocks`, `bytes`: what left the cache within a second. `backend_up`: `backend`. `backend_down`: `backend`, `error`. `healed`: `what` (block or copy), `blocks`, `cid`, `backend`. `mount_up`: `path`. `mount_down`: `path`. `job_started`: `job`, `operation`, `status`, `what`, `done`, `total`, `error`. `job_progress`: as `job_started`, a second at least after the one before. `job_ended`: as `job_started`.

        type: Only these; all by default
        after: The id of the last event that is known
        limit: Most entries, up to 10000
        """
        result: EventLsResult = self._requests.json(
            "GET",
            "/events/recent",
            query={"type": type, "after": after, "limit": limit},
        )
        return result

    def upload(
        self,
        data: Data,
        *,
        name: Optional[str] = None,
        pin: Optional[bool] = None,
        profile: Optional[Literal["unixfs-v1-2025", "unixfs-v0-2015"]] = None,
    ) -> UploadResult:
        """Add bytes.

        Adds the body as a file, durably, and pins it unless `pin=false`.
        """
        result: UploadResult = self._requests.json(
            "POST",
            "/upload",
            query={"name": name, "pin": pin, "profile": profile},
            data=data,
        )
        return result

    def download(self, path: str, *, start: Optional[int] = None, end: Optional[int] = None) -> Body:
        """Read the bytes of a file. Bytes from ``start`` up to ``end``, which is not sent.

        Sends a file, or the range of it that `Range` names.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        return self._requests.download("/download", query={"path": path}, part=(start, end))

    def car_import(self, data: Data, *, pin: Optional[bool] = None) -> CarImportResult:
        """Import a CAR.

        Takes in the blocks of a CAR, each verified, and pins its roots unless `pin=false`.
        """
        result: CarImportResult = self._requests.json("POST", "/cars", query={"pin": pin}, data=data)
        return result

    def car_export(self, path: str) -> Body:
        """Export a CAR.

        Sends a DAG as CARv1, in depth-first order.

        path: CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]
        """
        return self._requests.download("/cars", query={"path": path})

    def dataset_upload(
        self,
        data: Data,
        name: str,
        format: Literal["csv", "json", "ndjson", "parquet", "arrow"],
        *,
        message: Optional[str] = None,
    ) -> DatasetUploadResult:
        """Make a version of a dataset from bytes.

        Makes a version of the rows of the body; `format` is one of csv, json, ndjson, parquet, arrow.
        """
        result: DatasetUploadResult = self._requests.json(
            "POST",
            "/datasets/upload",
            query={"name": name, "format": format, "message": message},
            data=data,
        )
        return result

    def dataset_download(
        self,
        ref: str,
        *,
        format: Optional[Literal["parquet", "csv", "json", "ndjson", "arrow"]] = None,
        where: Optional[str] = None,
    ) -> Body:
        """Read a dataset as a file.

        Sends rows as a file; `format` is one of parquet, csv, json, ndjson, arrow.
        """
        return self._requests.download(f"/datasets/{segment(ref)}/download", query={"format": format, "where": where})

    def job_events(self, id: str) -> Iterator[Event]:
        """Watch a job.

        Server-Sent Events: `job`, with the job as JSON, whenever it changed; the last one when it ended. Where a WebSocket is asked for, each job is a message.
        """
        return self._requests.events(f"/jobs/{segment(id)}/events")


__all__ = [
    "ActivityResult",
    "ActivitySample",
    "ActivitySampleBackend",
    "ActivitySampleFetch",
    "ActivitySampleMount",
    "AddResult",
    "Added",
    "Backend",
    "BackendAddResult",
    "BackendDrainResult",
    "BackendLsResult",
    "BackendRmResult",
    "BackendShowResult",
    "BackendTestResult",
    "BackendTestStep",
    "BackendUpdateResult",
    "CacheClearResult",
    "CacheEvictResult",
    "CacheLsResult",
    "CacheStatsResult",
    "CacheWarmResult",
    "CarImportResult",
    "Column",
    "Copy",
    "DaemonStatusResult",
    "DagShowLink",
    "DagShowResult",
    "Dataset",
    "DatasetAdoptResult",
    "DatasetDiffResult",
    "DatasetLsResult",
    "DatasetPutResult",
    "DatasetRmRemoved",
    "DatasetRmResult",
    "DatasetRowsResult",
    "DatasetShowPart",
    "DatasetShowResult",
    "DatasetUploadResult",
    "DatasetVersionsResult",
    "DatasetVersionsVersion",
    "DoctorCheck",
    "DoctorResult",
    "EngineEvent",
    "EngineLogResult",
    "Entry",
    "EventLsResult",
    "ExplainFailure",
    "ExplainResult",
    "ExplainSegment",
    "FsckResult",
    "GcResult",
    "GetResult",
    "JobCancelResult",
    "JobLsResult",
    "JobProgress",
    "JobReport",
    "JobShowResult",
    "KeptCopy",
    "Location",
    "LoggedOperation",
    "LsResult",
    "MetadataCountResult",
    "MetadataLocateResult",
    "MetadataQueryResult",
    "MetadataRefreshResult",
    "MetadataShowResult",
    "MetadataTagResult",
    "Operations",
    "Pin",
    "PinAddPin",
    "PinAddResult",
    "PinCopiesResult",
    "PinHealResult",
    "PinHealthBackend",
    "PinHealthBackendFailure",
    "PinHealthResult",
    "PinInsightsFailedForGood",
    "PinInsightsGrowth",
    "PinInsightsLostWith",
    "PinInsightsNowhere",
    "PinInsightsResult",
    "PinInsightsToMove",
    "PinLsResult",
    "PinMoveMove",
    "PinMoveResult",
    "PinReleaseResult",
    "PinRmResult",
    "PinVerifyResult",
    "PinWhereisCopy",
    "PinWhereisLocal",
    "PinWhereisResult",
    "QueryLsQuery",
    "QueryLsResult",
    "QueryResult",
    "QueryRmResult",
    "QuerySaveResult",
    "QueryTablesResult",
    "Result",
    "StatResult",
    "StatusResult",
    "UploadResult",
    "VersionResult",
    "WalCancelResult",
    "WalLsOperationResult",
    "WalLsResult",
    "WalRetryResult",
    "WalShowResult",
    "WalStatusLog",
    "WalStatusResult",
]
