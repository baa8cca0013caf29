package import InstanceUsage
package import PrecacheModel

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
    /// Those that policies keep here.
    package var leased = 0
    /// Those found damaged and in use, so that they are still there.
    package var damaged = 0
    /// Damaged ones that were moved away.
    package var quarantined = 0
    /// Entries of the directory that are left alone, whatever they are.
    package var unknown = 0
}

/// What there is to know of one file in the cache directory.
package struct CacheFileReport: Hashable, Sendable {
    package var name: String
    /// What it is, by its name.
    package var kind: CachedFileKind
    /// The image, if we were asked for it.
    package var imageID: ImageID?
    /// Its size in bytes.
    package var sizeBytes: Int64
    /// What it takes on the disk.
    package var diskBytes: Int64
    /// When it was last used: microseconds since 1970, UTC; nil if its times make no sense.
    package var lastUsedAtMicroseconds: Int64?
    /// The instances' disks that stand on it, as `<folder>/<file>`.
    package var disks: FileUsers
    /// The processes that have it open, as far as they may be looked into.
    package var processes: FileUsers
    /// Whether it has another name somewhere, which counts as a use.
    package var hasOtherNames: Bool
    /// Until when it is pinned: microseconds since 1970, UTC; nil if it isn't.
    package var pinnedUntilMicroseconds: Int64?
    /// Until when policies keep it: microseconds since 1970, UTC; nil if none does.
    package var leasedUntilMicroseconds: Int64?
    /// The names of those policies.
    package var policies: [String]
    /// Whether its digest has been checked and it hasn't changed since.
    package var isVerified: Bool
    /// Whether there is a digest to scrub it against.
    package var hasDigest: Bool
    /// When it was last scrubbed: microseconds since 1970, UTC.
    package var scrubbedAtMicroseconds: Int64?
    /// Whether its bytes no longer are what they were.
    package var isDamaged: Bool
    /// Whether it may go, or why not.
    package var verdict: FileVerdict

    /// `stayed` is why the last sweep kept a file that by the rule may go: it had looked closer.
    init(_ file: CachedFile, _ rule: RemovalRule, isUnchanged: Bool, stayed: KeepReason?) {
        let image = file.record?.image
        name = file.name
        kind = file.kind
        imageID = image?.id
        sizeBytes = file.status.attributes.sizeBytes
        diskBytes = file.status.diskBytes
        lastUsedAtMicroseconds = FileAge.lastUse(of: file, now: rule.now)
        disks = rule.usage.disks(on: file)
        processes = rule.usage.processes(on: file)
        hasOtherNames = file.status.links > 1
        pinnedUntilMicroseconds = image?.pin.flatMap { $0.holds(at: rule.now) ? $0.untilMicroseconds : nil }
        let term = rule.leases.term(of: file.name)
        leasedUntilMicroseconds = term?.untilMicroseconds
        policies = term?.policies ?? []
        isVerified = image?.isVerified == true && isUnchanged
        hasDigest = image?.digest != nil
        scrubbedAtMicroseconds = image?.scrubbedAtMicroseconds
        isDamaged = image?.isDamaged == true
        let verdict = rule.verdict(on: file)
        if let stayed, case .mayGo = verdict { self.verdict = .stays(stayed) } else { self.verdict = verdict }
    }
}
