import InstanceUsage

/// What one sweep came to.
package struct SweepSummary: Hashable, Sendable {
    /// When it began: microseconds since 1970, UTC.
    package var atMicroseconds: Int64
    /// How long it took.
    package var duration: Duration = .zero
    /// Whether it only looked.
    package var isDryRun: Bool
    /// Files that are recognised.
    package var files = 0
    /// What they take on the disk.
    package var diskBytes: Int64 = 0
    /// Entries of the directory that are left alone, whatever they are.
    package var unknown = 0
    /// Files that stay, by the reason.
    package var kept: [KeepReason: Int] = [:]
    /// Files that were renewed for being in use or pinned.
    package var renewed = 0
    /// Files that were removed, or would have been.
    package var removed = 0
    /// What that freed, or would have.
    package var removedBytes: Int64 = 0
    /// The first 1,000 of those that would have been removed; empty unless it only looked.
    package var candidates: [String] = []
    /// Instances' disks that were looked into.
    package var disks = 0
    /// Headers read for that, backing files' included.
    package var headersRead = 0
    /// Bytes read of them.
    package var headerBytes = 0
    /// Disks and folders that couldn't be looked into: with any, nothing is removed.
    package var problems = 0
    /// The first of them, for people.
    package var problemExamples: [String] = []
    /// Why it isn't known of all processes what they have open; nil if it is.
    package var processGap: String?
    /// What stopped the sweep; nil if it went through.
    package var failure: String?

    init(at: Int64, isDryRun: Bool) {
        atMicroseconds = at
        self.isDryRun = isDryRun
    }

    mutating func count(_ use: CacheUse) {
        disks = use.instances.disks
        headersRead = use.instances.headersRead
        headerBytes = use.instances.bytesRead
        problems = use.instances.problems.count
        problemExamples = use.instances.problems.examples
        processGap = use.processes.gap
    }
}
