import Glibc
import ImageConversion
import ImageInspection
import PrecacheModel

/// How a download becomes the disk that it stands for.
extension StagedImage {
    /// Converts the complete, checked and inspected download into a file beside it, if the cache is to hold plain disks.
    ///
    /// - Throws: ``CacheError`` with `conversionFailed`, `conversionInterrupted`, `unsafeImage` for a disk that is itself an image of
    ///   another format, `noSpace`, `io`, or `busy` when the task is cancelled; the converted file is gone then.
    func converted(_ download: FinishedFile) async throws(CacheError) -> FinishedFile {
        guard let converter = cache.configuration.converter,
            ImageConverter.converts(download.inspected.format)
        else { return download }
        let name = CacheLayout.convertedName(of: expected.id)
        let needed = cache.configuration.reserve.bytes(download.inspected)
        // Held until the disk is there: what qemu-img hasn't written yet is nobody else's.
        let promised = SpaceHold(cache.ledger)
        defer { promised.set(0) }
        let target = try await makeTarget(name, download.inspected, promised)
        let following = follow(target, needed: needed, promised)
        defer { following.cancel() }
        do throws(CacheError) {
            try await run(converter, from: download, into: target)
            return try await checked(target, name, from: download)
        } catch {
            let layout = cache.layout
            _ = try? await cache.lanes.onWriting { () throws(CacheError) in
                try target.truncate(to: 0)
                try layout.staging.remove(name)
            }
            // Cancelled, ended by something else, or without its program, it may go better the next time, and needs no second download.
            if error.code == .conversionFailed || error.code == .unsafeImage { await discard() }
            throw error
        }
    }

    /// A file of the disk's size that is all holes, once its room is promised.
    private func makeTarget(
        _ name: String,
        _ image: InspectedImage,
        _ hold: SpaceHold
    ) async throws(CacheError) -> OpenFile {
        let layout = cache.layout
        // One that an earlier try left takes room.
        try await cache.lanes.onWriting { () throws(CacheError) in _ = try layout.staging.remove(name) }
        do throws(CacheError) {
            let bytes = cache.configuration.reserve.bytes(image)
            try await cache.checkLeasedRoom(for: expected.id, bytes: bytes)
            // Without a digest the disk's size is the source's own word.
            try await cache.promise(
                bytes,
                to: hold,
                room: expected.digest == nil ? allowance : room
            )
        } catch {
            guard error.code == .noSpace else { throw error }
            await discard()
            throw CacheError(.noSpace, "\(reserveWords(image)); \(error.description)")
        }
        return try await cache.lanes.onWriting { () throws(CacheError) in
            let target = try layout.staging.openForWriting(name, flags: O_EXCL)
            try target.truncate(to: image.virtualSizeBytes)
            return target
        }
    }

    /// What was to be set aside, and by which rule.
    private func reserveWords(_ image: InspectedImage) -> String {
        let reserve = cache.configuration.reserve
        return
            "the disk that the image stands for has \(image.virtualSizeBytes) bytes, of which \(reserve.bytes(image)) are "
            + "set aside (cache.reserve = \"\(reserve.rawValue)\")"
    }

    /// Promises less as the file grows, so that what is written isn't counted twice.
    private func follow(_ target: OpenFile, needed: Int64, _ hold: SpaceHold) -> Task<Void, Never> {
        let lanes = cache.lanes
        return Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                try? await lanes.onFiles { () throws(CacheError) in
                    let rest = needed - (try target.status().diskBytes)
                    // Only ever less: it may be void by now.
                    hold.lower(to: max(0, rest))
                }
            }
        }
    }

    private func run(
        _ converter: ImageConverter,
        from download: FinishedFile,
        into target: OpenFile
    ) async throws(CacheError) {
        do throws(ConversionError) {
            try await converter.convert(
                download.file.pathForOthers,
                download.inspected,
                to: target.pathForOthers,
                direct: target.takesDirectWrites
            )
        } catch {
            switch error.code {
            case .cancelled: throw CacheError(.busy, error.description)
            case .noSpace:
                throw CacheError(.noSpace, "\(error.description); \(reserveWords(download.inspected))")
            case .interrupted: throw CacheError(.conversionInterrupted, error.description)
            case .missing: throw CacheError(.converterMissing, error.description)
            case .unsupported, .failed: throw CacheError(.conversionFailed, error.description)
            }
        }
    }

    /// The converted file, looked into like any other, and its digest, which tells damage later on.
    private func checked(
        _ target: OpenFile,
        _ name: String,
        from download: FinishedFile
    ) async throws(CacheError) -> FinishedFile {
        let size = download.inspected.virtualSizeBytes
        let inspected = try await cache.lanes.onDigesting { () throws(CacheError) in
            try target.truncate(to: size)
            return try ContentCheck.inspect(target, claimed: nil)
        }
        guard inspected.format.isPlain else {
            throw CacheError(
                .unsafeImage,
                "the disk in the \(download.inspected.format.rawValue) image is itself a \(inspected.format.rawValue) image of "
                    + "\(inspected.virtualSizeBytes) bytes"
            )
        }
        let digest = try await DigestReader(file: target, lanes: cache.lanes).digest(.sha256, upTo: size)
        return FinishedFile(
            file: target,
            name: name,
            digest: digest,
            sizeBytes: size,
            inspected: inspected,
            original: OriginalImage(
                format: download.inspected.format,
                sizeBytes: download.sizeBytes,
                digest: download.digest
            )
        )
    }
}
