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
