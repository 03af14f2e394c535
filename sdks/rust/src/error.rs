//! What goes wrong.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    /// The engine says why it does not do what is asked.
    Problem(Box<Problem>),
    /// The engine cannot be reached, or went away.
    Io(io::Error),
    /// What was to be sent cannot be read.
    Source(io::Error),
    /// What came is no answer of an engine.
    Protocol(String),
}

/// The problem details of an error (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The status of HTTP; 0 for a job that failed.
    #[serde(default)]
    pub status: u16,
    /// The code, such as `BLOCK_NOT_FOUND`.
    pub code: String,
    pub error: String,
    pub error_type: String,
    /// Whether the same request may succeed later.
    pub recoverable: bool,
    /// What is wrong with the fields of a request that does not fit its schema.
    #[serde(default)]
    pub fields: Vec<FieldProblem>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

impl Error {
    /// Returns the code that the engine told.
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Problem(problem) => write!(to, "{} ({})", problem.error, problem.code),
            Error::Io(error) | Error::Source(error) => error.fmt(to),
            Error::Protocol(said) => to.write_str(said),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Protocol(format!("a document is not as it should be: {error}"))
    }
}
