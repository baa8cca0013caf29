import PrecacheModel

/// A download as it grows: bytes go in, and what comes out is a complete, checked file or none.
///
/// Used by one task. Bytes gather into blocks; while the next block gathers, those before are written and digested, each
/// on a thread of its own. Letting go of it without ``finish()``, ``keep()`` or ``discard()`` leaves on disk what a
/// crash would.
package final class StagedImage {
    /// What the file has to become.
    package let expected: ExpectedImage
    /// Bytes taken so far, those of an earlier download included: the next byte's offset.
    package internal(set) var length: Int64 = 0
    /// Bytes that an earlier download left and that were taken over.
    package private(set) var resumedBytes: Int64 = 0

    let cache: ImageCache
    var claim: StagingClaim?
    let file: OpenFile
    var digest: RunningDigest
    var block: [UInt8] = []
    var inHand: [BlockInHand] = []
    let room: (any RoomMaker)?
    let hold: SpaceHold
    /// Who evicts for bytes that nobody vouches for, and no more than the settings allow; nil for nobody.
    let allowance: EvictionAllowance?
    /// The length that room is set aside for.
    var reservedLength: Int64 = 0

    private init(
        _ expected: ExpectedImage,
        cache: ImageCache,
        claim: StagingClaim,
        room: (any RoomMaker)?,
        file: OpenFile,
        digest: RunningDigest
    ) {
        self.expected = expected
        self.cache = cache
        self.claim = claim
        self.room = room
        allowance = room.map { EvictionAllowance(room: $0, bytes: cache.configuration.unknownSizeEvicts) }
        hold = SpaceHold(cache.ledger)
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
        claim: StagingClaim,
        room: (any RoomMaker)?,
        pieceBytes: Int64
    ) async throws(CacheError) -> StagedImage {
        let layout = cache.layout
        let note = StagingNote(expected)
        let (state, age, given) = (cache.state, cache.configuration.stagingAge, cache.given)
        let (file, kept) = try await cache.lanes.onFiles { () throws(CacheError) in
            // An agent runs for months: what nobody went on with goes before the next one needs the room.
            try StagingSweep(layout: layout, age: age).expire(except: state.staged)
            // What an earlier download left is given no more: other bytes may take its place.
            if let part = try layout.staging.status(of: CacheLayout.partName(of: expected.id)) {
                given.close([part.id])
            }
            return try StagingOpener(layout: layout, expected: expected).open(note, pieceBytes)
        }
        let staged = StagedImage(
            expected,
            cache: cache,
            claim: claim,
            room: room,
            file: file,
            digest: try digest(for: expected)
        )
        try await DigestReader(file: file, lanes: cache.lanes).feed(staged.digest, upTo: kept)
        staged.length = kept
        staged.resumedBytes = kept
        try await staged.foretell()
        return staged
    }

    // MARK: Bytes

    /// Takes the next bytes; suspends while the disk or the digest is behind.
    ///
    /// - Throws: ``CacheError`` with `sizeMismatch` for a byte too many, `noSpace` (staging is cleared then), `io`.
    package func append(_ bytes: [UInt8]) async throws(CacheError) {
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
    package func restart() async throws(CacheError) {
        block = []
        try await settle()
        let file = file
        try await cache.lanes.onWriting { () throws(CacheError) in try file.truncate(to: 0) }
        digest = try Self.digest(for: expected)
        length = 0
        resumedBytes = 0
        reservedLength = 0
        hold.set(0)
        try await foretell()
    }

    /// Gives the gathered block to the threads, once they are done with the one before.
    func handOver() async throws(CacheError) {
        guard !block.isEmpty else { return }
        try await growReservation()
        try await settle(but: Self.blocksInHand - 1)
        let work = BlockWork(
            bytes: block,
            offset: length - Int64(block.count),
            file: file,
            digest: digest,
            lanes: cache.lanes
        )
        block = []
        inHand.append(work.start(after: inHand.last))
    }

    /// Blocks that are written and digested at a time, so that neither waits for the other or for the next one.
    private static let blocksInHand = 3

    /// Waits for the blocks that are being written and digested, all but the last `count`.
    func settle(but count: Int = 0) async throws(CacheError) {
        while inHand.count > count {
            guard let failure = await inHand.removeFirst().failure else { continue }
            await abandonBlocks()
            throw await explained(failure)
        }
    }

    /// Forgets the bytes that are not written yet, and waits for the threads: nothing is written afterwards.
    ///
    /// What came after a block that failed would leave a hole where that belongs.
    func abandonBlocks() async {
        block = []
        for later in inHand { _ = await later.failure }
        inHand = []
    }

    /// Where the bytes came from in the end, if another source than the expected one gave them.
    package var source: String?
}

/// The room that a download needs.
extension StagedImage {
    /// What is asked for at once where the size isn't known.
    private static let step: Int64 = 16 << 20

    /// Sets room aside for a file of the promised size if it is there, and refuses one that can't get it.
    ///
    /// Nothing is evicted before the first bytes have come: a source that has none costs nobody an image.
    private func foretell() async throws(CacheError) {
        if let size = expected.sizeBytes { try await reserve(upTo: size, evicts: false) }
    }

    /// Sets room aside for a file of this size: on the disk where the file system can, else as a promise that other
    /// downloads count.
    ///
    /// For a size that wasn't promised but is the source's own word no more is evicted than the settings allow.
    ///
    /// - Throws: ``CacheError`` with `noSpace` and the figures; nothing is left in staging then.
    package func reserve(upTo size: Int64, evicts: Bool = true) async throws(CacheError) {
        do throws(CacheError) {
            try await cache.checkLeasedRoom(for: expected.id, bytes: size)
        } catch {
            if error.code == .noSpace { await discard() }
            throw error
        }
        // What isn't promised any more is on the disk: written, or set aside.
        let start = hold.bytes == 0 ? max(written, reservedLength) : written
        guard size > start else { return }
        let file = file
        do throws(CacheError) {
            let isPromised = try await cache.promise(
                size - start,
                to: hold,
                room: expected.sizeBytes == nil ? allowance : room,
                evicts: evicts
            ) { () throws(CacheError) in
                try file.reserve(size - start, at: start)
            }
            if isPromised { reservedLength = size }
        } catch {
            guard error.code == .noSpace else { throw error }
            await discard()
            guard expected.sizeBytes == nil, room != nil else { throw error }
            let bound = cache.configuration.unknownSizeEvicts
            throw CacheError(
                .noSpace,
                "\(error.description); for a download whose size nobody but its source tells at most \(bound) bytes of other "
                    + "images may go (downloads.unknown_size_evicts_bytes)"
            )
        }
    }

    /// Follows the bytes that come: what they take is promised no longer, and without a size to go by more is asked for
    /// in steps, of which the last may be as small as what has come.
    func growReservation() async throws(CacheError) {
        if hold.bytes > 0 { hold.set(reservedLength - written) }
        guard length > reservedLength else { return }
        if let size = expected.sizeBytes { return try await reserve(upTo: size) }
        let (cache, hold) = (cache, hold)
        let figures = try await cache.lanes.onFiles { () throws(CacheError) in
            try cache.figures(needed: Self.step, except: hold)
        }
        try await reserve(upTo: length + (figures.missing <= 0 ? Self.step : 0))
    }

    /// Gives back the right to write and what is promised.
    func letGo() {
        claim = nil
        file.unlock()
        hold.set(0)
    }

    /// Bytes handed to the disk.
    private var written: Int64 { length - Int64(block.count) }
}
