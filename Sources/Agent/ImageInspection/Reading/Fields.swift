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
