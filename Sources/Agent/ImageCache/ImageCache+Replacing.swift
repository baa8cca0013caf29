import PrecacheModel

extension ImageCache {
    /// Makes sure that a download may take the place of the file that has its name, if there is one.
    ///
    /// A guest whose disk stands on a file finds other bytes under it at its next start. The same bytes in the same format
    /// are no others: so a damaged file is mended though it is in use.
    ///
    /// - Parameters:
    ///   - expected: What comes.
    ///   - isConverted: Whether it comes as a converted file; nil while nobody knows.
    ///   - room: Who knows what is in use; nil for nobody.
    /// - Throws: ``CacheError`` with `inUse` or `io`.
    func checkReplaceable(
        by expected: ExpectedImage,
        isConverted: Bool?,
        _ room: (any RoomMaker)?
    ) async throws(CacheError) {
        guard let room else { return }
        let (layout, name) = (layout, CacheLayout.fileName(of: expected.id))
        let isThere = try await lanes.onFiles { () throws(CacheError) in
            try layout.base.status(of: name) != nil
        }
        guard isThere else { return }
        if let old = state[expected.id]?.image, let digest = old.publishedDigest, digest == expected.digest,
            isConverted ?? (old.original != nil) == (old.original != nil)
        {
            return
        }
        try await room.checkReplaceable(name)
    }
}
