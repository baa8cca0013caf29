import InstanceUsage

/// What one sweep came to.
public struct SweepSummary: Hashable, Sendable {
    /// When it began: microseconds since 1970, UTC.
    public var atMicroseconds: Int64
    /// How long it took.
    public var duration: Duration = .zero
    /// Whether it only looked.
    public var isDryRun: Bool
    /// Files that are recognised.
    public var files = 0
    /// What they take on the disk.
    public var diskBytes: Int64 = 0
    /// Entries of the directory that are left alone, whatever they are.
    public var unknown = 0
    /// Files that stay, by the reason.
    public var kept: [KeepReason: Int] = [:]
    /// Files that were renewed for being in use or pinned.
    public var renewed = 0
    /// Files that were removed, or would have been.
    public var removed = 0
    /// What that freed, or would have.
    public var removedBytes: Int64 = 0
    /// The first 1,000 of those that would have been removed; empty unless it only looked.
    public var candidates: [String] = []
    /// Instances' disks that were looked into.
    public var disks = 0
    /// Headers read for that, backing files' included.
    public var headersRead = 0
    /// Bytes read of them.
    public var headerBytes = 0
    /// Disks and folders that couldn't be looked into: with any, nothing is removed.
    public var problems = 0
    /// The first of them, for people.
    public var problemExamples: [String] = []
    /// Why it isn't known of all processes what they have open; nil if it is.
    public var processGap: String?
    /// What stopped the sweep; nil if it went through.
    public var failure: String?

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
