/// The room that a download needs.
extension StagedImage {
    /// What is asked for at once where the size isn't known.
    private static let step: Int64 = 16 << 20

    /// Sets room aside for a file of this size, as soon as it's known: on the disk where the file system can, else as a
    /// promise that other downloads count.
    ///
    /// - Throws: ``CacheError`` with `noSpace` and the figures; nothing is left in staging then.
    package func reserve(upTo size: Int64) async throws(CacheError) {
        // What isn't promised any more is on the disk: written, or set aside.
        let start = hold.bytes == 0 ? max(written, reservedLength) : written
        guard size > start else { return }
        let file = file
        do throws(CacheError) {
            try await cache.promise(size - start, to: hold, room: room) { () throws(CacheError) in
                try file.reserve(size - start, at: start)
            }
        } catch {
            if error.code == .noSpace { await discard() }
            throw error
        }
        reservedLength = size
    }

    /// Follows the bytes that come: what they take is promised no longer, and without a size to go by more is asked for
    /// in steps, of which the last may be as small as what has come.
    func growReservation() async throws(CacheError) {
        if hold.bytes > 0 { hold.set(reservedLength - written) }
        guard length > reservedLength else { return }
        let (cache, hold) = (cache, hold)
        let figures = try await cache.lanes.onFiles { () throws(CacheError) in
            try cache.figures(needed: Self.step, except: hold)
        }
        try await reserve(upTo: length + (figures.missing <= 0 ? Self.step : 0))
    }

    /// Gives back the right to write and what is promised.
    func letGo() {
        claim = nil
        hold.set(0)
    }

    /// Bytes handed to the disk.
    private var written: Int64 { length - Int64(block.count) }
}
