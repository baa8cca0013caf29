/// Those who use one file: all of them counted, the first few by name.
public struct FileUsers: Hashable, Sendable {
    /// How many there are.
    public private(set) var count = 0
    /// The first ones.
    public private(set) var names: [String] = []

    /// The most that are kept by name: a base image may have thousands.
    public static let listed = 8

    /// Nobody.
    public init() {}

    /// Counts one more.
    public mutating func add(_ name: String) {
        count += 1
        if names.count < Self.listed, !names.contains(name) { names.append(name) }
    }

    /// Both together.
    public mutating func add(_ others: FileUsers) {
        count += others.count
        for name in others.names where names.count < Self.listed && !names.contains(name) {
            names.append(name)
        }
    }
}
