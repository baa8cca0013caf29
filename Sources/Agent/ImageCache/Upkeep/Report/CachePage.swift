/// A part of what there is to know of the cache.
package struct CachePage: Sendable {
    /// The cache directory.
    package var directory: String
    /// Nova's instances directory; nil where there is no Nova.
    package var instances: String?
    /// The file system's room.
    package var space: DiskSpace
    /// How the cache is kept.
    package var configuration: UpkeepConfiguration
    /// When it was looked at who uses what: microseconds since 1970, UTC.
    package var lookedAtMicroseconds: Int64
    /// Why nothing is known to be unused; nil if it is known.
    package var gap: String?
    /// Why it isn't known of all processes what they have open; nil if it is.
    ///
    /// Files are asked one by one before they go.
    package var processGap: String?
    /// Files, by name.
    package var files: [CacheFileReport] = []
    /// The name to go on after; nil at the end.
    package var next: String?
    /// The cache in figures; on the first page only.
    package var totals: CacheTotals?
    /// The latest removals, newest first; on the first page only.
    package var removals: [RemovalNote] = []
    /// What the last sweep came to; nil before the first.
    package var lastSweep: SweepSummary?
}

/// The cache in figures.
package struct CacheTotals: Hashable, Sendable {
    /// Files that are recognised.
    package var files = 0
    /// Their sizes in bytes.
    package var bytes: Int64 = 0
    /// What they take on the disk.
    package var diskBytes: Int64 = 0
    /// Those in use.
    package var inUse = 0
    /// Those that are pinned.
    package var pinned = 0
    /// Those found damaged and in use, so that they are still there.
    package var damaged = 0
    /// Damaged ones that were moved away.
    package var quarantined = 0
    /// Entries of the directory that are left alone, whatever they are.
    package var unknown = 0
}
