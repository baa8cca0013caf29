import InstanceUsage
import Logging
import PrecacheModel
import Telemetry

/// Keeps what was promised: gives pinned and leased files a fresh age before Nova's cache manager finds them old, and tells of those
/// that somebody removed all the same.
struct PinKeeper {
    let parts: UpkeepParts
    /// The time between two rounds.
    let interval: Duration

    /// - Parameters:
    ///   - parts: The upkeep's.
    ///   - novaMinimumAge: How old a file must be before Nova removes it. A round comes four times in that or in the time
    ///     between two sweeps, whichever is shorter, so that one may be late or fail.
    init(_ parts: UpkeepParts, novaMinimumAge: Duration) {
        self.parts = parts
        interval = max(min(parts.configuration.sweepInterval, novaMinimumAge) / 4, .milliseconds(250))
    }

    /// Keeps until the task is cancelled; begins at once, since nobody kept anything while the agent was down.
    func run() async {
        repeat {
            await round()
        } while (try? await Task.sleep(for: interval * Double.random(in: 0.9...1))) != nil
    }

    /// One round.
    func round() async {
        let (parts, interval) = (parts, interval)
        do throws(CacheError) {
            // The sweeps' own lane: they write down times of renewal, too.
            let gone = try await parts.lanes.onLooking { () throws(CacheError) in
                try Self.renew(parts, olderThan: interval / 2)
            }
            try await noteLost(gone)
            try await tellLost()
        } catch {
            parts.logger.error("pinned and leased files couldn't be renewed", metadata: ["error": "\(error)"])
        }
    }

    /// Renews what has that age; answers whose file isn't there.
    private static func renew(
        _ parts: UpkeepParts,
        olderThan age: Duration
    ) throws(CacheError) -> [CacheRecord] {
        let listing = try CacheListing(parts.layout, parts.state)
        var renewal = FileRenewal(parts)
        var gone: [CacheRecord] = []
        var files = parts.state.leases(at: ImageCache.now()).files
        for record in parts.state.records {
            guard !record.image.isDamaged, record.image.isPinned || files.contains(record.image.file) else {
                files.remove(record.image.file)
                continue
            }
            files.insert(record.image.file)
            guard try listing.file(record.image.file) == nil, record.image.lostAtMicroseconds == nil else {
                continue
            }
            gone.append(record)
        }
        for name in files {
            guard let file = try listing.file(name),
                file.status.attributes.isOlder(than: age, at: ImageCache.now())
            else { continue }
            try renewal.renew(file)
        }
        return gone
    }

    private func noteLost(_ gone: [CacheRecord]) async throws(CacheError) {
        guard !gone.isEmpty else { return }
        let parts = parts
        try await parts.lanes.onFiles { () throws(CacheError) in
            try parts.layout.exclusively { () throws(CacheError) in
                try SharedRecords(layout: parts.layout, state: parts.state).refresh()
                for record in gone where parts.state[record.image.id] == record {
                    guard try parts.layout.base.status(of: record.image.file) == nil else { continue }
                    try LostPins(layout: parts.layout, state: parts.state).note(record)
                }
            }
        }
    }

    /// Tells of pinned files that are gone, whoever found out.
    private func tellLost() async throws(CacheError) {
        let lost = parts.state.takeLost()
        guard !lost.isEmpty else { return }
        for record in lost {
            parts.metrics.lostPins.increment()
            var metadata: Logger.Metadata = [
                "file": "\(record.image.file)", "image": "\(record.image.id)",
            ]
            guard record.image.isPinned, let pin = record.image.pin else {
                parts.logger.error(
                    "an image that policies keep here is gone: somebody else removed its file; the service has it fetched anew",
                    metadata: metadata
                )
                continue
            }
            metadata["pinned_until"] = "\(Timestamp(microseconds: pin.untilMicroseconds))"
            parts.logger.error(
                "a pinned image is gone: somebody else removed its file; the next job fetches it anew, and the pin goes on",
                metadata: metadata
            )
        }
        let parts = parts
        let notes = lost.map { record in
            RemovalNote(
                name: record.image.file,
                imageID: record.image.id,
                diskBytes: record.attributes.sizeBytes,
                reason: .lost,
                lastUsedAtMicroseconds: record.image.lastUsedAtMicroseconds,
                atMicroseconds: record.image.lostAtMicroseconds ?? ImageCache.now()
            )
        }
        try await parts.lanes.onFiles { () throws(CacheError) in
            try parts.layout.exclusively { () throws(CacheError) in try parts.removals.add(notes) }
        }
    }
}

/// What becomes of the record of a file that is gone; in ``CacheLayout/exclusively(_:)``.
struct LostPins {
    let layout: CacheLayout
    let state: CacheState

    /// Drops a record, unless it promises to keep the file: then it stays for as long as the promise holds, so that whoever
    /// fetches the image anew keeps it.
    ///
    /// A loss of what was pinned or leased is told, once.
    func note(_ record: CacheRecord) throws(CacheError) {
        guard record.image.isPinned else {
            if state.leases(at: ImageCache.now()).term(of: record.image.file) != nil { state.addLost(record) }
            return try RecordShelf(layout: layout).drop(record.image.id, in: state)
        }
        guard record.image.lostAtMicroseconds == nil else { return }
        var record = record
        record.image.lostAtMicroseconds = ImageCache.now()
        try RecordShelf(layout: layout).put(record, in: state)
        state.addLost(record)
    }
}
