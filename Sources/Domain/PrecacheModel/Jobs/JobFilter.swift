/// Which jobs a caller wants to see, newest first.
package struct JobFilter: Hashable, Sendable {
    /// Only these states; empty for all.
    package var states: Set<JobState>
    /// Only of the aggregate with this name; nil for all.
    package var aggregate: AggregateName?

    package init(states: Set<JobState> = [], aggregate: AggregateName? = nil) {
        self.states = states
        self.aggregate = aggregate
    }
}
