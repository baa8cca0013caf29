/// What a scan couldn't look into: as long as there is any, nothing is known to be unused.
package struct ScanProblems: Hashable, Sendable {
    /// How many there are.
    package private(set) var count = 0
    /// The first ones, for people: what it was and what the system or the header's reader said.
    package private(set) var examples: [String] = []

    /// The most that are kept in words.
    static let listed = 8

    /// None.
    package init() {}

    mutating func add(_ what: String) {
        count += 1
        if examples.count < Self.listed { examples.append(what) }
    }

    mutating func add(_ others: ScanProblems) {
        count += others.count
        examples += others.examples.prefix(max(0, Self.listed - examples.count))
    }
}
