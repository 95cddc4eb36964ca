//! What cf prints, handed over in whole lines to whoever watches several runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::relay::{CHUNK, Filter, LONGEST_LINE, PipeSource, Read};
use super::tail::Tail;
use super::watch::{Stream, Watch};

/// Filters what comes and hands it over line by line. A line without an end waits for it: what
/// another run prints would else come between.
pub(super) struct LineWriter {
    run: usize,
    stream: Stream,
    watch: Arc<dyn Watch>,
    tail: Arc<Mutex<Tail>>,
    /// Filtered bytes of a line that has not ended.
    partial: Vec<u8>,
    /// How much of `partial` holds no line end.
    searched: usize,
}

impl LineWriter {
    pub(super) fn new(
        run: usize,
        stream: Stream,
        watch: Arc<dyn Watch>,
        tail: Arc<Mutex<Tail>>,
    ) -> Self {
        Self { run, stream, watch, tail, partial: Vec::new(), searched: 0 }
    }

    pub(super) fn run(mut self, mut source: PipeSource, mut filter: Filter) {
        let mut chunk = vec![0; CHUNK];
        loop {
            match source.read(&mut chunk, None) {
                Read::Bytes(length) => {
                    filter.push(chunk.get(..length).unwrap_or_default(), &mut self.partial);
                    self.hand_over_lines();
                }
                Read::Nothing => {}
                Read::End => break,
            }
        }
        filter.finish(&mut self.partial);
        self.hand_over_lines();
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.hand_over(&line);
        }
    }

    fn hand_over_lines(&mut self) {
        let mut bytes = std::mem::take(&mut self.partial);
        let mut done = 0;
        while let Some(end) = bytes
            .iter()
            .skip(done.max(self.searched))
            .position(|byte| *byte == b'\n')
            .map(|end| done.max(self.searched) + end)
        {
            self.hand_over_cut(bytes.get(done..end).unwrap_or_default());
            done = end + 1;
        }
        bytes.drain(..done);
        while bytes.len() > LONGEST_LINE {
            let cut = cut(&bytes);
            self.hand_over(bytes.get(..cut).unwrap_or_default());
            bytes.drain(..cut);
        }
        self.searched = bytes.len();
        self.partial = bytes;
    }

    /// Hands a line over, in pieces if it is very long.
    fn hand_over_cut(&self, line: &[u8]) {
        let mut rest = line;
        while rest.len() > LONGEST_LINE {
            let (piece, behind) = rest.split_at(cut(rest));
            self.hand_over(piece);
            rest = behind;
        }
        self.hand_over(rest);
    }

    fn hand_over(&self, line: &[u8]) {
        let mut line = line;
        while let Some(before) = line.strip_suffix(b"\r") {
            line = before;
        }
        let phase = self.tail.lock().unwrap_or_else(PoisonError::into_inner).take(line);
        if let Some(phase) = phase {
            self.watch.phase(self.run, phase);
        }
        self.watch.line(self.run, self.stream, line);
    }
}

/// Where to cut what is too long: not inside a character.
fn cut(bytes: &[u8]) -> usize {
    let continues =
        |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    (LONGEST_LINE - 3..=LONGEST_LINE).rev().find(|at| !continues(at)).unwrap_or(LONGEST_LINE)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, cut};

    #[test]
    fn a_long_line_is_not_cut_inside_a_character() {
        let text = "\u{20ac}".repeat(LONGEST_LINE);
        let at = cut(text.as_bytes());
        assert!(at <= LONGEST_LINE && text.is_char_boundary(at) && at > LONGEST_LINE - 3);
        assert_eq!(cut(&vec![0x80; LONGEST_LINE + 10]), LONGEST_LINE);
    }
}
