import ImageInspection
import PrecacheModel

/// How a download ends.
extension StagedImage {
    /// Checks size and digest, looks into the bytes, converts them if asked to, makes the file durable and gives it its name.
    ///
    /// - Parameter keep: How long to pin it for; nil for no pin.
    /// - Returns: The finished file.
    /// - Throws: ``CacheError`` with `sizeMismatch`, `checksumMismatch`, `unsafeImage`, `formatMismatch` or
    ///   `conversionFailed` (nothing is left in staging then), `conversionInterrupted`, `converterMissing`, `io`, `noSpace`,
    ///   or `busy` when the task is cancelled.
    package func finish(keep: Duration? = nil) async throws(CacheError) -> CachedImage {
        try await handOver()
        try await settle()
        if let size = expected.sizeBytes, size != length {
            let error = CacheError(.sizeMismatch, "the source sent \(length) bytes, \(size) were promised")
            await discard()
            throw error
        }
        guard length > 0 else {
            await discard()
            throw CacheError(.sizeMismatch, "the source sent no bytes at all, and no image is empty")
        }
        let actual = try digest.finish()
        if let promised = expected.digest, promised != actual {
            await discard()
            throw CacheError(.checksumMismatch, "the bytes have \(actual), promised was \(promised)")
        }
        do throws(CacheError) {
            let (inspected, looks) = try await inspect()
            let download = FinishedFile(
                file: file,
                name: CacheLayout.partName(of: expected.id),
                digest: actual,
                sizeBytes: length,
                inspected: inspected,
                looks: looks
            )
            let ready = try await converted(download)
            do throws(CacheError) {
                return try await publish(ready, keep)
            } catch {
                if ready.original != nil, claim != nil { await drop(ready.name) }
                throw error
            }
        } catch {
            throw await explained(error)
        }
    }

    /// Removes a converted file that didn't get its name: the next try makes another.
    private func drop(_ name: String) async {
        let layout = cache.layout
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in try layout.staging.remove(name) }
    }

    /// Looks into the bytes, which nobody else has been able to open so far; nothing of what is refused stays.
    private func inspect() async throws(CacheError) -> (InspectedImage, looks: String?) {
        let (check, length) = (ContentCheck(file: file, claimed: expected.diskFormat), length)
        let isPromised = expected.digest != nil
        do throws(CacheError) {
            return try await cache.lanes.onDigesting { () throws(CacheError) in
                try check.file.truncate(to: length)
                let inspected = try check.inspect()
                return (inspected, try check.looks(inspected, isPromised: isPromised))
            }
        } catch {
            if error.code != .io { await discard() }
            throw error
        }
    }

    /// The record comes before the name: a file without a record would look as if Nova had made it.
    private func publish(
        _ ready: FinishedFile,
        _ keep: Duration?
    ) async throws(CacheError) -> CachedImage {
        let isConverted = ready.original != nil
        try await cache.checkReplaceable(by: expected, isConverted: isConverted, bytes: ready.digest, room)
        let now = ImageCache.now()
        var image = CachedImage(
            id: expected.id,
            file: CacheLayout.fileName(of: expected.id),
            sizeBytes: ready.sizeBytes,
            digest: ready.digest,
            isVerified: expected.digest != nil,
            diskFormat: expected.diskFormat,
            source: expected.source,
            cachedAtMicroseconds: now,
            lastUsedAtMicroseconds: now
        )
        image.contentFormat = ready.inspected.format
        image.virtualSizeBytes = ready.inspected.virtualSizeBytes
        image.looks = ready.looks
        image.original = ready.original
        if let source { image.source = source }
        image.pin = keep.map { ImagePin(from: now, for: $0) }
        let (wanted, layout, state, file) = (image, cache.layout, cache.state, ready.file)
        let (mode, owner) = (cache.configuration.fileMode, cache.configuration.owner)
        let (published, failure) = try await cache.lanes.onWriting {
            () throws(CacheError) -> (CachedImage, CacheError?) in
            try file.setOwner(owner)
            try file.setMode(mode)
            try file.sync()
            try layout.checkInPlace()
            let published = try layout.exclusively { () throws(CacheError) -> CachedImage in
                try SharedRecords(layout: layout, state: state).refresh(wanted.id)
                var finished = wanted
                let old = state[wanted.id]?.image.pin?.corrected(at: now)
                finished.pin = ImagePin.longer(old, finished.pin)
                let record = CacheRecord(image: finished, attributes: try file.status().attributes)
                let written = try RecordShelf(layout: layout).save(record)
                // A part without its note is nothing to go on with: it goes at the next start at the latest.
                if finished.original != nil {
                    try layout.staging.remove(CacheLayout.noteName(of: finished.id))
                }
                try layout.staging.move(ready.name, to: finished.file, in: layout.base)
                state.set(record, writtenAs: written)
                return finished
            }
            if published.original != nil {
                _ = try? layout.staging.remove(CacheLayout.partName(of: published.id))
            }
            var failure: CacheError?
            do throws(CacheError) { try layout.base.sync() } catch { failure = error }
            // If it stays: a note without a part means nothing, and is cleared at the next start.
            _ = try? layout.staging.remove(CacheLayout.noteName(of: published.id))
            return (published, failure)
        }
        // Others may read the file under its name now: whatever fails from here on, it isn't ours to discard.
        letGo()
        if let failure { throw failure }
        return published
    }

    /// Stops, leaving what is there for the next download of the same content; the room set aside for the rest is free
    /// again.
    package func keep() async {
        // Discarded before, or finished: nothing is there.
        guard claim != nil else { return }
        _ = try? await handOver()
        _ = try? await settle()
        let file = file
        // Cutting a file to the size that it has frees what is reserved beyond.
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in
            try file.truncate(to: try file.status().attributes.sizeBytes)
        }
        letGo()
    }

    /// Stops and removes what is there; does nothing once the file is finished, kept or discarded.
    package func discard() async {
        guard claim != nil else { return }
        await abandonBlocks()
        let (layout, id, file, given) = (cache.layout, expected.id, file, cache.given)
        _ = try? await cache.lanes.onWriting { () throws(CacheError) in
            given.close([try file.status().id])
            try file.truncate(to: 0)
            try layout.clearStaging(of: id)
        }
        letGo()
    }

    /// Adds the figures to a full disk's error and clears staging, so that the next image may fit.
    func explained(_ error: CacheError) async -> CacheError {
        guard error.code == .noSpace, claim != nil else { return error }
        let (cache, hold) = (cache, hold)
        let needed = max(0, (expected.sizeBytes ?? length) - reservedLength, Int64(block.count))
        let figures = try? await cache.lanes.onFiles { () throws(CacheError) in
            try cache.figures(needed: needed, except: hold)
        }
        await discard()
        guard let figures else { return error }
        let evictable = await room?.evictableBytes()
        let text = figures.description(directory: cache.configuration.directory, evictable: evictable)
        return CacheError(.noSpace, "\(error.description); \(text)")
    }
}

/// A file in staging that is ready for its name: a download, or what it was converted to.
struct FinishedFile: Sendable {
    let file: OpenFile
    /// Its name in staging.
    let name: String
    let digest: Digest
    let sizeBytes: Int64
    let inspected: InspectedImage
    /// What it looks like; nil for a disk.
    var looks: String?
    /// What it was converted from.
    var original: OriginalImage?
}
