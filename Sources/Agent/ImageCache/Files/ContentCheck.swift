import ImageInspection
import PrecacheModel

/// Looks into a file before anybody else may open it.
struct ContentCheck {
    let file: OpenFile
    let claimed: DiskFormat

    /// What the bytes are; blocks for up to ``ImageInspector/maximumBytesRead`` of reads.
    ///
    /// - Throws: ``CacheError`` with `unsafeImage`, `formatMismatch`, or `io`.
    func inspect() throws(CacheError) -> InspectedImage {
        try Self.inspect(file, claimed: ImageClaim(rawValue: claimed.rawValue))
    }

    /// What plain bytes look like that are said to be a disk.
    ///
    /// - Parameters:
    ///   - image: What they were found to be.
    ///   - isPromised: Whether a digest says that just these bytes are meant.
    /// - Returns: Words for people; nil for all others, kernels and ramdisks among them.
    /// - Throws: ``CacheError`` with `formatMismatch` if nothing does, and they can't be what is claimed: an error message
    ///   that a server sent in the image's place, say.
    func looks(_ image: InspectedImage, isPromised: Bool) throws(CacheError) -> String? {
        guard let lookalike = image.lookalike else { return nil }
        let isPossible =
            switch lookalike.kind {
            case .document: false
            case .packed, .program: claimed != .raw
            case .fileSystem: true
            }
        guard isPossible || isPromised else {
            throw CacheError(
                .formatMismatch,
                "the image is said to be \(claimed.rawValue), but \(lookalike.words), and no digest is known that would say "
                    + "that it is meant to be so"
            )
        }
        return claimed == .raw ? lookalike.words : nil
    }

    /// The same for a file of which something else is claimed, or nothing.
    static func inspect(_ file: OpenFile, claimed: ImageClaim?) throws(CacheError) -> InspectedImage {
        do throws(InspectionRefusal) {
            return try ImageInspector.inspect(FileBytes(descriptor: file.descriptor), claimed: claimed)
        } catch {
            let code: CacheError.Code =
                switch error.code {
                case .unsafe: .unsafeImage
                case .formatMismatch: .formatMismatch
                case .unreadable: .io
                }
            throw CacheError(code, error.description)
        }
    }

    /// Whether a file that somebody else made may be the image: as it was published, or converted to plain bytes as Nova
    /// does (`force_raw_images`).
    ///
    /// Nova gives plain images their name as they are, so of those only one of the right size can be whole. What another
    /// format unfolds to has whole sectors, and nothing tells from outside how many.
    ///
    /// - Parameter sizeBytes: The image's size, if known.
    /// - Returns: Whether it may be.
    /// - Throws: ``CacheError`` with `io` if it can't be read.
    func mayBe(sizeBytes: Int64?) throws(CacheError) -> Bool {
        let size = try file.status().attributes.sizeBytes
        guard size > 0 else { return false }
        do throws(CacheError) {
            _ = try inspect()
            return size == sizeBytes ?? size
        } catch {
            switch error.code {
            case .unsafeImage: return false
            case .formatMismatch: return isConverted(size)
            default: throw error
            }
        }
    }

    /// Whether it's plain bytes in whole sectors where something else was claimed.
    private func isConverted(_ size: Int64) -> Bool {
        switch claimed {
        case .raw, .iso, .aki, .ari, .ami: return false
        case .qcow2, .vmdk, .vhd, .vhdx, .vdi, .ploop: break
        }
        guard size % 512 == 0, let bytes = try? FileBytes(descriptor: file.descriptor) else {
            return false
        }
        return (try? ImageInspector.inspect(bytes))?.format.isPlain ?? false
    }
}
