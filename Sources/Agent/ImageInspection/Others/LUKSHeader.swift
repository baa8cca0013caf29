/// The header of an encrypted disk (LUKS on-disk format, versions 1.2.3 and 2).
struct LUKSHeader {
    /// Bytes in front of the encrypted disk.
    let payloadOffset: UInt64

    static func matches(_ head: Fields) -> Bool { head.hold([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe]) }

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let header = try reader.whole("the LUKS header", at: 0, count: 592)
        let version: UInt16 = try header.big(6)
        switch version {
        case 1:
            let sectors: UInt32 = try header.big(104)
            payloadOffset = UInt64(sectors) * 512
        case 2:
            // Where the disk begins is in the JSON area behind; the two headers' size is a lower bound.
            let size: UInt64 = try header.big(8)
            guard (16_384...4_194_304).contains(size) else {
                throw .unsafe("a LUKS header of \(size) bytes; 16384 to 4194304 are allowed")
            }
            payloadOffset = size * 2
        default:
            throw .unsafe("LUKS version \(version) isn't supported, only 1 and 2")
        }
        _ = try FileRange.inside(reader, "the LUKS header", at: 0, length: payloadOffset)
    }
}
