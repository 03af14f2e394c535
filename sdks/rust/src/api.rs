//! Operations of the API and the types of their results, generated from its document by `npm run client`.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Body, Payload, Request};
use crate::{Client, Events, Job, Pages, Result};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Added {
    /// A CID.
    pub cid: String,
    pub path: String,
    /// Bytes.
    pub size: i64,
    pub files: i64,
    pub directories: i64,
    pub symlinks: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddResult {
    pub roots: Vec<Added>,
    pub skipped_hidden: i64,
    pub profile: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    #[serde(default)]
    pub name_base64: Option<String>,
    /// One of `file`, `directory`, `symlink`.
    pub r#type: Option<String>,
    pub size: Option<i64>,
    /// A CID.
    pub cid: String,
    pub mode: Option<String>,
    pub mtime: Option<String>,
    /// One of `missing`, `damaged`, `unknown`.
    pub problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LsResult {
    pub entries: Vec<Entry>,
    pub total: i64,
    /// Cursor of the next page; null for the last one.
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatResult {
    /// A CID.
    pub cid: String,
    /// One of `file`, `directory`, `symlink`.
    pub r#type: String,
    /// Bytes.
    pub size: i64,
    /// Bytes.
    pub dag_size: i64,
    pub blocks: i64,
    pub links: i64,
    pub depth: i64,
    pub local: bool,
    pub missing: i64,
    pub mode: Option<String>,
    pub mtime: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DagShowLink {
    pub path: String,
    pub name: Option<String>,
    /// A CID.
    pub cid: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DagShowResult {
    /// A CID.
    pub cid: String,
    pub codec: String,
    /// Bytes.
    pub size: i64,
    pub links: Vec<DagShowLink>,
    pub link_count: i64,
    /// Null for plain bytes, and for more than 64 KiB.
    pub json: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainSegment {
    /// A CID.
    pub cid: String,
    pub path: String,
    pub offset: i64,
    pub length: Option<i64>,
    /// One of `local`, `disk`.
    pub tier: Option<String>,
    pub backend: Option<String>,
    pub bytes_fetched: i64,
    pub ms: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainFailure {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainResult {
    /// A CID.
    pub cid: String,
    pub segments: Vec<ExplainSegment>,
    pub missing: Vec<String>,
    pub failure: Option<ExplainFailure>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GetResult {
    #[serde(default)]
    pub output: Option<String>,
    /// A CID.
    #[serde(default)]
    pub cid: Option<String>,
    /// Bytes.
    #[serde(default)]
    pub bytes: Option<i64>,
    #[serde(default)]
    pub files: Option<i64>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheWarmResult {
    pub files: i64,
    /// Bytes.
    pub bytes: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// A CID.
    pub cid: String,
    pub name: String,
    /// One of `recursive`, `direct`.
    pub r#type: String,
    pub size: Option<i64>,
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinLsResult {
    pub pins: Vec<Pin>,
    /// Cursor of the next page; null for the last one.
    pub next_cursor: Option<String>,
    /// One of `zero_copy`, `traditional`.
    pub method: String,
    pub source: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinAddPin {
    /// A CID.
    pub cid: String,
    pub name: String,
    /// One of `recursive`, `direct`.
    pub r#type: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    /// A CID.
    pub cid: String,
    pub backend: String,
    /// One of `pending`, `stored`, `failed`, `removed`, `unknown`.
    pub status: String,
    pub size: Option<i64>,
    pub details: Option<String>,
    /// Code of the error; null where there is none.
    pub code: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinAddResult {
    pub pins: Vec<PinAddPin>,
    pub copies: Vec<Copy>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinRmResult {
    pub unpinned: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinWhereisLocal {
    pub pinned: bool,
    pub here: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinWhereisCopy {
    pub backend: String,
    /// One of `pending`, `stored`, `failed`.
    pub status: String,
    pub trust: String,
    pub path: String,
    pub size: Option<i64>,
    pub verified_at: Option<String>,
    pub last_error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinWhereisResult {
    /// A CID.
    pub cid: String,
    pub name: String,
    pub tags: Vec<String>,
    pub local: PinWhereisLocal,
    pub copies: Vec<PinWhereisCopy>,
    pub would_be_lost_with: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptCopy {
    /// A CID.
    pub cid: String,
    pub name: String,
    pub tags: Vec<String>,
    pub backend: String,
    /// One of `pending`, `stored`, `failed`.
    pub status: String,
    pub size: Option<i64>,
    pub created_at: String,
    pub car_file_path: String,
    pub verified_at: Option<String>,
    pub last_error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinCopiesResult {
    pub pins: Vec<KeptCopy>,
    /// Cursor of the next page; null for the last one.
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinReleaseResult {
    pub copies: Vec<Copy>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinVerifyResult {
    pub copies: Vec<Copy>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinHealResult {
    pub copies: Vec<Copy>,
    pub sound: i64,
    pub swept: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinMoveMove {
    /// A CID.
    pub cid: String,
    pub from: String,
    pub to: String,
    /// One of `cold`, `hot`, `policy`.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinMoveResult {
    pub moves: Vec<PinMoveMove>,
    pub copies: Vec<Copy>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinHealthBackendFailure {
    pub reason: String,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinHealthBackend {
    pub name: String,
    pub r#type: String,
    pub trust: String,
    pub stored: i64,
    pub pending: i64,
    pub failed: i64,
    pub failures: Vec<PinHealthBackendFailure>,
    /// Of those that are stored, copies that could not be looked at last time..
    pub unknown: i64,
    pub unknown_reasons: Vec<PinHealthBackendFailure>,
    /// Bytes.
    pub bytes: i64,
    pub oldest_verification: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinHealthResult {
    pub healthy: bool,
    pub copies: i64,
    pub backends: Vec<PinHealthBackend>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsNowhere {
    pub count: i64,
    pub cids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsLostWith {
    pub backend: String,
    pub count: i64,
    pub cids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsToMove {
    pub cold: PinInsightsNowhere,
    pub hot: PinInsightsNowhere,
    pub policy: PinInsightsNowhere,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsFailedForGood {
    pub backend: String,
    pub reason: String,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsGrowth {
    pub day: String,
    pub copies: i64,
    /// Bytes.
    pub bytes: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinInsightsResult {
    /// Pins of which no copy is stored, here or on a backend..
    pub nowhere: PinInsightsNowhere,
    /// Pins with copies that could not be looked at last time..
    pub unknown: PinInsightsNowhere,
    pub under_replicated: PinInsightsNowhere,
    pub over_replicated: PinInsightsNowhere,
    pub lost_with: Vec<PinInsightsLostWith>,
    pub to_move: PinInsightsToMove,
    pub failed_for_good: Vec<PinInsightsFailedForGood>,
    pub growth: Vec<PinInsightsGrowth>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backend {
    pub name: String,
    pub r#type: String,
    pub options: BTreeMap<String, Vec<String>>,
    pub priority: i64,
    pub timeout_ms: i64,
    pub read_only: bool,
    pub report: Option<BTreeMap<String, Value>>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendLsResult {
    pub backends: Vec<Backend>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendAddResult {
    pub name: String,
    pub r#type: String,
    pub options: BTreeMap<String, Vec<String>>,
    pub priority: i64,
    pub timeout_ms: i64,
    pub read_only: bool,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendShowResult {
    pub name: String,
    pub r#type: String,
    pub options: BTreeMap<String, Vec<String>>,
    pub priority: i64,
    pub timeout_ms: i64,
    pub read_only: bool,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendUpdateResult {
    pub name: String,
    pub r#type: String,
    pub options: BTreeMap<String, Vec<String>>,
    pub priority: i64,
    pub timeout_ms: i64,
    pub read_only: bool,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendRmResult {
    pub name: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendTestStep {
    pub step: String,
    pub ok: bool,
    pub ms: f64,
    pub found: String,
    #[serde(default)]
    pub code: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendTestResult {
    pub name: String,
    pub r#type: String,
    pub ok: bool,
    pub steps: Vec<BackendTestStep>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendDrainResult {
    pub copies: Vec<Copy>,
    pub kept: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    pub name: String,
    pub version: i64,
    /// A CID.
    pub cid: String,
    pub data: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    pub message: String,
    pub tags: Vec<String>,
    pub created_at: String,
    pub versions: i64,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetLsResult {
    pub datasets: Vec<Dataset>,
    /// Cursor of the next page; null for the last one.
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetPutResult {
    pub name: String,
    pub version: i64,
    /// A CID.
    pub cid: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub r#type: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetShowPart {
    pub path: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    /// A CID.
    pub cid: String,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetShowResult {
    pub name: String,
    pub version: Option<i64>,
    /// A CID.
    pub cid: String,
    pub data: String,
    pub writer: String,
    pub parents: Vec<String>,
    pub schema: Vec<Column>,
    pub partition_by: Vec<String>,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    pub message: String,
    pub tags: Vec<String>,
    pub metadata: BTreeMap<String, Value>,
    pub created_at: Option<String>,
    pub parts: Vec<DatasetShowPart>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetRmRemoved {
    pub version: i64,
    /// A CID.
    pub cid: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetRmResult {
    pub name: String,
    pub removed: Vec<DatasetRmRemoved>,
    pub left: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetVersionsVersion {
    pub version: i64,
    /// A CID.
    pub cid: String,
    pub data: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    pub message: String,
    pub tags: Vec<String>,
    pub created_at: String,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetVersionsResult {
    pub name: String,
    pub versions: Vec<DatasetVersionsVersion>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetAdoptResult {
    pub name: String,
    pub version: i64,
    /// A CID.
    pub cid: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetRowsResult {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    pub truncated: bool,
    pub count: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetDiffResult {
    pub from: String,
    pub to: String,
    pub added: i64,
    pub removed: i64,
    pub changed: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryResult {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    pub truncated: bool,
    pub count: i64,
    pub elapsed_ms: f64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryTablesResult {
    pub tables: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryLsQuery {
    pub name: String,
    pub sql: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryLsResult {
    pub queries: Vec<QueryLsQuery>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuerySaveResult {
    pub name: String,
    pub sql: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryRmResult {
    pub removed: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataQueryResult {
    pub records: Vec<BTreeMap<String, Value>>,
    /// Cursor of the next page; null for the last one.
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataCountResult {
    pub total: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataShowResult {
    pub record: BTreeMap<String, Value>,
    pub heat: f64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// A CID.
    pub cid: String,
    pub kind: String,
    pub details: BTreeMap<String, Value>,
    pub latency_ms: f64,
    pub is_measured: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataLocateResult {
    pub locations: Vec<Location>,
    pub fastest_retrieval_path: Option<Location>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataTagResult {
    pub records: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataRefreshResult {
    pub changed: i64,
    pub records: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheStatsResult {
    pub cache: BTreeMap<String, Value>,
    pub fetch: BTreeMap<String, Value>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheLsResult {
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheEvictResult {
    pub evicted: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheClearResult {
    pub blocks: i64,
    /// Bytes.
    pub freed_bytes: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalStatusLog {
    pub files: i64,
    /// Bytes.
    pub bytes: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalStatusResult {
    pub operations: BTreeMap<String, i64>,
    pub next_due: Option<f64>,
    pub log: WalStatusLog,
    pub archives: WalStatusLog,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalLsOperationResult {
    #[serde(default)]
    pub cid: Option<String>,
    #[serde(default)]
    pub size: Option<i64>,
    #[serde(default)]
    pub destination: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedOperation {
    pub operation_id: String,
    pub operation_type: String,
    /// One of `pending`, `running`, `completed`, `failed`, `cancelled`.
    pub status: String,
    /// Ms since 1970.
    pub timestamp: i64,
    /// Ms since 1970.
    pub updated_at: i64,
    pub completed_at: Option<i64>,
    pub backend: String,
    pub parameters: BTreeMap<String, String>,
    pub result: Option<WalLsOperationResult>,
    pub error: Option<String>,
    pub error_type: Option<String>,
    pub retry_count: i64,
    pub max_retries: i64,
    pub next_retry_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalLsResult {
    pub operations: Vec<LoggedOperation>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalShowResult {
    pub record: LoggedOperation,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalRetryResult {
    pub operations: Vec<LoggedOperation>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalCancelResult {
    pub cancelled: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionResult {
    pub version: String,
    pub node: String,
    pub platform: String,
    pub kernel: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusResult {
    pub home: String,
    pub blocks: i64,
    pub pins: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaemonStatusResult {
    pub engine: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineLogResult {
    pub path: Option<String>,
    pub lines: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivitySampleMount {
    pub path: String,
    pub requests: i64,
    /// Requests that waited for content.
    pub waited: i64,
    pub errors: i64,
    pub answer_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivitySampleFetch {
    pub memory_hits: i64,
    pub disk_hits: i64,
    pub fetched_blocks: i64,
    /// Bytes.
    pub fetched_bytes: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivitySampleBackend {
    pub name: String,
    pub requests: i64,
    /// Bytes.
    pub bytes: i64,
    pub errors: i64,
    pub answer_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivitySample {
    /// ISO 8601, UTC.
    pub time: String,
    /// Bytes.
    pub memory: i64,
    pub store_bytes: Option<i64>,
    /// Bytes.
    pub free_bytes: i64,
    pub mounts: Vec<ActivitySampleMount>,
    pub fetch: Option<ActivitySampleFetch>,
    pub backends: Vec<ActivitySampleBackend>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivityResult {
    pub interval_ms: i64,
    pub samples: Vec<ActivitySample>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoctorCheck {
    pub check: String,
    pub ok: bool,
    pub needed: bool,
    pub found: String,
    pub mend: String,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoctorResult {
    pub ok: bool,
    pub checks: Vec<DoctorCheck>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GcResult {
    pub removed_blocks: i64,
    pub freed_bytes: i64,
    pub kept_blocks: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FsckResult {
    pub blocks: i64,
    pub files: i64,
    pub bytes: i64,
    pub repaired: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobProgress {
    pub what: String,
    pub done: f64,
    pub total: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobReport {
    pub id: String,
    pub operation: String,
    /// What was asked for; null where that is long.
    pub request: Option<BTreeMap<String, Value>>,
    /// One of `running`, `completed`, `failed`, `cancelled`.
    pub status: String,
    pub created_at: String,
    pub finished_at: Option<String>,
    pub progress: Option<JobProgress>,
    pub warnings: Vec<String>,
    pub result: Option<BTreeMap<String, Value>>,
    pub error: Option<BTreeMap<String, Value>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobLsResult {
    pub jobs: Vec<JobReport>,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobShowResult {
    pub job: JobReport,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobCancelResult {
    pub job: JobReport,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineEvent {
    pub id: i64,
    pub time: String,
    /// One of `added`, `pinned`, `unpinned`, `fetched`, `evicted`, `backend_up`, `backend_down`, `healed`, `mount_up`, `mount_down`, `job_started`, `job_progress`, `job_ended`, `gap`.
    pub r#type: String,
    /// Events of a gap; null where nobody knows.
    #[serde(default)]
    pub missed: Option<i64>,
    #[serde(default)]
    pub cid: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub cids: Option<Vec<String>>,
    /// CIDs that are not listed.
    #[serde(default)]
    pub more: Option<i64>,
    #[serde(default)]
    pub blocks: Option<i64>,
    /// Bytes.
    #[serde(default)]
    pub bytes: Option<i64>,
    #[serde(default)]
    pub backend: Option<String>,
    #[serde(default)]
    pub backends: Option<Vec<String>>,
    #[serde(default)]
    pub path: Option<String>,
    #[serde(default)]
    pub job: Option<String>,
    #[serde(default)]
    pub operation: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub what: Option<String>,
    #[serde(default)]
    pub done: Option<i64>,
    #[serde(default)]
    pub total: Option<i64>,
    #[serde(default)]
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventLsResult {
    pub events: Vec<EngineEvent>,
    pub last_id: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadResult {
    /// A CID.
    pub cid: String,
    pub path: String,
    /// Bytes.
    pub size: i64,
    pub files: i64,
    pub directories: i64,
    pub symlinks: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarImportResult {
    pub roots: Vec<String>,
    pub blocks: i64,
    /// Bytes.
    pub bytes: i64,
    /// Blocks that were here already.
    pub duplicates: i64,
    /// Linked blocks that neither the archive nor this home has.
    pub missing: i64,
    /// Roots that were pinned.
    pub pinned: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetUploadResult {
    pub name: String,
    pub version: i64,
    /// A CID.
    pub cid: String,
    pub rows: i64,
    /// Bytes.
    pub bytes: i64,
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Fields that are not described.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// Options of [`Client::add`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct AddOptions {
    /// One of `unixfs-v1-2025`, `unixfs-v0-2015`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_hash: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve_mode: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve_mtime: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct LsOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Next_cursor of the page before; the first page without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Options of [`Client::explain`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExplainOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch: Option<bool>,
}

/// Options of [`Client::get`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::cache_warm`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct CacheWarmOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinLsOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Next_cursor of the page before; the first page without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Options of [`Client::pin_add`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinAddOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_rm`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinRmOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_copies`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinCopiesOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Vec<String>>,
    /// One of `pending`, `stored`, `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Options of [`Client::pin_release`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinReleaseOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_verify`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinVerifyOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_data: Option<bool>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_heal`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinHealOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_data: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::pin_move`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct PinMoveOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cids: Option<Vec<String>>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::backend_add`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackendAddOptions {
    /// Options of the type, as `ipfs-kit help backend add` lists them, without dashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, Value>>,
    /// Secrets by option; they are kept apart from the options, and never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// One of `trusted`, `semitrusted`, `untrusted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_upload: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_download: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::backend_update`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackendUpdateOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unset: Option<Vec<String>>,
    /// Options of the type, as `ipfs-kit help backend add` lists them, without dashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, Value>>,
    /// Secrets by option; they are kept apart from the options, and never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// One of `trusted`, `semitrusted`, `untrusted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_upload: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_download: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::backend_rm`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackendRmOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::backend_test`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackendTestOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::backend_drain`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackendDrainOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::dataset_ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetLsOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Next_cursor of the page before; the first page without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Options of [`Client::dataset_put`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetPutOptions {
    /// One of `csv`, `json`, `ndjson`, `parquet`, `arrow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::dataset_rm`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetRmOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::dataset_adopt`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetAdoptOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::dataset_rows`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetRowsOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Vec<String>>,
    /// A condition in SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::dataset_diff`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetDiffOptions {
    /// NAME, NAME@VERSION, or the CID of a version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Vec<String>>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::query`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct QueryOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, Value>>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<i64>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::query_save`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct QuerySaveOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::query_rm`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct QueryRmOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::metadata_query`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct MetadataQueryOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    /// Words that a record must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A field, or `-field` for the other way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Next_cursor of the page before; the first page without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Options of [`Client::metadata_count`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct MetadataCountOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Options of [`Client::metadata_locate`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct MetadataLocateOptions {
    /// A CID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::metadata_tag`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct MetadataTagOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<Vec<String>>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::metadata_refresh`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct MetadataRefreshOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::cache_ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct CacheLsOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::cache_evict`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct CacheEvictOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::cache_clear`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct CacheClearOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::wal_ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct WalLsOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
}

/// Options of [`Client::wal_retry`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct WalRetryOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::wal_cancel`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct WalCancelOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::engine_log`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct EngineLogOptions {
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::activity`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct ActivityOptions {
    /// ISO 8601, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Options of [`Client::gc`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct GcOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::fsck`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct FsckOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_data: Option<bool>,
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::job_cancel`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct JobCancelOptions {
    /// A key by which the same request, sent again, is answered once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Options of [`Client::event_ls`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventLsOptions {
    /// Only these; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<Vec<String>>,
    /// The id of the last event that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// Most entries, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Options of [`Client::upload`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct UploadOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<bool>,
    /// One of `unixfs-v1-2025`, `unixfs-v0-2015`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// Options of [`Client::download`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DownloadOptions {
    /// The first byte.
    #[serde(skip)]
    pub start: Option<u64>,
    /// Where the bytes end; that one is not sent.
    #[serde(skip)]
    pub end: Option<u64>,
}

/// Options of [`Client::car_import`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct CarImportOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<bool>,
}

/// Options of [`Client::dataset_upload`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetUploadOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Options of [`Client::dataset_download`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetDownloadOptions {
    /// One of `parquet`, `csv`, `json`, `ndjson`, `arrow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
}

impl Client {
    /// Add files of this machine.
    ///
    /// Adds files and folders of the machine that the engine runs on, by their absolute paths, durably, and pins each root. Bytes are uploaded to `/api/v1/upload`.
    pub fn add(&self, paths: &[&str], options: &AddOptions) -> Result<AddResult> {
        let request = Request::new("POST", &["add"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Add files of this machine, in the background.
    pub fn add_job(&self, paths: &[&str], options: &AddOptions) -> Result<Job<AddResult>> {
        let request = Request::new("POST", &["add"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// List a folder.
    ///
    /// Lists a folder page by page; of a file, the file itself.
    pub fn ls(&self, path: &str, options: &LsOptions) -> Result<LsResult> {
        let request = Request::new("GET", &["ls"])
            .field("path", path)?
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// List a folder: all of it, page by page.
    pub fn iter_ls(&self, path: &str, options: &LsOptions) -> Pages<Entry> {
        let client = self.clone();
        let mut options = options.clone();
        let path = path.to_owned();
        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.ls(&path, &options)?;
            Ok((page.entries, page.next_cursor))
        })
    }

    /// Describe a file or folder.
    ///
    /// Tells type and size, and how much of its DAG is here.
    pub fn stat(&self, path: &str) -> Result<StatResult> {
        let request = Request::new("GET", &["stat"])
            .field("path", path)?;
        self.json(&request, Payload::Nothing)
    }

    /// Show a node of a DAG.
    ///
    /// Reads one block of any codec: what it is made of in dag-json, and the CIDs that it leads to.
    pub fn dag_show(&self, path: &str) -> Result<DagShowResult> {
        let request = Request::new("GET", &["dag"])
            .field("path", path)?;
        self.json(&request, Payload::Nothing)
    }

    /// Where bytes come from.
    ///
    /// Tells which tier and which backend serves each part of a file, or would serve it.
    pub fn explain(&self, path: &str, options: &ExplainOptions) -> Result<ExplainResult> {
        let request = Request::new("GET", &["explain"])
            .field("path", path)?
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Copy content to a file of this machine.
    ///
    /// Copies a file or folder to an absolute path that is not there yet, completely or not at all. Bytes are downloaded from `/api/v1/download`.
    pub fn get(&self, path: &str, output: &str, options: &GetOptions) -> Result<GetResult> {
        let request = Request::new("POST", &["get"])
            .field("path", path)?
            .field("output", output)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Copy content to a file of this machine, in the background.
    pub fn get_job(&self, path: &str, output: &str, options: &GetOptions) -> Result<Job<GetResult>> {
        let request = Request::new("POST", &["get"])
            .field("path", path)?
            .field("output", output)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Fetch content ahead.
    ///
    /// Fetches files and folders, so that they are here when they are read.
    pub fn cache_warm(&self, paths: &[&str], options: &CacheWarmOptions) -> Result<CacheWarmResult> {
        let request = Request::new("POST", &["warm"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Fetch content ahead, in the background.
    pub fn cache_warm_job(&self, paths: &[&str], options: &CacheWarmOptions) -> Result<Job<CacheWarmResult>> {
        let request = Request::new("POST", &["warm"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// List pins.
    ///
    /// Lists the pins of this home page by page.
    pub fn pin_ls(&self, options: &PinLsOptions) -> Result<PinLsResult> {
        let request = Request::new("GET", &["pins"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// List pins: all of it, page by page.
    pub fn iter_pin_ls(&self, options: &PinLsOptions) -> Pages<Pin> {
        let client = self.clone();
        let mut options = options.clone();
        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.pin_ls(&options)?;
            Ok((page.pins, page.next_cursor))
        })
    }

    /// Pin content.
    ///
    /// Keeps content from garbage collection, and fetches what of it is not here. With `backends` or `replicas`, copies are stored on backends.
    pub fn pin_add(&self, paths: &[&str], options: &PinAddOptions) -> Result<PinAddResult> {
        let request = Request::new("POST", &["pins"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Pin content, in the background.
    pub fn pin_add_job(&self, paths: &[&str], options: &PinAddOptions) -> Result<Job<PinAddResult>> {
        let request = Request::new("POST", &["pins"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Unpin content.
    ///
    /// Removes a pin; garbage collection may then remove what no other pin reaches.
    pub fn pin_rm(&self, cid: &str, options: &PinRmOptions) -> Result<PinRmResult> {
        let request = Request::new("DELETE", &["pins", cid])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// Where a pin is kept.
    ///
    /// Tells which backends have a copy, and whose loss would lose it.
    pub fn pin_whereis(&self, cid: &str) -> Result<PinWhereisResult> {
        let request = Request::new("GET", &["pins", cid, "places"]);
        self.json(&request, Payload::Nothing)
    }

    /// List copies on backends.
    ///
    /// Lists the copies of pins on backends page by page, in the order of their CIDs.
    pub fn pin_copies(&self, options: &PinCopiesOptions) -> Result<PinCopiesResult> {
        let request = Request::new("GET", &["copies"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// List copies on backends: all of it, page by page.
    pub fn iter_pin_copies(&self, options: &PinCopiesOptions) -> Pages<KeptCopy> {
        let client = self.clone();
        let mut options = options.clone();
        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.pin_copies(&options)?;
            Ok((page.pins, page.next_cursor))
        })
    }

    /// Remove copies from backends.
    ///
    /// Removes copies, unless the policy needs them; `force` removes them all the same.
    pub fn pin_release(&self, cids: &[&str], options: &PinReleaseOptions) -> Result<PinReleaseResult> {
        let request = Request::new("POST", &["copies", "release"])
            .field("cids", cids)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Remove copies from backends, in the background.
    pub fn pin_release_job(&self, cids: &[&str], options: &PinReleaseOptions) -> Result<Job<PinReleaseResult>> {
        let request = Request::new("POST", &["copies", "release"])
            .field("cids", cids)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Verify copies on backends.
    ///
    /// Looks whether copies are there and whole; with `read_data`, hashes every block.
    pub fn pin_verify(&self, options: &PinVerifyOptions) -> Result<PinVerifyResult> {
        let request = Request::new("POST", &["copies", "verify"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Verify copies on backends, in the background.
    pub fn pin_verify_job(&self, options: &PinVerifyOptions) -> Result<Job<PinVerifyResult>> {
        let request = Request::new("POST", &["copies", "verify"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Store what backends lack.
    ///
    /// Stores copies again that are missing, failed or damaged, from any good copy.
    pub fn pin_heal(&self, options: &PinHealOptions) -> Result<PinHealResult> {
        let request = Request::new("POST", &["copies", "heal"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Store what backends lack, in the background.
    pub fn pin_heal_job(&self, options: &PinHealOptions) -> Result<Job<PinHealResult>> {
        let request = Request::new("POST", &["copies", "heal"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Move copies between backends.
    ///
    /// Moves copies to where policy and heat would have them now; `dry_run` only plans.
    pub fn pin_move(&self, options: &PinMoveOptions) -> Result<PinMoveResult> {
        let request = Request::new("POST", &["copies", "move"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Move copies between backends, in the background.
    pub fn pin_move_job(&self, options: &PinMoveOptions) -> Result<Job<PinMoveResult>> {
        let request = Request::new("POST", &["copies", "move"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Health of copies.
    ///
    /// Counts copies by backend and status, with the reasons of failures.
    pub fn pin_health(&self) -> Result<PinHealthResult> {
        let request = Request::new("GET", &["copies", "health"]);
        self.json(&request, Payload::Nothing)
    }

    /// What copies lack.
    ///
    /// Tells of pins with too few or too many copies, and what the loss of a backend would lose.
    pub fn pin_insights(&self) -> Result<PinInsightsResult> {
        let request = Request::new("GET", &["copies", "insights"]);
        self.json(&request, Payload::Nothing)
    }

    /// List backends.
    ///
    /// Lists backends with what the engine saw of them.
    pub fn backend_ls(&self) -> Result<BackendLsResult> {
        let request = Request::new("GET", &["backends"]);
        self.json(&request, Payload::Nothing)
    }

    /// Add a backend.
    ///
    /// Adds a place where content is fetched from, or kept.
    pub fn backend_add(&self, name: &str, r#type: &str, options: &BackendAddOptions) -> Result<BackendAddResult> {
        let request = Request::new("POST", &["backends"])
            .field("name", name)?
            .field("type", r#type)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Show a backend.
    ///
    /// Shows options, defaults, and where secrets come from; never the secrets.
    pub fn backend_show(&self, name: &str) -> Result<BackendShowResult> {
        let request = Request::new("GET", &["backends", name]);
        self.json(&request, Payload::Nothing)
    }

    /// Change a backend.
    ///
    /// Changes what is given, and leaves the rest as it is.
    pub fn backend_update(&self, name: &str, options: &BackendUpdateOptions) -> Result<BackendUpdateResult> {
        let request = Request::new("PATCH", &["backends", name])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Remove a backend.
    ///
    /// Forgets a backend; one that has copies of pins only with `force`.
    pub fn backend_rm(&self, name: &str, options: &BackendRmOptions) -> Result<BackendRmResult> {
        let request = Request::new("DELETE", &["backends", name])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// Test a backend.
    ///
    /// Does a real round trip: ask, put, get, range, list, rename, delete.
    pub fn backend_test(&self, name: &str, options: &BackendTestOptions) -> Result<BackendTestResult> {
        let request = Request::new("POST", &["backends", name, "test"])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// Test a backend, in the background.
    pub fn backend_test_job(&self, name: &str, options: &BackendTestOptions) -> Result<Job<BackendTestResult>> {
        let request = Request::new("POST", &["backends", name, "test"])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        Job::start(self, &request)
    }

    /// Move all copies away from a backend.
    ///
    /// Stores its copies elsewhere, and then removes them from it.
    pub fn backend_drain(&self, name: &str, options: &BackendDrainOptions) -> Result<BackendDrainResult> {
        let request = Request::new("POST", &["backends", name, "drain"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Move all copies away from a backend, in the background.
    pub fn backend_drain_job(&self, name: &str, options: &BackendDrainOptions) -> Result<Job<BackendDrainResult>> {
        let request = Request::new("POST", &["backends", name, "drain"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// List datasets.
    ///
    /// Lists datasets page by page, each with its newest version.
    pub fn dataset_ls(&self, options: &DatasetLsOptions) -> Result<DatasetLsResult> {
        let request = Request::new("GET", &["datasets"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// List datasets: all of it, page by page.
    pub fn iter_dataset_ls(&self, options: &DatasetLsOptions) -> Pages<Dataset> {
        let client = self.clone();
        let mut options = options.clone();
        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.dataset_ls(&options)?;
            Ok((page.datasets, page.next_cursor))
        })
    }

    /// Make a version from files of this machine.
    ///
    /// Makes a version of the rows of CSV, JSON, NDJSON, Parquet or Arrow files, by their absolute paths. Bytes are uploaded to `/api/v1/datasets/upload`.
    pub fn dataset_put(&self, name: &str, paths: &[&str], options: &DatasetPutOptions) -> Result<DatasetPutResult> {
        let request = Request::new("POST", &["datasets"])
            .field("name", name)?
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Make a version from files of this machine, in the background.
    pub fn dataset_put_job(&self, name: &str, paths: &[&str], options: &DatasetPutOptions) -> Result<Job<DatasetPutResult>> {
        let request = Request::new("POST", &["datasets"])
            .field("name", name)?
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Show a version of a dataset.
    ///
    /// Shows schema, rows, parts, parents and metadata.
    pub fn dataset_show(&self, r#ref: &str) -> Result<DatasetShowResult> {
        let request = Request::new("GET", &["datasets", r#ref]);
        self.json(&request, Payload::Nothing)
    }

    /// Forget a dataset or a version.
    ///
    /// Forgets it here; its content stays until garbage collection.
    pub fn dataset_rm(&self, r#ref: &str, options: &DatasetRmOptions) -> Result<DatasetRmResult> {
        let request = Request::new("DELETE", &["datasets", r#ref])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// List the versions of a dataset.
    ///
    /// Lists the versions of a name that this home knows, the oldest first.
    pub fn dataset_versions(&self, r#ref: &str) -> Result<DatasetVersionsResult> {
        let request = Request::new("GET", &["datasets", r#ref, "versions"]);
        self.json(&request, Payload::Nothing)
    }

    /// Make a version of content that is here.
    ///
    /// Makes a version of a Parquet file or a folder of them, without copying.
    pub fn dataset_adopt(&self, name: &str, path: &str, options: &DatasetAdoptOptions) -> Result<DatasetAdoptResult> {
        let request = Request::new("POST", &["datasets", "adopt"])
            .field("name", name)?
            .field("path", path)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Make a version of content that is here, in the background.
    pub fn dataset_adopt_job(&self, name: &str, path: &str, options: &DatasetAdoptOptions) -> Result<Job<DatasetAdoptResult>> {
        let request = Request::new("POST", &["datasets", "adopt"])
            .field("name", name)?
            .field("path", path)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Read rows of a dataset.
    ///
    /// Returns rows as lists of values. Files are downloaded from `/api/v1/datasets/{ref}/download`.
    pub fn dataset_rows(&self, r#ref: &str, options: &DatasetRowsOptions) -> Result<DatasetRowsResult> {
        let request = Request::new("GET", &["datasets", r#ref, "rows"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Compare two versions.
    ///
    /// Counts rows that were added, removed and changed, and shows some of them.
    pub fn dataset_diff(&self, r#ref: &str, options: &DatasetDiffOptions) -> Result<DatasetDiffResult> {
        let request = Request::new("GET", &["datasets", r#ref, "diff"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Ask in SQL.
    ///
    /// Runs one SELECT over datasets by name, files by their CID path, and the tables `pins`, `metadata`, `datasets`, `backends`, `cache` and `wal`.
    pub fn query(&self, sql: &str, options: &QueryOptions) -> Result<QueryResult> {
        let request = Request::new("POST", &["query"])
            .field("sql", sql)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Ask in SQL, in the background.
    pub fn query_job(&self, sql: &str, options: &QueryOptions) -> Result<Job<QueryResult>> {
        let request = Request::new("POST", &["query"])
            .field("sql", sql)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// List the tables of SQL.
    ///
    /// Lists what a statement may name, beside files by their CID path.
    pub fn query_tables(&self) -> Result<QueryTablesResult> {
        let request = Request::new("GET", &["query", "tables"]);
        self.json(&request, Payload::Nothing)
    }

    /// List saved queries.
    ///
    /// Lists queries under names, with their SQL.
    pub fn query_ls(&self) -> Result<QueryLsResult> {
        let request = Request::new("GET", &["queries"]);
        self.json(&request, Payload::Nothing)
    }

    /// Save a query.
    ///
    /// Keeps a statement under a name, which replaces an earlier one.
    pub fn query_save(&self, name: &str, sql: &str, options: &QuerySaveOptions) -> Result<QuerySaveResult> {
        let request = Request::new("PUT", &["queries", name])
            .field("sql", sql)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Remove a saved query.
    ///
    /// Forgets a saved query.
    pub fn query_rm(&self, name: &str, options: &QueryRmOptions) -> Result<QueryRmResult> {
        let request = Request::new("DELETE", &["queries", name])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// Find content by what is known of it.
    ///
    /// Finds records by a condition such as `mime_type == "application/pdf" and size_bytes > 1048576`, and by words.
    pub fn metadata_query(&self, options: &MetadataQueryOptions) -> Result<MetadataQueryResult> {
        let request = Request::new("GET", &["metadata"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Find content by what is known of it: all of it, page by page.
    pub fn iter_metadata_query(&self, options: &MetadataQueryOptions) -> Pages<BTreeMap<String, Value>> {
        let client = self.clone();
        let mut options = options.clone();
        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.metadata_query(&options)?;
            Ok((page.records, page.next_cursor))
        })
    }

    /// Count content by what is known of it.
    ///
    /// Counts the records that a condition and words choose.
    pub fn metadata_count(&self, options: &MetadataCountOptions) -> Result<MetadataCountResult> {
        let request = Request::new("GET", &["metadata", "count"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Show what is known of a CID.
    ///
    /// Shows a record of the index, and how hot its content is.
    pub fn metadata_show(&self, cid: &str) -> Result<MetadataShowResult> {
        let request = Request::new("GET", &["metadata", "records", cid]);
        self.json(&request, Payload::Nothing)
    }

    /// Where content is.
    ///
    /// Lists places by CID, path or MIME type, the fastest first.
    pub fn metadata_locate(&self, options: &MetadataLocateOptions) -> Result<MetadataLocateResult> {
        let request = Request::new("GET", &["metadata", "locations"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Tag content.
    ///
    /// Adds tags to records and removes others.
    pub fn metadata_tag(&self, paths: &[&str], options: &MetadataTagOptions) -> Result<MetadataTagResult> {
        let request = Request::new("POST", &["metadata", "tags"])
            .field("paths", paths)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Bring the index up to date.
    ///
    /// Takes in what is pinned and not described, and writes the files of the index.
    pub fn metadata_refresh(&self, options: &MetadataRefreshOptions) -> Result<MetadataRefreshResult> {
        let request = Request::new("POST", &["metadata", "refresh"])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// Bring the index up to date, in the background.
    pub fn metadata_refresh_job(&self, options: &MetadataRefreshOptions) -> Result<Job<MetadataRefreshResult>> {
        let request = Request::new("POST", &["metadata", "refresh"])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        Job::start(self, &request)
    }

    /// Figures of the cache.
    ///
    /// Sizes, hits and misses of each tier, and of fetching.
    pub fn cache_stats(&self) -> Result<CacheStatsResult> {
        let request = Request::new("GET", &["cache"]);
        self.json(&request, Payload::Nothing)
    }

    /// List what is cached.
    ///
    /// Lists cached blocks, the hottest first.
    pub fn cache_ls(&self, options: &CacheLsOptions) -> Result<CacheLsResult> {
        let request = Request::new("GET", &["cache", "blocks"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Remove blocks from the cache.
    ///
    /// Removes blocks by CID; with `recursive`, all below them.
    pub fn cache_evict(&self, cids: &[&str], options: &CacheEvictOptions) -> Result<CacheEvictResult> {
        let request = Request::new("POST", &["cache", "evict"])
            .field("cids", cids)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Empty the cache.
    ///
    /// Removes everything that was fetched; pins and what was added stay.
    pub fn cache_clear(&self, options: &CacheClearOptions) -> Result<CacheClearResult> {
        let request = Request::new("POST", &["cache", "clear"])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// State of the log.
    ///
    /// Counts operations by status, and the files of the log.
    pub fn wal_status(&self) -> Result<WalStatusResult> {
        let request = Request::new("GET", &["wal"]);
        self.json(&request, Payload::Nothing)
    }

    /// List operations on backends.
    ///
    /// Lists the newest operations of the log; with `all`, of its archives too.
    pub fn wal_ls(&self, options: &WalLsOptions) -> Result<WalLsResult> {
        let request = Request::new("GET", &["wal", "operations"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Show an operation.
    ///
    /// Shows one operation; its id may be cut short.
    pub fn wal_show(&self, id: &str) -> Result<WalShowResult> {
        let request = Request::new("GET", &["wal", "operations", id]);
        self.json(&request, Payload::Nothing)
    }

    /// Try operations again.
    ///
    /// Works on the copies of operations that failed or wait, and answers what became of them.
    pub fn wal_retry(&self, options: &WalRetryOptions) -> Result<WalRetryResult> {
        let request = Request::new("POST", &["wal", "retry"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Try operations again, in the background.
    pub fn wal_retry_job(&self, options: &WalRetryOptions) -> Result<Job<WalRetryResult>> {
        let request = Request::new("POST", &["wal", "retry"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Give operations up.
    ///
    /// Cancels operations that are not finished.
    pub fn wal_cancel(&self, ids: &[&str], options: &WalCancelOptions) -> Result<WalCancelResult> {
        let request = Request::new("POST", &["wal", "cancel"])
            .field("ids", ids)?
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Version of the program.
    ///
    /// Tells the versions of this program, of Node.js and of the kernel.
    pub fn version(&self) -> Result<VersionResult> {
        let request = Request::new("GET", &["version"]);
        self.json(&request, Payload::Nothing)
    }

    /// Mounts, store, cache and backends.
    ///
    /// Reports what `ipfs-kit status` prints.
    pub fn status(&self) -> Result<StatusResult> {
        let request = Request::new("GET", &["status"]);
        self.json(&request, Payload::Nothing)
    }

    /// The engine.
    ///
    /// Reports process, memory, mounts and ports of the engine.
    pub fn daemon_status(&self) -> Result<DaemonStatusResult> {
        let request = Request::new("GET", &["engine"]);
        self.json(&request, Payload::Nothing)
    }

    /// Log of the engine.
    ///
    /// Reads the last lines of its log; none where the journal of systemd has them.
    pub fn engine_log(&self, options: &EngineLogOptions) -> Result<EngineLogResult> {
        let request = Request::new("GET", &["engine", "log"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Activity of the last hour.
    ///
    /// Samples of the counters of mounts, cache, fetching and backends, which only grow until the engine ends. With `after`, those since that time.
    pub fn activity(&self, options: &ActivityOptions) -> Result<ActivityResult> {
        let request = Request::new("GET", &["activity"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Check the set-up.
    ///
    /// Checks what a mount needs, the home and the backends, and says how to mend each.
    pub fn doctor(&self) -> Result<DoctorResult> {
        let request = Request::new("GET", &["doctor"]);
        self.json(&request, Payload::Nothing)
    }

    /// Collect garbage.
    ///
    /// Removes the blocks that no pin reaches; `dry_run` tells what would go.
    pub fn gc(&self, options: &GcOptions) -> Result<GcResult> {
        let request = Request::new("POST", &["gc"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Collect garbage, in the background.
    pub fn gc_job(&self, options: &GcOptions) -> Result<Job<GcResult>> {
        let request = Request::new("POST", &["gc"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// Check the store.
    ///
    /// Checks the store; with `read_data`, hashes every block.
    pub fn fsck(&self, options: &FsckOptions) -> Result<FsckResult> {
        let request = Request::new("POST", &["fsck"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        self.json(&request, Payload::Nothing)
    }

    /// Check the store, in the background.
    pub fn fsck_job(&self, options: &FsckOptions) -> Result<Job<FsckResult>> {
        let request = Request::new("POST", &["fsck"])
            .options(options)?
            .key(options.idempotency_key.as_deref())
            .in_body();
        Job::start(self, &request)
    }

    /// List jobs.
    ///
    /// Lists jobs that run, and those that ended last, without their results.
    pub fn job_ls(&self) -> Result<JobLsResult> {
        let request = Request::new("GET", &["jobs"]);
        self.json(&request, Payload::Nothing)
    }

    /// Show a job.
    ///
    /// Shows progress, and the result when it has ended. `/api/v1/jobs/{id}/events` tells of changes as they come.
    pub fn job_show(&self, id: &str) -> Result<JobShowResult> {
        let request = Request::new("GET", &["jobs", id]);
        self.json(&request, Payload::Nothing)
    }

    /// Cancel a job.
    ///
    /// Asks a job to end; what it has done so far stays.
    pub fn job_cancel(&self, id: &str, options: &JobCancelOptions) -> Result<JobCancelResult> {
        let request = Request::new("DELETE", &["jobs", id])
            .options(options)?
            .key(options.idempotency_key.as_deref());
        self.json(&request, Payload::Nothing)
    }

    /// List events.
    ///
    /// Lists what happened in the engine lately, the oldest first; `last_id` is the `after` of the next call. `/api/v1/events` tells the same as it happens, by Server-Sent Events or a WebSocket. `added`: `cid`, `name`: a root whose blocks are durable. `pinned`: `cid`, `name`, `backend` where it is a copy. `unpinned`: `cid`, `backend` where it is a copy. `fetched`: `cids`, `more`, `blocks`, `bytes`, `backends`: what came from backends within a second. `evicted`: `blocks`, `bytes`: what left the cache within a second. `backend_up`: `backend`. `backend_down`: `backend`, `error`. `healed`: `what` (block or copy), `blocks`, `cid`, `backend`. `mount_up`: `path`. `mount_down`: `path`. `job_started`: `job`, `operation`, `status`, `what`, `done`, `total`, `error`. `job_progress`: as `job_started`, a second at least after the one before. `job_ended`: as `job_started`.
    pub fn event_ls(&self, options: &EventLsOptions) -> Result<EventLsResult> {
        let request = Request::new("GET", &["events", "recent"])
            .options(options)?;
        self.json(&request, Payload::Nothing)
    }

    /// Add bytes.
    ///
    /// Adds the body as a file, durably, and pins it unless `pin=false`.
    pub fn upload(&self, data: impl Read, options: &UploadOptions) -> Result<UploadResult> {
        let request = Request::new("POST", &["upload"])
            .options(options)?;
        self.json(&request, Payload::Bytes(Box::new(data)))
    }

    /// Read the bytes of a file.
    ///
    /// Sends a file, or the range of it that `Range` names.
    pub fn download(&self, path: &str, options: &DownloadOptions) -> Result<Body> {
        let request = Request::new("GET", &["download"])
            .field("path", path)?
            .options(options)?
            .range(options.start, options.end)?;
        self.send(&request, Payload::Nothing)
    }

    /// Import a CAR.
    ///
    /// Takes in the blocks of a CAR, each verified, and pins its roots unless `pin=false`.
    pub fn car_import(&self, data: impl Read, options: &CarImportOptions) -> Result<CarImportResult> {
        let request = Request::new("POST", &["cars"])
            .options(options)?;
        self.json(&request, Payload::Bytes(Box::new(data)))
    }

    /// Export a CAR.
    ///
    /// Sends a DAG as CARv1, in depth-first order.
    pub fn car_export(&self, path: &str) -> Result<Body> {
        let request = Request::new("GET", &["cars"])
            .field("path", path)?;
        self.send(&request, Payload::Nothing)
    }

    /// Make a version of a dataset from bytes.
    ///
    /// Makes a version of the rows of the body; `format` is one of csv, json, ndjson, parquet, arrow.
    pub fn dataset_upload(&self, data: impl Read, name: &str, format: &str, options: &DatasetUploadOptions) -> Result<DatasetUploadResult> {
        let request = Request::new("POST", &["datasets", "upload"])
            .field("name", name)?
            .field("format", format)?
            .options(options)?;
        self.json(&request, Payload::Bytes(Box::new(data)))
    }

    /// Read a dataset as a file.
    ///
    /// Sends rows as a file; `format` is one of parquet, csv, json, ndjson, arrow.
    pub fn dataset_download(&self, r#ref: &str, options: &DatasetDownloadOptions) -> Result<Body> {
        let request = Request::new("GET", &["datasets", r#ref, "download"])
            .options(options)?;
        self.send(&request, Payload::Nothing)
    }

    /// Watch a job.
    ///
    /// Server-Sent Events: `job`, with the job as JSON, whenever it changed; the last one when it ended. Where a WebSocket is asked for, each job is a message.
    pub fn job_events(&self, id: &str) -> Result<Events> {
        let request = Request::new("GET", &["jobs", id, "events"]);
        self.events_of(&request)
    }
}
