/// One row of the table: a figure of ours, and what it has to hold against.
public struct Benchmark: Decodable, Sendable {
    /// Its name in files: `status-rate`.
    public let id: String
    /// What is measured, for people.
    public let title: String
    /// The unit of every series: `requests/s`, `s`, `MiB`.
    public let unit: String
    /// The name of our series.
    public let measured: String
    /// What it has to reach; may be empty for figures that are only stated.
    public let targets: [Target]
    /// What there is to say about a miss: the reason, and what would mend it.
    public let note: String?
}
