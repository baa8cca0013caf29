/// How an image's bytes come out of order.
///
/// The digest follows those that are whole from the first on, and reads them from the page cache. What lies behind them is
/// gone after a crash: with a bound on how far ahead pieces come that is little, and needs no map on the disk.
extension StagedImage {
    /// Makes ready for bytes out of order; all the room is set aside.
    ///
    /// - Returns: What writes them, from any task.
    /// - Throws: ``CacheError`` with `noSpace` or `io`.
    package func beginPieces() async throws(CacheError) -> PieceFile {
        if let size = expected.sizeBytes { try await reserve(upTo: size) }
        try await noting(wholeBytes: length)()
        return cache.given.add(file, cache.lanes)
    }

    /// What reads its bytes, whatever becomes of its name: also those that it had before it was converted.
    package func reading() -> PieceFile { cache.given.add(file, cache.lanes) }

    /// Adds bytes that are whole to the digest, and notes them from time to time, off the caller's task.
    ///
    /// - Parameter end: All bytes before it are there.
    /// - Returns: The work, to be done once before ``advanced(to:)``; it throws `io`, or `busy` when its task is cancelled.
    package func digesting(upTo end: Int64) -> @Sendable () async throws(CacheError) -> Void {
        let (reader, digest, start) = (DigestReader(file: file, lanes: cache.lanes), digest, length)
        let note = end / Self.noteBytes > start / Self.noteBytes ? noting(wholeBytes: end) : nil
        return { () async throws(CacheError) in
            try await reader.feed(digest, from: start, upTo: end)
            try await note?()
        }
    }

    /// The digest has all bytes before this one.
    package func advanced(to end: Int64) {
        length = end
        if hold.bytes > 0 { hold.set(max(0, reservedLength - end)) }
    }

    /// Stops with bytes out of order: those behind the first missing one go.
    package func keepPieces() async {
        guard claim != nil else { return }
        let (file, whole) = (file, length)
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in try file.truncate(to: whole) }
        try? await noting(wholeBytes: whole)()
        await keep()
    }

    /// Goes on in order: what lies behind the first missing byte goes, and ``append(_:)`` brings it anew.
    ///
    /// - Throws: ``CacheError`` with `noSpace` or `io`.
    package func endPieces() async throws(CacheError) {
        let (file, whole) = (file, length)
        try await cache.lanes.onWriting { () throws(CacheError) in try file.truncate(to: whole) }
        try await noting(wholeBytes: nil)()
        reservedLength = whole
        hold.set(0)
        if let size = expected.sizeBytes { try await reserve(upTo: size) }
    }

    /// What a failed write of a piece means: the figures of a full disk are added, and staging is cleared then.
    package func explain(_ error: CacheError) async -> CacheError { await explained(error) }

    /// After so many bytes the note is written anew: what a crash costs at most, beside what lies out of order.
    private static let noteBytes: Int64 = 64 << 20

    /// Writes the note, once the disk has what it vouches for.
    private func noting(wholeBytes: Int64?) -> @Sendable () async throws(CacheError) -> Void {
        let (lanes, layout, id, file) = (cache.lanes, cache.layout, expected.id, file)
        var note = StagingNote(expected)
        note.wholeBytes = wholeBytes
        return { [note] () async throws(CacheError) in
            try await lanes.onWriting { () throws(CacheError) in
                if note.wholeBytes ?? 0 > 0 { try file.sync() }
                try layout.staging.writeSmall(CacheLayout.noteName(of: id), note.json())
            }
        }
    }
}
