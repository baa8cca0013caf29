/// Which files processes have open, as far as may be seen.
public struct OpenFileScan: Sendable {
    /// Files and the processes that have them open, each as `name (pid)`.
    public internal(set) var files: [FileID: FileUsers] = [:]
    /// Why this isn't all of it; nil if every process of the machine could be looked into.
    public internal(set) var gap: String?

    /// Nothing found.
    public init() {}
}
