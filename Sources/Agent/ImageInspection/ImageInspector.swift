import Glibc

/// Decides from an image's bytes what it is and whether other programs may open it.
///
/// Modelled on what Nova and Glance ask of an image (`oslo.utils`, `imageutils/format_inspector.py`), with the bounds of
/// the formats' own specifications, and of QEMU, besides.
package enum ImageInspector {
    /// The most that one inspection reads, whatever the bytes say: 512 KiB.
    package static let maximumBytesRead = 512 << 10

    /// Looks at an image that is to be trusted.
    ///
    /// - Parameters:
    ///   - bytes: The complete image.
    ///   - claimed: What it is said to be; nil if nothing is said.
    /// - Returns: What it is.
    /// - Throws: ``InspectionRefusal``: `unsafe`, `formatMismatch`, or `unreadable` if a read failed.
    package static func inspect(
        _ bytes: some ImageBytes,
        claimed: ImageClaim? = nil
    ) throws(InspectionRefusal) -> InspectedImage {
        let reader = BoundedReader(bytes)
        let format = try FormatProbe(reader).single()
        let lookalike = format == .raw ? Lookalike.of(try reader.head()) : nil
        if let claimed, !claimed.fits(format) {
            throw InspectionRefusal(
                .formatMismatch,
                "the image is said to be \(claimed.rawValue), but its bytes are \(lookalike?.name ?? format.words)"
            )
        }
        var image = try check(format, reader)
        image.lookalike = lookalike
        image.bytesRead = reader.bytesRead
        return image
    }

    /// What the image is, once it is found harmless and whole.
    private static func check(
        _ format: ImageFormat,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> InspectedImage {
        func found(_ size: UInt64, _ reach: TableReach? = nil) -> InspectedImage {
            InspectedImage(format: format, virtualSizeBytes: Int64(size), reach: reach)
        }
        switch format {
        case .raw, .gpt, .mbr, .iso:
            return found(UInt64(reader.sizeBytes))
        case .qcow2:
            let header = try Qcow2Header(reader)
            try header.checkTrusted(reader)
            var image = found(header.sizeBytes, try Qcow2Tables(header, reader).reach)
            image.cipher = header.cipher
            return image
        case .vmdk:
            guard !VMDKDescriptor.matches(try reader.head()) else {
                throw .unsafe("the VMDK image is a descriptor alone: its data is in other files")
            }
            let disk = try VMDKDisk(reader)
            let reach = try disk.checkTrusted(reader)
            return found(disk.header.capacity * 512, reach)
        case .vhd:
            let disk = try VHDDisk(reader)
            let reach = try disk.checkTrusted(reader)
            var image = found(try disk.footer.sizeBytes(), reach)
            image.goesByGeometry = disk.footer.goesByGeometry
            return image
        case .vhdx:
            let disk = try VHDXDisk(reader)
            let reach = try disk.checkTrusted(reader)
            return found(disk.metadata.sizeBytes, reach)
        case .vdi:
            let header = try VDIHeader(reader)
            try header.checkTrusted(reader)
            return found(header.sizeBytes, try header.reach(reader))
        case .luks:
            var image = found(UInt64(reader.sizeBytes) - (try LUKSHeader(reader).payloadOffset))
            image.cipher = "LUKS"
            return image
        case .qed, .ploop, .bochs, .cloop:
            throw .unsafe("images of the format \(format.rawValue) aren't supported")
        }
    }
}

/// An image that passed.
package struct InspectedImage: Hashable, Sendable {
    /// What its bytes are.
    package let format: ImageFormat
    /// The size of the disk that it stands for, in bytes: what converting it to plain bytes makes.
    package let virtualSizeBytes: Int64
    /// How much of it was read, in bytes: at most ``ImageInspector/maximumBytesRead``.
    package fileprivate(set) var bytesRead: Int
    /// How many bytes of the disk the image has, by its tables.
    ///
    /// What they don't tell counts; it is at most the disk's size.
    package private(set) var allocatedBytes: Int64
    /// Whether its tables were read to their end, and so all that they point to is known to be there.
    package private(set) var isKnownWhole = true
    /// What the disk's bytes are encrypted with; nil if they aren't.
    package fileprivate(set) var cipher: String?
    /// What plain bytes look like, other than a disk.
    package fileprivate(set) var lookalike: Lookalike?
    /// Whether a VHD's size is by its geometry, which QEMU has to be told.
    package fileprivate(set) var goesByGeometry = false

    init(format: ImageFormat, virtualSizeBytes: Int64, bytesRead: Int = 0, reach: TableReach? = nil) {
        self.format = format
        self.virtualSizeBytes = virtualSizeBytes
        self.bytesRead = bytesRead
        allocatedBytes = virtualSizeBytes
        guard let reach else { return }
        allocatedBytes = min(virtualSizeBytes, Int64(clamping: reach.allocatedBytes))
        isKnownWhole = reach.isComplete
    }
}

/// Why an image isn't to be trusted, or couldn't be looked at.
package struct InspectionRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of refusal; stable, for programs.
    package enum Code: String, Sendable {
        /// The bytes could make a program that opens them read what they shouldn't, are malformed, or cut short.
        case unsafe = "unsafe_image"
        /// The bytes are sound, but not what the image claims to be.
        case formatMismatch = "format_mismatch"
        /// The bytes couldn't be read.
        case unreadable = "io_error"
    }

    /// The kind.
    package let code: Code
    /// What was found, with the values, for people.
    ///
    /// Values from the image are quoted, shortened and free of control characters.
    package let description: String

    /// Describes a refusal.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension InspectionRefusal {
    static func unsafe(_ description: String) -> InspectionRefusal { InspectionRefusal(.unsafe, description) }

    /// What the system said to a call.
    static func system(_ action: String, _ code: Int32) -> InspectionRefusal {
        InspectionRefusal(.unreadable, "can't \(action): \(String(cString: strerror(code)))")
    }
}
