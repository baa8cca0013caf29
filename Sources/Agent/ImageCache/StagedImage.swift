import PrecacheModel

/// A download as it grows: bytes go in, and what comes out is a complete, checked file or none.
///
/// Used by one task. Bytes gather into blocks; while the next block gathers, the one before is written and digested,
/// each on a thread of its own. Letting go of it without ``finish()``, ``keep()`` or ``discard()`` leaves on disk what a
/// crash would.
public final class StagedImage {
    /// What the file has to become.
    public let expected: ExpectedImage
    /// Bytes taken so far, those of an earlier download included: the next byte's offset.
    public private(set) var length: Int64 = 0
    /// Bytes that an earlier download left and that were taken over.
    public private(set) var resumedBytes: Int64 = 0

    private let cache: ImageCache
    private var claim: StagingClaim?
    private let file: OpenFile
    private var digest: RunningDigest
    private var block: [UInt8] = []
    private var inHand: Task<CacheError?, Never>?

    private init(
        _ expected: ExpectedImage,
        cache: ImageCache,
        claim: StagingClaim,
        file: OpenFile,
        digest: RunningDigest
    ) {
        self.expected = expected
        self.cache = cache
        self.claim = claim
        self.file = file
        self.digest = digest
    }

    private static func digest(for expected: ExpectedImage) throws(CacheError) -> RunningDigest {
        // Without a promise the digest is still recorded, so that later changes show.
        try RunningDigest(expected.digest?.algorithm ?? .sha256)
    }

    // MARK: Beginning

    static func open(
        _ expected: ExpectedImage,
        cache: ImageCache,
        claim: StagingClaim
    ) async throws(CacheError) -> StagedImage {
        let layout = cache.layout
        let note = StagingNote(expected)
        let (state, age) = (cache.state, cache.configuration.stagingAge)
        let (file, kept) = try await cache.lanes.onFiles { () throws(CacheError) in
            // An agent runs for months: what nobody went on with goes before the next one needs the room.
            try StagingSweep(layout: layout, age: age).expire(except: state.staged)
            return try StagingOpener(layout: layout, expected: expected).open(note)
        }
        let staged = StagedImage(
            expected,
            cache: cache,
            claim: claim,
            file: file,
            digest: try digest(for: expected)
        )
        try await DigestReader(file: file, lanes: cache.lanes).feed(staged.digest, upTo: kept)
        staged.length = kept
        staged.resumedBytes = kept
        if let size = expected.sizeBytes { try await staged.reserve(upTo: size) }
        return staged
    }

    /// Sets room aside for a file of this size, as soon as it's known.
    ///
    /// - Throws: ``CacheError`` with `noSpace` and the figures; nothing is left in staging then.
    public func reserve(upTo size: Int64) async throws(CacheError) {
        let (file, missing, start, layout) = (file, size - length, length, cache.layout)
        guard missing > 0 else { return }
        do {
            try await cache.lanes.onWriting { () throws(CacheError) in
                // Asked first: fallocate would fill the disk to the brim before it finds out, and hurt others.
                guard try layout.base.space().freeBytes >= missing else {
                    throw CacheError(.noSpace, "the file system has too little room")
                }
                try file.reserve(missing, at: start)
            }
        } catch {
            throw await explained(error, needed: missing)
        }
    }

    // MARK: Bytes

    /// Takes the next bytes; suspends while the disk or the digest is behind.
    ///
    /// - Throws: ``CacheError`` with `sizeMismatch` for a byte too many, `noSpace` (staging is cleared then), `io`.
    public func append(_ bytes: [UInt8]) async throws(CacheError) {
        if let size = expected.sizeBytes, length + Int64(bytes.count) > size {
            throw CacheError(.sizeMismatch, "the source sent more than the \(size) bytes promised")
        }
        length += Int64(bytes.count)
        if block.isEmpty && bytes.count >= cache.configuration.blockBytes {
            block = bytes
        } else {
            if block.isEmpty { block.reserveCapacity(cache.configuration.blockBytes + bytes.count) }
            block += bytes
        }
        if block.count >= cache.configuration.blockBytes { try await handOver() }
    }

    /// Forgets the bytes taken so far, for a source that can't go on where another download stopped.
    public func restart() async throws(CacheError) {
        block = []
        try await settle()
        let file = file
        try await cache.lanes.onWriting { () throws(CacheError) in try file.truncate(to: 0) }
        digest = try Self.digest(for: expected)
        length = 0
        resumedBytes = 0
        if let size = expected.sizeBytes { try await reserve(upTo: size) }
    }

    /// Gives the gathered block to the threads, once they are done with the one before.
    private func handOver() async throws(CacheError) {
        guard !block.isEmpty else { return }
        try await settle()
        let work = BlockWork(
            bytes: block,
            offset: length - Int64(block.count),
            file: file,
            digest: digest,
            lanes: cache.lanes
        )
        block = []
        inHand = work.start()
    }

    /// Waits for the block that is being written and digested.
    private func settle() async throws(CacheError) {
        guard let task = inHand else { return }
        inHand = nil
        if let error = await task.value {
            // What has gathered since would leave a hole where the failed block belongs.
            block = []
            throw await explained(error, needed: expected.sizeBytes.map { $0 - length })
        }
    }

    /// Adds the figures to a full disk's error and clears staging, so that the next image may fit.
    private func explained(_ error: CacheError, needed: Int64?) async -> CacheError {
        guard error.code == .noSpace else { return error }
        await discard()
        let space = try? await cache.space()
        let need = needed.map { "\(max($0, 0)) more bytes needed" } ?? "no room for the next bytes"
        let free = space.map { ", \($0.freeBytes) of \($0.totalBytes) free" } ?? ""
        return CacheError(
            .noSpace,
            "\(need)\(free) in \(cache.configuration.directory) (\(error.description))"
        )
    }

    // MARK: Ending

    /// Checks size and digest, makes the file durable and gives it its name.
    ///
    /// - Parameter keep: How long to pin it for; nil for no pin.
    /// - Returns: The finished file.
    /// - Throws: ``CacheError`` with `sizeMismatch` or `checksumMismatch` (nothing is left in staging then), `io`, `noSpace`.
    public func finish(keep: Duration? = nil) async throws(CacheError) -> CachedImage {
        try await handOver()
        try await settle()
        if let size = expected.sizeBytes, size != length {
            let error = CacheError(.sizeMismatch, "the source sent \(length) bytes, \(size) were promised")
            await discard()
            throw error
        }
        let actual = try digest.finish()
        if let promised = expected.digest, promised != actual {
            await discard()
            throw CacheError(.checksumMismatch, "the bytes have \(actual), promised was \(promised)")
        }
        do {
            return try await publish(actual, keep)
        } catch {
            throw await explained(error, needed: nil)
        }
    }

    /// The record comes before the name: a file without a record would look as if Nova had made it.
    private func publish(_ actual: Digest, _ keep: Duration?) async throws(CacheError) -> CachedImage {
        let now = ImageCache.now()
        var image = CachedImage(
            id: expected.id,
            file: CacheLayout.fileName(of: expected.id),
            sizeBytes: length,
            digest: actual,
            isVerified: expected.digest != nil,
            diskFormat: expected.diskFormat,
            source: expected.source,
            cachedAtMicroseconds: now,
            lastUsedAtMicroseconds: now
        )
        if let source { image.source = source }
        let old = cache.state[expected.id]?.image.pin?.corrected(at: now)
        image.pin = ImagePin.longer(old, keep.map { ImagePin(from: now, for: $0) })
        let (finished, layout, state, file) = (image, cache.layout, cache.state, file)
        let (mode, owner) = (cache.configuration.fileMode, cache.configuration.owner)
        let failure = try await cache.lanes.onWriting { () throws(CacheError) -> CacheError? in
            try file.truncate(to: finished.sizeBytes)
            try file.setOwner(owner)
            try file.setMode(mode)
            try file.sync()
            let record = CacheRecord(image: finished, attributes: try file.status().attributes)
            try RecordShelf(layout: layout).save(record)
            try layout.staging.move(CacheLayout.partName(of: finished.id), to: finished.file, in: layout.base)
            state[finished.id] = record
            var failure: CacheError?
            do throws(CacheError) { try layout.base.sync() } catch { failure = error }
            // If it stays: a note without a part means nothing, and is cleared at the next start.
            _ = try? layout.staging.remove(CacheLayout.noteName(of: finished.id))
            return failure
        }
        // Others may read the file under its name now: whatever fails from here on, it isn't ours to discard.
        claim = nil
        if let failure { throw failure }
        return image
    }

    /// Where the bytes came from in the end, if another source than the expected one gave them.
    public var source: String?

    /// Stops, leaving what is there for the next download of the same content; the room set aside for the rest is free
    /// again.
    public func keep() async {
        // Discarded before, or finished: nothing is there.
        guard claim != nil else { return }
        _ = try? await handOver()
        _ = try? await settle()
        let file = file
        // Cutting a file to the size that it has frees what is reserved beyond.
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in
            try file.truncate(to: try file.status().attributes.sizeBytes)
        }
        claim = nil
    }

    /// Stops and removes what is there; does nothing once the file is finished, kept or discarded.
    public func discard() async {
        guard claim != nil else { return }
        block = []
        if let task = inHand {
            inHand = nil
            _ = await task.value
        }
        let (layout, id, file) = (cache.layout, expected.id, file)
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in
            try file.truncate(to: 0)
            try layout.staging.remove(CacheLayout.partName(of: id))
            try layout.staging.remove(CacheLayout.noteName(of: id))
        }
        claim = nil
    }
}
