/// Decides from an image's bytes what it is and whether other programs may open it.
///
/// Modelled on what Nova and Glance ask of an image (`oslo.utils`, `imageutils/format_inspector.py`), with the bounds of
/// the formats' own specifications besides.
public enum ImageInspector {
    /// The most that one inspection reads, whatever the bytes say: 512 KiB.
    public static let maximumBytesRead = 512 << 10

    /// Looks at an image that is to be trusted.
    ///
    /// - Parameters:
    ///   - bytes: The complete image.
    ///   - claimed: What it is said to be; nil if nothing is said.
    /// - Returns: What it is.
    /// - Throws: ``InspectionRefusal``: `unsafe`, `formatMismatch`, or `unreadable` if a read failed.
    public static func inspect(
        _ bytes: some ImageBytes,
        claimed: ImageClaim? = nil
    ) throws(InspectionRefusal) -> InspectedImage {
        let reader = BoundedReader(bytes)
        let head = try reader.part(at: 0, count: 4096)
        let format: ImageFormat = Qcow2Header.matches(head) ? .qcow2 : .raw
        if let claimed, !claimed.fits(format) {
            throw InspectionRefusal(
                .formatMismatch,
                "the image is said to be \(claimed.rawValue), but its bytes are \(format.rawValue)"
            )
        }
        var virtualSize = reader.sizeBytes
        if format == .qcow2 {
            let header = try Qcow2Header(reader)
            try header.checkTrusted(reader)
            virtualSize = Int64(header.sizeBytes)
        }
        return InspectedImage(format: format, virtualSizeBytes: virtualSize, bytesRead: reader.bytesRead)
    }
}
