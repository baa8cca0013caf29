/// Which results of a job a caller wants to see, by host and then by image in the job's order.
public struct ResultFilter: Hashable, Sendable {
    /// Only of this host; nil for all.
    public var host: HostName?
    /// Only of this image; nil for all.
    public var image: ImageID?
    /// Only these outcomes; empty for all.
    public var outcomes: Set<Outcome>

    /// Puts a filter together.
    public init(host: HostName? = nil, image: ImageID? = nil, outcomes: Set<Outcome> = []) {
        self.host = host
        self.image = image
        self.outcomes = outcomes
    }
}
