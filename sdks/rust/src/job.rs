//! Long work in the background.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::api::{JobCancelOptions, JobReport};
use crate::client::Client;
use crate::error::{Error, Problem, Result};

/// Work in the background, whose result is a `T`. It ends with the engine; its id finds it again.
pub struct Job<T> {
    client: Client,
    id: String,
    result: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Job<T> {
    pub(crate) fn new(client: Client, id: String) -> Job<T> {
        Job { client, id, result: PhantomData }
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
