/// One row of the table: a figure of ours, and what it has to hold against.
package struct Benchmark: Decodable, Sendable {
    /// Its name in files: `status-rate`.
    package let id: String
    /// What is measured, for people.
    package let title: String
    /// The unit of every series: `requests/s`, `s`, `MiB`.
    package let unit: String
    /// The name of our series.
    package let measured: String
    /// What it has to reach; may be empty for figures that are only stated.
    package let targets: [Target]
    /// What there is to say about a miss: the reason, and what would mend it.
    package let note: String?
}
