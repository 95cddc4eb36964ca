//! Where the lines of a text end, found once, so that nobody counts from its start for each of many
//! places.

use std::rc::Rc;

/// The ends of the lines of a text.
#[derive(Clone)]
pub(crate) struct LineEnds(Rc<[usize]>);

impl LineEnds {
    /// Finds them.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The number of the line in which a byte is, counted from 1.
    pub(crate) fn line_at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }

    /// The first byte of that line.
    pub(crate) fn begin_of(&self, byte: usize) -> usize {
        let before = self.line_at(byte).checked_sub(2);
        before.and_then(|at| self.0.get(at)).map_or(0, |end| end + 1)
    }
}
