/// Bytes of a header and the numbers in them; what lies outside of them reads as an error, never as a trap.
struct Fields {
    let bytes: [UInt8]
    /// Where the bytes begin in the file, for messages.
    private let base: Int64

    init(_ bytes: [UInt8], at base: Int64 = 0) {
        self.bytes = bytes
        self.base = base
    }

    var count: Int { bytes.count }

    /// Whether these bytes are at an offset.
    func hold(_ magic: some Collection<UInt8>, at offset: Int = 0) -> Bool {
        guard offset >= 0, magic.count <= count, offset <= count - magic.count else { return false }
        return bytes[offset..<offset + magic.count].elementsEqual(magic)
    }

    func slice(_ offset: Int, _ length: Int) throws(InspectionRefusal) -> ArraySlice<UInt8> {
        guard offset >= 0, length >= 0, length <= count, offset <= count - length else {
            throw .unsafe("the header ends at byte \(base + Int64(count)), before all its fields")
        }
        return bytes[offset..<offset + length]
    }

    func byte(_ offset: Int) throws(InspectionRefusal) -> UInt8 { try big(offset) }

    /// A number, most significant byte first.
    func big<Number: FixedWidthInteger>(_ offset: Int) throws(InspectionRefusal) -> Number {
        try slice(offset, Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// A number, least significant byte first.
    func little<Number: FixedWidthInteger>(_ offset: Int) throws(InspectionRefusal) -> Number {
        try slice(offset, Number.bitWidth / 8).reversed().reduce(0) {
            $0 << 8 | Number(truncatingIfNeeded: $1)
        }
    }
}

/// A part of the image that a header speaks of, with its name for messages.
struct FileRange: Hashable {
    let what: String
    let start: UInt64
    /// The first byte behind it.
    let end: UInt64

    /// Nil where the end can't be expressed.
    init?(_ what: String, at start: UInt64, length: UInt64) {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard !overflow, end <= UInt64(Int64.max) else { return nil }
        (self.what, self.start, self.end) = (what, start, end)
    }

    func fits(_ sizeBytes: Int64) -> Bool { end <= UInt64(sizeBytes) }
}

extension FileRange {
    /// A range that has to lie inside the file.
    static func inside(
        _ reader: BoundedReader,
        _ what: String,
        at start: UInt64,
        length: UInt64
    ) throws(InspectionRefusal) -> FileRange {
        guard let range = FileRange(what, at: start, length: length), range.fits(reader.sizeBytes) else {
            throw .unsafe(
                "\(what) (\(length) bytes at \(start)) is outside the file of \(reader.sizeBytes) bytes"
            )
        }
        return range
    }

    /// Refuses ranges that share bytes.
    static func checkApart(_ ranges: [FileRange]) throws(InspectionRefusal) {
        let ordered = ranges.filter { $0.end > $0.start }.sorted { $0.start < $1.start }
        for (first, second) in zip(ordered, ordered.dropFirst()) where second.start < first.end {
            throw .unsafe(
                "\(first.what) (\(first.start) to \(first.end)) and \(second.what) (\(second.start) to \(second.end)) overlap"
            )
        }
    }
}

/// The checksums that disk formats guard their headers with.
enum Checksums {
    /// CRC-32C (Castagnoli), as VHDX has it.
    static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes { value = castagnoli[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
        return ~value
    }

    /// The complement of the bytes' sum, as VHD has it.
    static func complement(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0
        for byte in bytes { sum &+= UInt32(byte) }
        return ~sum
    }

    private static let castagnoli: [UInt32] = (0..<256).map { (index: UInt32) in
        (0..<8).reduce(index) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    }
}

extension Fields {
    /// The bytes with a 32-bit field of theirs set to zero, as checksums are computed.
    func clearing(_ offset: Int) -> [UInt8] {
        var cleared = bytes
        for place in offset..<offset + 4 where cleared.indices.contains(place) { cleared[place] = 0 }
        return cleared
    }
}

/// Text from an image, for people: quoted, short, and without anything that a terminal or a log would act on.
enum QuotedText {
    static func of(_ bytes: some Sequence<UInt8>, limit: Int = 96) -> String {
        var text = "\""
        var count = 0
        for byte in bytes {
            if count == limit { return text + "…\"" }
            text.unicodeScalars.append((0x20...0x7e).contains(byte) ? Unicode.Scalar(byte) : "?")
            count += 1
        }
        return text + "\""
    }
}
