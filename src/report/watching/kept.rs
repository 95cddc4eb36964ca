//! The lines of one app, kept until it is known whether they are wanted: the beginning and the
//! end, where there are too many.

use std::borrow::Cow;
use std::collections::VecDeque;

/// Most bytes of the beginning, and of the end.
const HALF: usize = 2 * 1024 * 1024;
/// What a line costs beside its bytes.
const OVERHEAD: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<Vec<u8>>,
    head_bytes: usize,
    tail: VecDeque<Vec<u8>>,
    tail_bytes: usize,
    /// Lines that were left out between them.
    cut: usize,
}

impl Kept {
    pub(super) fn push(&mut self, line: Vec<u8>) {
        let size = line.len() + OVERHEAD;
        if self.tail.is_empty() && self.head_bytes + size <= HALF {
            self.head_bytes += size;
            self.head.push(line);
            return;
        }
        self.tail_bytes += size;
        self.tail.push_back(line);
        while self.tail_bytes > HALF {
            let Some(line) = self.tail.pop_front() else { return };
            self.tail_bytes -= line.len() + OVERHEAD;
            self.cut += 1;
        }
    }

    /// The lines, with one in place of those that were cut.
    pub(super) fn lines(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let cut = (self.cut > 0).then(|| format!("[{} lines are left out here]", self.cut));
        let head = self.head.iter().map(|line| Cow::from(line.as_slice()));
        let tail = self.tail.iter().map(|line| Cow::from(line.as_slice()));
        head.chain(cut.map(|cut| Cow::from(cut.into_bytes()))).chain(tail)
    }

    /// The last line.
    pub(super) fn last(&self) -> &[u8] {
        self.tail.back().or_else(|| self.head.last()).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::{HALF, Kept};

    #[test]
    fn of_too_many_lines_the_middle_is_cut() {
        let mut kept = Kept::default();
        for number in 0..100_000 {
            kept.push(format!("line {number} {}", "x".repeat(90)).into_bytes());
        }
        let lines: Vec<String> =
            kept.lines().map(|line| String::from_utf8(line.into_owned()).unwrap()).collect();
        assert!(lines[0].starts_with("line 0 "));
        assert!(lines.last().unwrap().starts_with("line 99999 "));
        let cut = lines.iter().position(|line| line.ends_with("lines are left out here]"));
        let left_out: usize = lines[cut.unwrap()][1..].split(' ').next().unwrap().parse().unwrap();
        assert_eq!(left_out + lines.len() - 1, 100_000);
        assert!(lines.iter().map(String::len).sum::<usize>() <= 2 * HALF);
    }
}
