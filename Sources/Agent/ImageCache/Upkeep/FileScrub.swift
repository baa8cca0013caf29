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
    ///
    /// - Throws: ``CacheError`` if the file, or its record, can't be got at.
    func run() async throws(CacheError) -> Outcome {
        let outcome = try await compare()
        switch outcome {
        case .right: try await noteRight()
        case .damaged(let why): try await noteDamaged(why)
        case .passed: break
        }
        return outcome
    }

    private func compare() async throws(CacheError) -> Outcome {
        defer { parts.scrubbed.close() }
        guard let promised = record.image.digest else { return .passed }
        guard let before = try await withFile({ file throws(CacheError) in try file.status().attributes })
        else { return .passed }
        guard before.sizeBytes == record.attributes.sizeBytes else {
            return .damaged("it has \(before.sizeBytes) bytes instead of \(record.attributes.sizeBytes)")
        }
        let digest = try RunningDigest(promised.algorithm)
        guard let end = try await read(digest, before.sizeBytes) else { return .passed }
        if let error = end.error { return .damaged("it can't be read: \(error)") }
        guard let after = try await withFile({ file throws(CacheError) in try file.status().attributes })
        else { return .passed }
        let found = try digest.finish()
        parts.metrics.scrubbedFiles.increment()
        if found == promised { return .right }
        // Somebody is writing to it at this very time.
        guard after == before else { return .passed }
        return .damaged("its bytes have \(found) instead of \(promised)")
    }

    /// Does something with the file, as soon as none is about to be removed.
    ///
    /// - Returns: What it came to; nil if the file is gone, or another one, or the task was cancelled.
    private func withFile<Value: Sendable>(
        _ body: @escaping @Sendable (OpenFile) throws(CacheError) -> Value
    ) async throws(CacheError) -> Value? {
        let (parts, record) = (parts, record)
        while true {
            let turn = try await parts.lanes.onScrubbing { () throws(CacheError) in
                try parts.scrubbed.use(
                    { () throws(CacheError) in try Self.open(record, parts.layout.base) },
                    body
                )
            }
            switch turn {
            case .done(let value): return value
            case .gone: return nil
            case .held: guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return nil }
            }
        }
    }

    /// Opens the record's file; another one under this name is someone else's work, and none of ours to judge.
    private static func open(_ record: CacheRecord, _ base: Directory) throws(CacheError) -> OpenFile? {
        guard let file = try base.openDirect(record.image.file) else { return nil }
        let status = try file.status()
        return status.isRegular && status.id.inode == record.attributes.inode ? file : nil
    }

    /// How reading ended.
    private struct End { var error: CacheError? }

    /// What reading a block came to.
    private enum Block {
        case read(Int)
        case failed(CacheError)
    }

    /// Reads all of the file at the rate set; nil if the task was cancelled, or the file has gone.
    private func read(_ digest: RunningDigest, _ size: Int64) async throws(CacheError) -> End? {
        let start = ContinuousClock.now
        var offset: Int64 = 0
        while offset < size {
            let from = offset
            let block = try await withFile { file in
                clinux_idle_io()
                do throws(CacheError) {
                    return Block.read(try Self.feed(file, digest, at: from))
                } catch {
                    return Block.failed(error)
                }
            }
            switch block {
            case nil: return nil
            case .failed(let error)?: return End(error: error)
            case .read(let count)?:
                guard count > 0 else { return End(error: nil) }
                parts.metrics.scrubbedBytes.increment(by: count)
                offset += Int64(count)
            }
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
