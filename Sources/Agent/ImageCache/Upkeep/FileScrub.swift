import CLinux
import Digesting
import Glibc
import InstanceUsage
import Logging
import PrecacheModel
import Telemetry

/// One file, read again.
struct FileScrub {
    let parts: UpkeepParts
    let record: CacheRecord

    /// What it came to.
    enum Outcome: Hashable, Sendable {
        /// The bytes are what they were.
        case right
        /// They aren't; said why.
        case damaged(String)
        /// It can't be told: the file is gone, another one, or changed while it was read.
        case passed
    }

    /// Bytes read at once; after each the rate is kept to.
    private static let block = 1 << 20

    /// Reads the file and does what follows from it.
    func run() async -> Outcome {
        do throws(CacheError) {
            let outcome = try await compare()
            switch outcome {
            case .right: try await noteRight()
            case .damaged(let why): try await noteDamaged(why)
            case .passed: break
            }
            return outcome
        } catch {
            parts.logger.warning(
                "a cached file couldn't be scrubbed",
                metadata: ["file": "\(record.image.file)", "error": "\(error)"]
            )
            return .passed
        }
    }

    private func compare() async throws(CacheError) -> Outcome {
        guard let promised = record.image.digest else { return .passed }
        let (parts, name) = (parts, record.image.file)
        let file = try await parts.lanes.onScrubbing { () throws(CacheError) in
            try parts.layout.base.openDirect(name)
        }
        guard let file else { return .passed }
        let before = try await parts.lanes.onScrubbing { () throws(CacheError) in try file.status() }
        // Another file under this name is someone else's work, and none of ours to judge.
        guard before.isRegular, before.id.inode == record.attributes.inode else { return .passed }
        guard before.attributes.sizeBytes == record.attributes.sizeBytes else {
            return .damaged(
                "it has \(before.attributes.sizeBytes) bytes instead of \(record.attributes.sizeBytes)"
            )
        }
        let digest = try RunningDigest(promised.algorithm)
        guard let failure = try await read(file, digest, before.attributes.sizeBytes) else { return .passed }
        let after = try await parts.lanes.onScrubbing { () throws(CacheError) in try file.status() }
        if let error = failure.error { return .damaged("it can't be read: \(error)") }
        let found = try digest.finish()
        parts.metrics.scrubbedFiles.increment()
        if found == promised { return .right }
        // Somebody is writing to it at this very time.
        guard after.attributes == before.attributes else { return .passed }
        return .damaged("its bytes have \(found) instead of \(promised)")
    }

    /// How reading ended.
    private struct End { var error: CacheError? }

    /// Reads all of the file at the rate set; nil if the task was cancelled.
    private func read(
        _ file: OpenFile,
        _ digest: RunningDigest,
        _ size: Int64
    ) async throws(CacheError) -> End? {
        let start = ContinuousClock.now
        var offset: Int64 = 0
        while offset < size {
            let (from, metrics) = (offset, parts.metrics)
            do throws(CacheError) {
                offset = try await parts.lanes.onScrubbing { () throws(CacheError) in
                    clinux_idle_io()
                    let count = try Self.feed(file, digest, at: from)
                    metrics.scrubbedBytes.increment(by: count)
                    return from + Int64(count)
                }
            } catch {
                return End(error: error)
            }
            guard offset > from else { break }
            let due = start + .seconds(Double(offset) / Double(max(1, parts.configuration.scrubRate)))
            guard (try? await Task.sleep(until: due, clock: .continuous)) != nil else { return nil }
        }
        return End(error: nil)
    }

    private static func feed(
        _ file: OpenFile,
        _ digest: RunningDigest,
        at offset: Int64
    ) throws(CacheError) -> Int {
        // Reading past the page cache wants memory and lengths in whole blocks.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: block, alignment: 4_096)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < block {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try file.read(into: rest, at: offset + Int64(filled))
            filled += count
            guard count > 0, filled % 4_096 == 0 else { break }
        }
        try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        file.forget(at: offset, length: filled)
        return filled
    }

    private func noteRight() async throws(CacheError) {
        try await change { $0.image.scrubbedAtMicroseconds = ImageCache.now() }
    }

    /// Marks the record, tells everybody, and moves the file away if nobody uses it.
    private func noteDamaged(_ why: String) async throws(CacheError) {
        try await change { record in
            record.image.isDamaged = true
            record.image.isVerified = false
        }
        parts.metrics.damagedFiles.increment()
        parts.logger.error(
            "a cached file is damaged",
            metadata: [
                "file": "\(record.image.file)", "image": "\(record.image.id)", "found": "\(why)",
            ]
        )
        let id = record.image.id
        guard let now = parts.state[id] else { return }
        let use = try await parts.look()
        let parts = parts
        let candidates = try await parts.lanes.onFiles { () throws(CacheError) in
            var list = CandidateList()
            if let file = try CacheListing(parts.layout, parts.state).file(now.image.file) {
                list.add(file, since: now.image.lastUsedAtMicroseconds, .damaged)
            }
            return list.candidates
        }
        let removed = try await parts.remove(candidates, use) { $0.verdict(on: $1) }
        guard removed.notes.isEmpty else { return }
        let users = removed.use.instances.names[now.image.file]?.names.joined(separator: ", ")
        parts.logger.error(
            "the damaged file stays where it is while it is in use; the next job fetches the image anew",
            metadata: ["file": "\(now.image.file)", "image": "\(id)", "disks": "\(users ?? "")"]
        )
    }

    /// Changes the record as it is now, unless it is of another file by now.
    private func change(
        _ body: @escaping @Sendable (inout CacheRecord) -> Void
    ) async throws(CacheError) {
        let (layout, state, id, inode) = (
            parts.layout, parts.state, record.image.id, record.attributes.inode
        )
        try await parts.lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) in
                try SharedRecords(layout: layout, state: state).refresh(id)
                guard var current = state[id], current.attributes.inode == inode else { return }
                body(&current)
                try RecordShelf(layout: layout).put(current, in: state)
            }
        }
    }
}
