/// Which files processes have open, as far as may be seen.
package struct OpenFileScan: Sendable {
    /// Files and the processes that have them open, each as `name (pid)`.
    package internal(set) var files: [FileID: FileUsers] = [:]
    /// Why this isn't all of it; nil if every process of the machine could be looked into.
    package internal(set) var gap: String?

    /// Nothing found.
    package init() {}
}
