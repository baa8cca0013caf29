/// A part of what there is to know of the cache.
public struct CachePage: Sendable {
    /// The cache directory.
    public var directory: String
    /// Nova's instances directory; nil where there is no Nova.
    public var instances: String?
    /// The file system's room.
    public var space: DiskSpace
    /// How the cache is kept.
    public var configuration: UpkeepConfiguration
    /// When it was looked at who uses what: microseconds since 1970, UTC.
    public var lookedAtMicroseconds: Int64
    /// Why nothing is known to be unused; nil if it is known.
    public var gap: String?
    /// Why it isn't known of all processes what they have open; nil if it is.
    ///
    /// Files are asked one by one before they go.
    public var processGap: String?
    /// Files, by name.
    public var files: [CacheFileReport] = []
    /// The name to go on after; nil at the end.
    public var next: String?
    /// The cache in figures; on the first page only.
    public var totals: CacheTotals?
    /// The latest removals, newest first; on the first page only.
    public var removals: [RemovalNote] = []
    /// What the last sweep came to; nil before the first.
    public var lastSweep: SweepSummary?
}

/// The cache in figures.
public struct CacheTotals: Hashable, Sendable {
    /// Files that are recognised.
    public var files = 0
    /// Their sizes in bytes.
    public var bytes: Int64 = 0
    /// What they take on the disk.
    public var diskBytes: Int64 = 0
    /// Those in use.
    public var inUse = 0
    /// Those that are pinned.
    public var pinned = 0
    /// Those found damaged and in use, so that they are still there.
    public var damaged = 0
    /// Damaged ones that were moved away.
    public var quarantined = 0
    /// Entries of the directory that are left alone, whatever they are.
    public var unknown = 0
}
