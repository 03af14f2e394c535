//! HTTP/1.1, as much of it as an engine speaks: one request for each connection.

use std::io::{self, BufRead, BufReader, Read};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::connect::{Connect, Connection};
use crate::error::{Error, Problem, Result};

const PIECE: usize = 1 << 16;
const LONGEST_LINE: u64 = 1 << 16;
/// Bytes of an error that are read.
const LONGEST_PROBLEM: u64 = 1 << 20;

/// What is asked: fields go into the query, or into a body of JSON.
#[derive(Clone)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    fields: Map<String, Value>,
    is_in_body: bool,
    headers: Vec<(&'static str, String)>,
}

/// The bytes that go with a request.
pub(crate) enum Payload<'a> {
    Nothing,
    Bytes(Box<dyn Read + 'a>),
}

impl Request {
    /// `segments` are those below `/api/v1`.
    pub(crate) fn new(method: &'static str, segments: &[&str]) -> Request {
        let mut path = String::from("/api/v1");
        for segment in segments {
            path.push('/');
            escape(segment, &mut path);
        }
        Request { method, path, fields: Map::new(), is_in_body: false, headers: Vec::new() }
    }

    pub(crate) fn field(mut self, name: &str, value: impl Serialize) -> Result<Request> {
        match serde_json::to_value(value)? {
            Value::Null => {}
            value => drop(self.fields.insert(name.to_owned(), value)),
        }
        Ok(self)
    }

    pub(crate) fn options(mut self, options: &impl Serialize) -> Result<Request> {
        if let Value::Object(fields) = serde_json::to_value(options)? {
            self.fields.extend(fields);
        }
        Ok(self)
    }

    pub(crate) fn key(mut self, key: Option<&str>) -> Request {
        if let Some(key) = key {
            self.headers.push(("idempotency-key", key.to_owned()));
        }
        self
    }

    pub(crate) fn range(mut self, start: Option<u64>, end: Option<u64>) -> Result<Request> {
        let first = start.unwrap_or(0);
        let last = match end {
            Some(end) if end <= first => {
                return Err(Error::Protocol(format!("there is nothing from {first} up to {end}")));
            }
            Some(end) => (end - 1).to_string(),
            None => String::new(),
        };
        if start.is_some() || end.is_some() {
            self.headers.push(("range", format!("bytes={first}-{last}")));
        }
        Ok(self)
    }

    pub(crate) fn in_body(mut self) -> Request {
        self.is_in_body = true;
        self
    }

    pub(crate) fn in_background(&self) -> Request {
        let mut request = self.clone();
        request.headers.push(("prefer", String::from("respond-async")));
        request
    }

    /// Path and query; a list is its name repeated.
    fn target(&self) -> String {
        let mut target = self.path.clone();
        if self.is_in_body {
            return target;
        }
        let mut mark = '?';
        for (name, value) in &self.fields {
            let several = match value {
                Value::Array(values) => values.iter().collect(),
                one => vec![one],
            };
            for one in several {
                target.push(mark);
                mark = '&';
                escape(name, &mut target);
                target.push('=');
                match one {
                    Value::String(text) => escape(text, &mut target),
                    other => escape(&other.to_string(), &mut target),
                }
            }
        }
        target
    }
}

/// Everything but letters, digits and `-._~` is escaped, so that a text stays in its place.
fn escape(text: &str, to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            to.push_str(&format!("%{byte:02X}"));
        }
    }
}

pub(crate) fn send(connect: &dyn Connect, request: &Request, payload: Payload<'_>) -> Result<Body> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
        request.method,
        request.target(),
        connect.host()
    );
    if let Some(token) = connect.token()? {
        header(&mut head, "authorization", &format!("Bearer {token}"))?;
    }
    for (name, value) in &request.headers {
        header(&mut head, name, value)?;
    }
    let mut connection = connect.open()?;
    // An engine that refuses a body does not wait for the rest of it, and says why: so it is listened to in any case.
    let sent = match write(&mut *connection, head, request, payload) {
        // The body has no end, so that the engine would wait for the rest of it.
        Err(error @ Error::Source(_)) => return Err(error),
        sent => sent,
    };
    let answer = match Body::begin(connection) {
        Ok(body) => body,
        Err(error) => return sent.and(Err(error)),
    };
    if answer.status >= 400 {
        Err(problem_in(answer))
    } else {
        sent.map(|()| answer)
    }
}

/// A value with an end of line would be a header of its own.
fn header(head: &mut String, name: &str, value: &str) -> Result<()> {
    if value.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(Error::Protocol(format!("{name} has characters that no header may have")));
    }
    head.push_str(&format!("{name}: {value}\r\n"));
    Ok(())
}

fn write(to: &mut dyn Connection, mut head: String, request: &Request, payload: Payload<'_>) -> Result<()> {
    match payload {
        Payload::Nothing if request.is_in_body => {
            let body = serde_json::to_vec(&request.fields)?;
            head.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len()));
            to.write_all(head.as_bytes())?;
            to.write_all(&body)?;
        }
        Payload::Nothing => {
            head.push_str(if request.method == "GET" { "\r\n" } else { "content-length: 0\r\n\r\n" });
            to.write_all(head.as_bytes())?;
        }
        Payload::Bytes(mut data) => {
            head.push_str("content-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n");
            to.write_all(head.as_bytes())?;
            let mut piece = vec![0; PIECE];
            loop {
                let size = match data.read(&mut piece) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read.map_err(Error::Source)?,
                };
                if size == 0 {
                    break;
                }
                to.write_all(format!("{size:x}\r\n").as_bytes())?;
                to.write_all(&piece[..size])?;
                to.write_all(b"\r\n")?;
            }
            to.write_all(b"0\r\n\r\n")?;
        }
    }
    Ok(to.flush()?)
}

fn problem_in(answer: Body) -> Error {
    let status = answer.status;
    let mut told = Vec::new();
    if let Err(error) = answer.take(LONGEST_PROBLEM).read_to_end(&mut told) {
        return Error::Io(error);
    }
    match serde_json::from_slice::<Problem>(&told) {
        Ok(problem) => Error::Problem(Box::new(Problem { status, ..problem })),
        Err(_) => Error::Protocol(format!("the engine answered {status}: {}", String::from_utf8_lossy(&told))),
    }
}

/// What of a body is still to come.
enum Rest {
    /// Bytes up to the end.
    Sized(u64),
    /// Bytes of a chunk, after which there may be others.
    Chunk(u64),
    /// The size of the next chunk, and before it the end of another one. It is read when it is asked for: an engine may take
    /// its time between two.
    Between {
        is_first: bool,
    },
    Nothing,
}

/// The bytes of an answer, read as they come. One that is cut off is an error, and dropping it ends the work for it.
pub struct Body {
    from: BufReader<Box<dyn Connection>>,
    status: u16,
    headers: Vec<(String, String)>,
    rest: Rest,
}

impl Body {
    /// The status of HTTP: 200, or 206 for a range.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn into_bytes(mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn begin(connection: Box<dyn Connection>) -> Result<Body> {
        let mut body = Body { from: BufReader::new(connection), status: 0, headers: Vec::new(), rest: Rest::Nothing };
        // 1xx announces the answer proper.
        while body.status < 200 {
            body.head()?;
        }
        if body.header("transfer-encoding") == Some("chunked") {
            body.rest = Rest::Between { is_first: true };
        } else if let Some(size) = body.header("content-length") {
            body.rest = match size.parse().map_err(|_| malformed("content-length"))? {
                0 => Rest::Nothing,
                size => Rest::Sized(size),
            };
        }
        Ok(body)
    }

    fn head(&mut self) -> Result<()> {
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        self.status = status.ok_or_else(|| malformed("the status"))?;
        self.headers.clear();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(());
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header"))?;
            self.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(cut());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| malformed("a line"))
    }

    /// Reads the size of the next chunk.
    fn next_chunk(&mut self, is_first: bool) -> io::Result<()> {
        if !is_first && !self.line()?.is_empty() {
            return Err(malformed("a chunk"));
        }
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or("").trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| malformed("a chunk"))?;
        self.rest = Rest::Chunk(size);
        if size == 0 {
            while !self.line()?.is_empty() {}
            self.rest = Rest::Nothing;
        }
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Rest::Between { is_first } = self.rest {
            self.next_chunk(is_first)?;
        }
        let left = match self.rest {
            Rest::Nothing | Rest::Between { .. } => return Ok(0),
            Rest::Sized(left) | Rest::Chunk(left) => left,
        };
        let most = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let size = self.from.read(&mut into[..most])?;
        if size == 0 && most > 0 {
            return Err(cut());
        }
        let left = left - size as u64;
        self.rest = match self.rest {
            Rest::Chunk(_) if left == 0 => Rest::Between { is_first: false },
            Rest::Chunk(_) => Rest::Chunk(left),
            _ if left == 0 => Rest::Nothing,
            _ => Rest::Sized(left),
        };
        Ok(size)
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the engine ended its answer in the middle")
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("what came is no answer of an engine: {what}"))
}
