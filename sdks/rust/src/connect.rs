//! How an engine is reached: by the socket of its home, or by its port with a token.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an engine may say nothing.
const SILENCE: Duration = Duration::from_secs(600);

/// Bytes to an engine and back.
pub trait Connection: Read + Write + Send {}

impl<T: Read + Write + Send> Connection for T {}

/// Opens connections. Implement it for TLS: the engine listens for other machines by TLS alone.
pub trait Connect: Send + Sync {
    /// Opens a connection, one for each request.
    fn open(&self) -> io::Result<Box<dyn Connection>>;
    /// Returns the `Host` of requests: the name and the port that the engine listens at.
    fn host(&self) -> &str;
    /// Returns the token, where one is needed.
    fn token(&self) -> io::Result<Option<String>>;
}

/// Returns the home: the one that is given, else `$IPFS_KIT_HOME`, else `~/.ipfs_kit`.
pub(crate) fn home_of(given: Option<&Path>) -> io::Result<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    from("IPFS_KIT_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".ipfs_kit")))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "neither IPFS_KIT_HOME nor HOME is set"))
}

#[cfg(unix)]
pub(crate) struct BySocket {
    pub(crate) path: PathBuf,
}

#[cfg(unix)]
impl Connect for BySocket {
    fn open(&self) -> io::Result<Box<dyn Connection>> {
        let stream = connect_socket(&self.path).map_err(|error| {
            let said = format!("no engine listens at {}: ipfs-kit daemon start: {error}", self.path.display());
            io::Error::new(error.kind(), said)
        })?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(Box::new(stream))
    }

    fn host(&self) -> &str {
        "localhost"
    }

    fn token(&self) -> io::Result<Option<String>> {
        Ok(None)
    }
}

/// A path that is too long for an address is reached by its folder.
#[cfg(unix)]
fn connect_socket(path: &Path) -> io::Result<std::os::unix::net::UnixStream> {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    const LONGEST: usize = 100;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return UnixStream::connect(path);
    };
    if path.as_os_str().len() <= LONGEST {
        return UnixStream::connect(path);
    }
    let folder = fs::File::open(folder)?;
    UnixStream::connect(Path::new(&format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name))
}

pub(crate) enum Token {
    Given(String),
    /// Read for each request, as an engine that starts makes a new one.
    InFile(PathBuf),
}

pub(crate) struct ByPort {
    pub(crate) host: String,
    pub(crate) token: Token,
}

impl Connect for ByPort {
    fn open(&self) -> io::Result<Box<dyn Connection>> {
        let stream = TcpStream::connect(&self.host)
            .map_err(|error| io::Error::new(error.kind(), format!("no engine answers at {}: {error}", self.host)))?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn token(&self) -> io::Result<Option<String>> {
        match &self.token {
            Token::Given(token) => Ok(Some(token.clone())),
            Token::InFile(file) => Ok(Some(fs::read_to_string(file)?.trim().to_owned())),
        }
    }
}
