/// The checksums that disk formats guard their headers with.
enum Checksums {
    /// CRC-32C (Castagnoli), as VHDX has it.
    static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { castagnoli[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    /// The complement of the bytes' sum, as VHD has it.
    static func complement(_ bytes: some Sequence<UInt8>) -> UInt32 { ~bytes.reduce(0) { $0 &+ UInt32($1) } }

    private static let castagnoli: [UInt32] = (0..<256).map { (index: UInt32) in
        (0..<8).reduce(index) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    }
}

extension Fields {
    /// The bytes with a 32-bit field of theirs set to zero, as checksums are computed.
    func clearing(_ offset: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in index >= offset && index < offset + 4 ? 0 : byte }
    }
}
