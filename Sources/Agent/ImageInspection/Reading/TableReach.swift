/// How far an image's tables reach into its file, and how much of the disk they fill.
///
/// An image that was cut short has sound headers in front, and tables that point behind its end; programs read zeros there.
struct TableReach: Hashable {
    /// The first byte behind all that the tables read point to.
    private(set) var end: UInt64 = 0
    /// Bytes of the disk that the file has; those of tables that weren't read all count.
    private(set) var allocatedBytes: UInt64 = 0
    /// Whether all tables could be read within ``ImageInspector/maximumBytesRead``.
    private(set) var isComplete = true

    /// Takes a part of the disk that the file has.
    ///
    /// - Parameters:
    ///   - start: Where it is in the file.
    ///   - length: How many bytes of it there have to be.
    ///   - disk: How many bytes of the disk it stands for.
    mutating func take(at start: UInt64, length: UInt64, disk: UInt64) {
        let (behind, overflow) = start.addingReportingOverflow(length)
        end = max(end, overflow ? .max : behind)
        fill(disk)
    }

    /// Counts a part of the disk whose table wasn't read as filled.
    mutating func skip(disk: UInt64) {
        isComplete = false
        fill(disk)
    }

    private mutating func fill(_ disk: UInt64) {
        let (sum, overflow) = allocatedBytes.addingReportingOverflow(disk)
        allocatedBytes = overflow ? .max : sum
    }

    /// Refuses an image whose tables point behind its end.
    func checkInside(_ reader: BoundedReader, _ format: ImageFormat) throws(InspectionRefusal) {
        guard end <= UInt64(reader.sizeBytes) else {
            throw .truncated(format, "its tables reach to byte \(end)", reader)
        }
    }
}

extension InspectionRefusal {
    /// A file that ends before the image does.
    static func truncated(_ format: ImageFormat, _ what: String, _ reader: BoundedReader) -> InspectionRefusal
    {
        .unsafe(
            "the \(format.rawValue) image is truncated: \(what), but the file has \(reader.sizeBytes) bytes"
        )
    }
}

extension BoundedReader {
    /// Reads the numbers of a table that lies inside the file, as far as the bound allows: those in front and, where that
    /// isn't all, as many at its end.
    ///
    /// Whoever writes a disk from its beginning on puts the end of its data at the file's end.
    ///
    /// - Parameters:
    ///   - start: Where it is.
    ///   - entries: How many there are.
    ///   - bytesPerEntry: How large each is.
    ///   - share: How many bytes may be read at most.
    ///   - body: Takes the number of the first entry of a piece, and its bytes.
    /// - Returns: How many entries were left out.
    /// - Throws: ``InspectionRefusal``: `unreadable`, or what the body throws.
    func table(
        at start: UInt64,
        entries: Int,
        bytesPerEntry: Int,
        share: Int,
        _ body: (Int, Fields) throws(InspectionRefusal) -> Void
    ) throws(InspectionRefusal) -> Int {
        let most = max(0, min(share, bytesLeft)) / bytesPerEntry
        guard entries > most else {
            try body(0, try whole("a table", at: start, count: entries * bytesPerEntry))
            return 0
        }
        let half = most / 2
        guard half > 0 else { return entries }
        try body(0, try whole("a table", at: start, count: half * bytesPerEntry))
        let first = entries - half
        let place = start + UInt64(first * bytesPerEntry)
        try body(first, try whole("a table", at: place, count: half * bytesPerEntry))
        return first - half
    }
}

extension Fields {
    /// All bytes as numbers, most significant byte first.
    func bigNumbers<Number: FixedWidthInteger>(_: Number.Type) -> [Number] {
        bytes.withUnsafeBytes { raw in
            stride(
                from: 0,
                to: raw.count - raw.count % MemoryLayout<Number>.size,
                by: MemoryLayout<Number>.size
            )
            .map { Number(bigEndian: raw.loadUnaligned(fromByteOffset: $0, as: Number.self)) }
        }
    }

    /// All bytes as numbers, least significant byte first.
    func littleNumbers<Number: FixedWidthInteger>(_ type: Number.Type) -> [Number] {
        bigNumbers(type).map(\.byteSwapped)
    }
}
