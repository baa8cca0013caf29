import PrecacheModel

/// Decides of each file whether it may go: a pure function of what is known of it.
struct RemovalRule {
    var configuration: UpkeepConfiguration
    var usage: CacheUse
    var leases: ActiveLeases
    /// Whether an image is whole here: what takes another's place has to be.
    var isHere: @Sendable (ImageID) -> Bool
    /// Microseconds since 1970, UTC.
    var now: Int64
    /// How long ages by the clock have been worth something, in microseconds; nil if always.
    var trusted: Int64?

    /// Whether its age lets a file go.
    func verdict(on file: CachedFile) -> FileVerdict {
        if let settled = settled(file) { return settled }
        if isUnwanted(file) { return verdictForRoom(on: file) }
        guard configuration.removesUnused else { return .stays(.removalOff) }
        guard let since = FileAge.lastUse(of: file, now: now) else { return .stays(.ageUnknown) }
        let minimum = minimumAge(of: file.kind)
        let end = since.addingReportingOverflow(minimum).partialValue
        guard now - since >= minimum else { return .stays(.young, until: end) }
        if let trusted, trusted < minimum { return .stays(.ageUnknown, until: now + minimum - trusted) }
        return .mayGo(since: since)
    }

    /// Whether the service says that the image is to go, however young it is; what is settled goes before.
    func isUnwanted(_ file: CachedFile) -> Bool { file.record.map { leases.wantsGone($0.image) } ?? false }

    /// Whether a file may go to make room, however young it is: only what we were asked for, and what Nova may age out.
    func verdictForRoom(on file: CachedFile) -> FileVerdict {
        if let settled = settled(file) { return settled }
        guard let record = file.record else { return verdict(on: file) }
        // A time that isn't ours: nova-compute renews it before it makes a disk on the file, and before that shows.
        let time = file.status.attributes.modifiedNanoseconds
        if time != record.attributes.modifiedNanoseconds, !file.isRenewed {
            let age = now.subtractingReportingOverflow(time / 1_000).partialValue
            if age < Self.beginning { return .stays(.young, until: now + Self.beginning) }
        }
        return .mayGo(since: FileAge.lastUse(of: file, now: now) ?? now)
    }

    /// How long nova-compute may take from renewing a file's time to a disk that refers to it, in microseconds.
    private static let beginning: Int64 = 600_000_000

    /// What is clear at any age; nil where the age decides.
    private func settled(_ file: CachedFile) -> FileVerdict? {
        let image = file.record?.image
        if usage.isUsed(file) { return .stays(.inUse) }
        if image?.isDamaged != true {
            let pinned = image?.pin.flatMap { $0.holds(at: now) ? $0.untilMicroseconds : nil }
            // The longer of both is told.
            if let term = leases.term(of: file.name), term.untilMicroseconds > pinned ?? .min {
                return .stays(.leased, until: term.untilMicroseconds)
            }
            if let pinned { return .stays(.pinned, until: pinned) }
            if let id = image?.id, let until = leases.awaitedUntil(id, isHere: isHere) {
                return .stays(.leased, until: until)
            }
        }
        if let until = endOfLoss(file) { return .stays(.ageUnknown, until: until) }
        guard file.record != nil || configuration.agesNovaFiles else { return .stays(.novas) }
        guard usage.gap == nil else { return .stays(.usageUnknown) }
        return image?.isDamaged == true ? .mayGo(since: now) : nil
    }

    /// Until when a file stays since nobody can read any more for how long it was promised to: it counts as used when that
    /// was found.
    private func endOfLoss(_ file: CachedFile) -> Int64? {
        guard let lost = file.recordLostAt, file.record?.image.isDamaged != true else { return nil }
        let (minimum, age) = (minimumAge(of: file.kind), min(now - lost, trusted ?? .max))
        return age < minimum ? now + minimum - age : nil
    }

    /// As Nova has it (`nova/virt/libvirt/imagecache.py`, `_remove_base_file`, `_remove_swap_file`): resized images have an
    /// age of their own.
    private func minimumAge(of kind: CachedFileKind) -> Int64 {
        let age = kind == .resized ? configuration.resizedMinimumAge : configuration.unusedMinimumAge
        return age.components.seconds * 1_000_000
    }
}

/// Whether a file may go.
package enum FileVerdict: Hashable, Sendable {
    /// It stays; if only time speaks against it, until when: microseconds since 1970, UTC.
    case stays(KeepReason, until: Int64? = nil)
    /// It may go: unused since then, in microseconds since 1970, UTC.
    case mayGo(since: Int64)
}

/// Why a file stays.
package enum KeepReason: String, Sendable, CaseIterable {
    /// An instance's disk stands on it, a process has it open, or it has another name beside this one.
    case inUse = "in_use"
    /// A job asked for it to be kept until a time that hasn't come.
    case pinned
    /// The service's policies want it here, and the time for which it said so hasn't run out.
    case leased
    /// It can't be told whether it is in use.
    case usageUnknown = "usage_unknown"
    /// It is Nova's, and a setting says to leave those alone.
    case novas = "nova_file"
    /// A setting says that nothing is removed for its age.
    case removalOff = "removal_off"
    /// It was used too lately.
    case young
    /// Its times make no sense, or the clock was set; or its record, and the pin in it, couldn't be read lately.
    case ageUnknown = "age_unknown"
    /// Someone has it in hand at the moment: a download, or nova-compute by its lock.
    case busy
}

/// When a file was last used, as far as that is certain.
enum FileAge {
    /// Nova is younger than this: a file from before has a time that somebody gave it, which tells nothing.
    static let earliest: Int64 = 1_262_304_000_000_000
    /// File servers' clocks may be this much ahead of ours.
    static let skew: Int64 = 300_000_000

    /// The last use: the latest of the file's time and what its record says; microseconds since 1970.
    ///
    /// The file's time is the one of its content, as Nova sets and reads it (`_get_age_of_file`); where it makes no sense
    /// it is the one of its inode, which nobody can set.
    ///
    /// - Returns: Nil if that can't be told: times in the future, as after the clock was set back.
    static func lastUse(of file: CachedFile, now: Int64) -> Int64? {
        let times = [file.status.attributes.modifiedNanoseconds, file.status.changedNanoseconds]
        guard let time = times.lazy.map({ $0 / 1_000 }).first(where: { isSensible($0, now) }) else {
            return nil
        }
        guard let image = file.record?.image else { return min(time, now) }
        let known = max(image.cachedAtMicroseconds, image.lastUsedAtMicroseconds)
        guard known <= now + skew else { return nil }
        return min(max(time, known), now)
    }

    private static func isSensible(_ time: Int64, _ now: Int64) -> Bool {
        (earliest...max(earliest, now + skew)).contains(time)
    }
}
