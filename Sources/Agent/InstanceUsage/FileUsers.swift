/// Those who use one file: all of them counted, the first few by name.
package struct FileUsers: Hashable, Sendable {
    /// How many there are.
    package private(set) var count = 0
    /// The first ones.
    package private(set) var names: [String] = []

    /// The most that are kept by name: a base image may have thousands.
    package static let listed = 8

    /// Nobody.
    package init() {}

    /// Counts one more.
    package mutating func add(_ name: String) {
        count += 1
        if names.count < Self.listed, !names.contains(name) { names.append(name) }
    }

    /// Both together.
    package mutating func add(_ others: FileUsers) {
        count += others.count
        for name in others.names where names.count < Self.listed && !names.contains(name) {
            names.append(name)
        }
    }
}
