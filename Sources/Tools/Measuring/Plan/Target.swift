/// What a figure has to reach: a multiple of another series of the same run, or a number.
package struct Target: Decodable, Sendable {
    /// Which way.
    package enum Direction: String, Decodable, Sendable {
        /// The figure must be at least that.
        case atLeast = "at_least"
        /// The figure must be at most that.
        case atMost = "at_most"
    }

    /// The series to compare with; nil where ``goal`` is a number in the benchmark's unit.
    package let comparator: String?
    /// Which way.
    package let direction: Direction
    /// What is aimed at: a ratio to the comparator, or a number.
    package let goal: Double
    /// What is held at the moment, where that is less than the goal: missing it fails the run.
    package let threshold: Double?
    /// How far a single run may miss the threshold by chance, as a share of it.
    package let noise: Double

    /// What a run is held to.
    package var bar: Double { threshold ?? goal }
}
