import Glibc

/// Opens an image's place in staging.
struct StagingOpener {
    let layout: CacheLayout
    let expected: ExpectedImage

    /// Opens the part, emptied unless it may be gone on with, with its note beside it.
    ///
    /// - Returns: The file, and how many bytes of it to take over.
    func open(_ note: StagingNote) throws(CacheError) -> (OpenFile, kept: Int64) {
        let (partName, noteName) = (
            CacheLayout.partName(of: expected.id), CacheLayout.noteName(of: expected.id)
        )
        // Something planted here (a symbolic link, a second name of another file) must never be written through.
        if let status = try layout.staging.status(of: partName), !status.isRegular || status.links != 1 {
            try layout.staging.remove(partName)
        }
        var kept: Int64 = 0
        if let bytes = try layout.staging.readSmall(noteName), let old = try? StagingNote(json: bytes),
            old.allowsResuming(expected), let part = try layout.staging.status(of: partName)
        {
            let size = part.attributes.sizeBytes
            kept = size <= expected.sizeBytes ?? Int64.max ? size : 0
        }
        do {
            let part = try layout.staging.openForWriting(partName)
            try part.truncate(to: kept)
            try layout.staging.writeSmall(noteName, note.json())
            return (part, kept)
        } catch {
            // Nothing of it can be gone on with: an empty part, or one without a note.
            if kept == 0 {
                _ = try? layout.staging.remove(partName)
                _ = try? layout.staging.remove(noteName)
            }
            throw error
        }
    }
}
