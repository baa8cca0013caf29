/// The footer of Microsoft's older disk (Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format").
struct VHDFooter {
    static let bytes = 512

    let fields: Fields
    /// Where a dynamic disk's own header is.
    let headerOffset: UInt64
    private let type: UInt32
    private let currentSize: UInt64
    private let sectorsByGeometry: UInt64

    static func matches(_ fields: Fields) -> Bool { fields.hold("conectix".utf8) }

    /// The footer at a file's end, or nil if there is none or its checksum is wrong.
    static func atEnd(_ reader: BoundedReader) throws(InspectionRefusal) -> VHDFooter? {
        guard reader.sizeBytes >= bytes else { return nil }
        let fields = try reader.part(at: reader.sizeBytes - Int64(bytes), count: bytes)
        guard matches(fields), fields.count == bytes else { return nil }
        let footer = try VHDFooter(fields)
        return footer.isIntact ? footer : nil
    }

    init(_ fields: Fields) throws(InspectionRefusal) {
        self.fields = fields
        headerOffset = try fields.big(16)
        currentSize = try fields.big(48)
        let cylinders: UInt16 = try fields.big(56)
        let heads: UInt8 = try fields.big(58)
        let sectors: UInt8 = try fields.big(59)
        sectorsByGeometry = UInt64(cylinders) * UInt64(heads) * UInt64(sectors)
        type = try fields.big(60)
    }

    var isFixed: Bool { type == 2 }
    var isDynamic: Bool { type == 3 }
    var isDifferencing: Bool { type == 4 }
    var typeNumber: UInt32 { type }

    /// Whether the checksum holds.
    var isIntact: Bool {
        guard let stored: UInt32 = try? fields.big(64) else { return false }
        return stored == Checksums.complement(fields.clearing(64))
    }

    /// The disk's size in bytes.
    ///
    /// By its geometry, as Virtual PC has it, unless a program made it that goes by the size (QEMU, `block/vpc.c`).
    func sizeBytes() throws(InspectionRefusal) -> UInt64 {
        let goesBySize = ["win ", "qem2", "d2v ", "tap\0", "CXS\0"].contains { fields.hold($0.utf8, at: 28) }
        let largestGeometry: UInt64 = 65_535 * 16 * 255
        let sectors =
            goesBySize || sectorsByGeometry == largestGeometry ? currentSize / 512 : sectorsByGeometry
        guard sectors <= 0xff00_0000 else {
            throw .unsafe("a VHD disk of \(sectors) sectors; 4278190080 at most")
        }
        return sectors * 512
    }
}
