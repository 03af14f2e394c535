//! Server-Sent Events.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::http::Body;

/// An event as the engine sends it.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

/// Events as they come, until the engine ends them.
pub struct Events {
    lines: BufReader<Body>,
    is_over: bool,
}

impl Events {
    pub(crate) fn of(body: Body) -> Events {
        Events { lines: BufReader::new(body), is_over: false }
    }

    fn read(&mut self) -> Result<Option<Event>> {
        let (mut name, mut data) = (String::from("message"), String::new());
        let mut line = String::new();
        loop {
            line.clear();
            if self.lines.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let (field, value) = line.trim_end().split_once(':').unwrap_or((line.trim_end(), ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => name = value.to_owned(),
                "data" => data.push_str(value),
                "" if !data.is_empty() => {
                    let data = serde_json::from_str(&data).map_err(Error::from)?;
                    return Ok(Some(Event { name, data }));
                }
                _ => {}
            }
        }
    }
}

impl Iterator for Events {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        if self.is_over {
            return None;
        }
        let next = self.read().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}
