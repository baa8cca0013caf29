/// Decides of each file whether it may go: a pure function of what is known of it.
struct RemovalRule {
    var configuration: UpkeepConfiguration
    var usage: CacheUse
    /// Microseconds since 1970, UTC.
    var now: Int64
    /// How long ages by the clock have been worth something, in microseconds; nil if always.
    var trusted: Int64?

    /// Whether its age lets a file go.
    func verdict(on file: CachedFile) -> FileVerdict {
        if let settled = settled(file) { return settled }
        guard configuration.removesUnused else { return .stays(.removalOff) }
        guard let since = FileAge.lastUse(of: file, now: now) else { return .stays(.ageUnknown) }
        let minimum = minimumAge(of: file.kind)
        let end = since.addingReportingOverflow(minimum).partialValue
        guard now - since >= minimum else { return .stays(.young, until: end) }
        if let trusted, trusted < minimum { return .stays(.ageUnknown, until: now + minimum - trusted) }
        return .mayGo(since: since)
    }

    /// Whether a file may go to make room, however young it is: only what we were asked for, and what Nova may age out.
    func verdictForRoom(on file: CachedFile) -> FileVerdict {
        if let settled = settled(file) { return settled }
        guard let record = file.record else { return verdict(on: file) }
        // A time that isn't ours: nova-compute renews it before it makes a disk on the file, and before that shows.
        let time = file.status.attributes.modifiedNanoseconds
        if time != record.attributes.modifiedNanoseconds {
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
        if let pin = image?.pin, pin.holds(at: now), image?.isDamaged == false {
            return .stays(.pinned, until: pin.untilMicroseconds)
        }
        guard file.record != nil || configuration.agesNovaFiles else { return .stays(.novas) }
        guard usage.gap == nil else { return .stays(.usageUnknown) }
        return image?.isDamaged == true ? .mayGo(since: now) : nil
    }

    /// As Nova has it (`nova/virt/libvirt/imagecache.py`, `_remove_base_file`, `_remove_swap_file`): resized images have an
    /// age of their own.
    private func minimumAge(of kind: CachedFileKind) -> Int64 {
        let age = kind == .resized ? configuration.resizedMinimumAge : configuration.unusedMinimumAge
        return age.components.seconds * 1_000_000
    }
}
