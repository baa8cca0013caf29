/// What a figure has to reach: a multiple of another series of the same run, or a number.
public struct Target: Decodable, Sendable {
    /// Which way.
    public enum Direction: String, Decodable, Sendable {
        /// The figure must be at least that.
        case atLeast = "at_least"
        /// The figure must be at most that.
        case atMost = "at_most"
    }

    /// The series to compare with; nil where ``goal`` is a number in the benchmark's unit.
    public let comparator: String?
    /// Which way.
    public let direction: Direction
    /// What is aimed at: a ratio to the comparator, or a number.
    public let goal: Double
    /// What is held at the moment, where that is less than the goal: missing it fails the run.
    public let threshold: Double?
    /// How far a single run may miss the threshold by chance, as a share of it.
    public let noise: Double

    /// What a run is held to.
    public var bar: Double { threshold ?? goal }
}
