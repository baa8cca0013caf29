/// Which results of a job a caller wants to see, by host and then by image in the job's order.
package struct ResultFilter: Hashable, Sendable {
    /// Only of this host; nil for all.
    package var host: HostName?
    /// Only of this image; nil for all.
    package var image: ImageID?
    /// Only these outcomes; empty for all.
    package var outcomes: Set<Outcome>

    package init(host: HostName? = nil, image: ImageID? = nil, outcomes: Set<Outcome> = []) {
        self.host = host
        self.image = image
        self.outcomes = outcomes
    }
}
