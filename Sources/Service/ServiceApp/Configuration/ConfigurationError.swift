/// Settings that are right one by one but not together.
struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, each naming its keys.
    let problems: [String]

    /// One line, or one for each problem.
    var description: String {
        problems.count == 1
            ? "settings: \(problems[0])"
            : "settings: \(problems.count) problems\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
