//! Long work in the background.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::Deserialize;

use crate::api::{JobCancelOptions, JobReport};
use crate::client::Client;
use crate::error::{Error, Problem, Result};
use crate::http::{Payload, Request};

/// Work in the background, whose result is a `T`. It ends with the engine; its id finds it again.
pub struct Job<T> {
    client: Client,
    id: String,
    result: PhantomData<fn() -> T>,
}

#[derive(Deserialize)]
struct Started {
    job: Id,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl<T: DeserializeOwned> Job<T> {
    /// Makes a request in the background.
    pub(crate) fn start(client: &Client, request: &Request) -> Result<Job<T>> {
        let body = client.send(&request.in_background(), Payload::Nothing)?;
        if body.status() != 202 {
            return Err(Error::Protocol(format!("the engine answered {} and started no job", body.status())));
        }
        let started: Started = serde_json::from_slice(&body.into_bytes()?)?;
        Ok(Job { client: client.clone(), id: started.job.id, result: PhantomData })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the job as it is now.
    pub fn report(&self) -> Result<JobReport> {
        Ok(self.client.job_show(&self.id)?.job)
    }

    /// Asks the job to end.
    pub fn cancel(&self) -> Result<()> {
        self.client.job_cancel(&self.id, &JobCancelOptions::default()).map(|_| ())
    }

    /// Waits for the end, and returns the result. `progress` is called whenever the job changed.
    pub fn wait(&self, mut progress: impl FnMut(&JobReport)) -> Result<T> {
        for event in self.client.job_events(&self.id)? {
            let report: JobReport = serde_json::from_value(event?.data)?;
            progress(&report);
            match report.status.as_str() {
                "running" => {}
                "completed" => return Ok(serde_json::from_value(serde_json::to_value(report.result)?)?),
                _ => {
                    let problem: Problem = serde_json::from_value(serde_json::to_value(report.error)?)?;
                    return Err(Error::Problem(Box::new(problem)));
                }
            }
        }
        Err(Error::Protocol(format!("the engine told no end of job {}", self.id)))
    }
}
