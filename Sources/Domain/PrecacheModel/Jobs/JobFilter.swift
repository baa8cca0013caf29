/// Which jobs a caller wants to see, newest first.
public struct JobFilter: Hashable, Sendable {
    /// Only these states; empty for all.
    public var states: Set<JobState>
    /// Only of the aggregate with this name; nil for all.
    public var aggregate: AggregateName?

    /// Puts a filter together.
    public init(states: Set<JobState> = [], aggregate: AggregateName? = nil) {
        self.states = states
        self.aggregate = aggregate
    }
}
