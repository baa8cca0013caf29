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
        if let claimed, !claimed.fits(format) {
            throw InspectionRefusal(
                .formatMismatch,
                "the image is said to be \(claimed.rawValue), but its bytes are \(format.rawValue)"
            )
        }
        let virtualSize = try check(format, reader)
        return InspectedImage(format: format, virtualSizeBytes: virtualSize, bytesRead: reader.bytesRead)
    }

    /// The disk's size in bytes, once the image is found harmless.
    private static func check(
        _ format: ImageFormat,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> Int64 {
        switch format {
        case .raw, .gpt, .mbr, .iso:
            return reader.sizeBytes
        case .qcow2:
            let header = try Qcow2Header(reader)
            try header.checkTrusted(reader)
            return Int64(header.sizeBytes)
        case .vmdk:
            guard !VMDKDescriptor.matches(try reader.head()) else {
                throw .unsafe("the VMDK image is a descriptor alone: its data is in other files")
            }
            let disk = try VMDKDisk(reader)
            try disk.checkTrusted(reader)
            return Int64(disk.header.capacity) * 512
        case .vhd:
            let disk = try VHDDisk(reader)
            try disk.checkTrusted(reader)
            return Int64(try disk.footer.sizeBytes())
        case .vhdx:
            let disk = try VHDXDisk(reader)
            try disk.checkTrusted()
            return Int64(disk.metadata.sizeBytes)
        case .vdi:
            let header = try VDIHeader(reader)
            try header.checkTrusted(reader)
            return Int64(header.sizeBytes)
        case .luks:
            return reader.sizeBytes - Int64(try LUKSHeader(reader).payloadOffset)
        case .qed, .ploop, .bochs, .cloop:
            throw .unsafe("images of the format \(format.rawValue) aren't supported")
        }
    }
}

/// An image that passed.
package struct InspectedImage: Hashable, Sendable {
    /// What its bytes are.
    package let format: ImageFormat
    /// The size of the disk that it stands for, in bytes: what converting it to plain bytes takes.
    package let virtualSizeBytes: Int64
    /// How much of it was read, in bytes: at most ``ImageInspector/maximumBytesRead``.
    package let bytesRead: Int
}

/// Why an image isn't to be trusted, or couldn't be looked at.
package struct InspectionRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of refusal; stable, for programs.
    package enum Code: String, Sendable {
        /// The bytes could make a program that opens them read what they shouldn't, or are malformed.
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
