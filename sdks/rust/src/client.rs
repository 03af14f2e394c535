//! Makes requests of operations, and answers of what the engine sends.

use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::connect::{home_of, ByPort, Connect, Token};
use crate::error::Result;
use crate::events::Events;
use crate::http::{send, Body, Payload, Request};

/// Asks an engine. Each request has a connection of its own; a clone asks the same engine.
#[derive(Clone)]
pub struct Client {
    connect: Arc<dyn Connect>,
}

impl Client {
    /// Asks the engine of a home by its socket, without a token. It is not started.
    ///
    /// Without a path, the home is `$IPFS_KIT_HOME`, else `~/.ipfs_kit`.
    #[cfg(unix)]
    pub fn of_home(home: Option<&Path>) -> Result<Client> {
        let path = home_of(home)?.join("run").join("socket");
        Ok(Client::by(crate::connect::BySocket { path }))
    }

    /// Asks an engine by its port, such as `127.0.0.1:8520`, with the token of its home.
    pub fn at_port(address: &str, home: Option<&Path>) -> Result<Client> {
        let token = Token::InFile(home_of(home)?.join("run").join("token"));
        Ok(Client::by(ByPort { host: address.to_owned(), token }))
    }

    /// Asks an engine by its port with a token.
    pub fn with_token(address: &str, token: &str) -> Client {
        Client::by(ByPort { host: address.to_owned(), token: Token::Given(token.to_owned()) })
    }

    /// Asks an engine by connections of another kind, such as those of TLS.
    pub fn by(connect: impl Connect + 'static) -> Client {
        Client { connect: Arc::new(connect) }
    }

    /// What happens in the engine, as it happens, without an end.
    ///
    /// `types`: only these, as [`Client::event_ls`] describes them; all where there are none. `after`: the id of the last
    /// event that is known.
    pub fn events(&self, types: &[&str], after: Option<i64>) -> Result<Events> {
        let request = Request::new("GET", &["events"]).field("type", types)?.field("after", after)?;
        self.events_of(&request)
    }

    pub(crate) fn send(&self, request: &Request, payload: Payload<'_>) -> Result<Body> {
        send(&*self.connect, request, payload)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, request: &Request, payload: Payload<'_>) -> Result<T> {
        let body = self.send(request, payload)?;
        Ok(serde_json::from_slice(&body.into_bytes()?)?)
    }

    pub(crate) fn events_of(&self, request: &Request) -> Result<Events> {
        Ok(Events::of(self.send(request, Payload::Nothing)?))
    }
}
