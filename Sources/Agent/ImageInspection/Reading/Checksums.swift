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
