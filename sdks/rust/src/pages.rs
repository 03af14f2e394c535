//! Lists that come page by page.

use crate::error::Result;

type Next<T> = Box<dyn FnMut(Option<String>) -> Result<(Vec<T>, Option<String>)> + Send>;

/// All entries of a list; each page is asked for when the one before is read.
pub struct Pages<T> {
    next: Next<T>,
    entries: std::vec::IntoIter<T>,
    cursor: Option<String>,
    is_last: bool,
}

impl<T> Pages<T> {
    pub(crate) fn new(
        next: impl FnMut(Option<String>) -> Result<(Vec<T>, Option<String>)> + Send + 'static,
    ) -> Pages<T> {
        Pages { next: Box::new(next), entries: Vec::new().into_iter(), cursor: None, is_last: false }
    }
}

impl<T> Iterator for Pages<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(Ok(entry));
            }
            if self.is_last {
                return None;
            }
            match (self.next)(self.cursor.take()) {
                Ok((entries, cursor)) => {
                    self.entries = entries.into_iter();
                    self.is_last = cursor.is_none();
                    self.cursor = cursor;
                }
                Err(error) => {
                    self.is_last = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
