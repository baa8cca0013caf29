/// The time, on the two scales that rows need.
package struct LedgerTime: Hashable, Sendable {
    /// The wall clock's reading, for what people see; it may jump.
    package var wall: Timestamp
    /// The wall clock's reading at the dispatcher's start plus the time passed since by a clock that nobody sets.
    ///
    /// Due times are written and compared on this scale alone, so that a wall clock that is set back by an hour
    /// doesn't delay an attempt by an hour.
    package var steady: Timestamp

    /// Puts both readings together.
    package init(wall: Timestamp, steady: Timestamp) {
        self.wall = wall
        self.steady = steady
    }
}
