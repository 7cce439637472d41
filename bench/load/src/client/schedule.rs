use crate::clock::SECOND_NS;

/// When requests are due: at once (closed loop), or at fixed times dealt out to the connections in
/// turn, so that connection `c` has the due times of requests c, c + n, c + 2n and so on.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    start_ns: u64,
    /// Between two requests of the whole run; 0 for closed loop.
    gap_ns: f64,
    connections: u64,
    /// How many requests the run may have.
    requests_max: u64,
    /// How many it has begun.
    begun: u64,
    /// The request of the whole run that the clock has come to.
    cursor: u64,
}

impl Schedule {
    pub(super) fn new(start_ns: u64, rate: f64, connections: usize, requests: u64) -> Self {
        Self {
            start_ns,
            gap_ns: if rate > 0.0 { SECOND_NS as f64 / rate } else { 0.0 },
            connections: connections.max(1) as u64,
            requests_max: if requests == 0 { u64::MAX } else { requests },
            begun: 0,
            cursor: 0,
        }
    }

    pub(super) fn is_open_loop(&self) -> bool {
        self.gap_ns > 0.0
    }

    /// When the request number `turn` of `connection` is due; None in closed loop.
    pub(super) fn due_ns(&self, connection: usize, turn: u64) -> Option<u64> {
        let request = turn.saturating_mul(self.connections).saturating_add(connection as u64);
        self.is_open_loop().then(|| self.time_of(request))
    }

    /// When the next request of the whole run is due; None in closed loop.
    pub(super) fn next_due_ns(&self) -> Option<u64> {
        self.is_open_loop().then(|| self.time_of(self.cursor))
    }

    /// Moves past the next due request and gives the connection whose turn it is.
    pub(super) fn advance(&mut self) -> usize {
        let connection = self.cursor % self.connections;
        self.cursor += 1;
        usize::try_from(connection).unwrap_or(0)
    }

    /// Whether another request may begin.
    pub(super) fn has_more(&self) -> bool {
        self.begun < self.requests_max
    }

    /// A request has begun.
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }

    /// A request that had begun never left: its connection could not be made.
    pub(super) fn take_back(&mut self) {
        self.begun = self.begun.saturating_sub(1);
    }

    /// Requests due by `now_ns` that have not begun.
    pub(super) fn overdue(&self, now_ns: u64) -> u64 {
        if !self.is_open_loop() {
            return 0;
        }
        let due = (now_ns.saturating_sub(self.start_ns) as f64 / self.gap_ns) as u64;
        due.min(self.requests_max).saturating_sub(self.begun)
    }

    fn time_of(&self, request: u64) -> u64 {
        self.start_ns.saturating_add((request as f64 * self.gap_ns) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn open_loop_deals_requests_out_in_turn() {
        let mut schedule = Schedule::new(5_000, 1_000_000.0, 3, 10);
        assert_eq!(schedule.due_ns(0, 0), Some(5_000));
        assert_eq!(schedule.due_ns(2, 1), Some(10_000));
        assert_eq!([schedule.advance(), schedule.advance(), schedule.advance()], [0, 1, 2]);
        assert_eq!((schedule.next_due_ns(), schedule.advance()), (Some(8_000), 0));
        assert_eq!(schedule.overdue(9_000), 4);
        schedule.begin();
        assert_eq!((schedule.overdue(9_000), schedule.overdue(90_000)), (3, 9));
        (0..9).for_each(|_| schedule.begin());
        assert!(!schedule.has_more());
    }

    #[test]
    fn closed_loop_is_never_due_and_never_late() {
        let schedule = Schedule::new(5_000, 0.0, 3, 0);
        assert_eq!((schedule.due_ns(1, 1), schedule.overdue(u64::MAX)), (None, 0));
        assert!(schedule.has_more());
    }
}
