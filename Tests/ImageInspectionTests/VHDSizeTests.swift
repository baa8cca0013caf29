import Testing

@testable import ImageInspection

/// A fixed VHD whose geometry covers less than its size: who made it says which one counts.
@Suite struct VHDSizeTests {
    private static let size = 16 << 20

    private func image(_ creator: String, cylinders: Int, heads: Int = 4, sectors: Int = 17) -> MemoryBytes {
        var footer = [UInt8](repeating: 0, count: 512)
        func put(_ offset: Int, _ value: Int, bytes: Int) {
            for index in 0..<bytes {
                footer[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - index)))
            }
        }
        footer.replaceSubrange(0..<8, with: "conectix".utf8)
        put(8, 2, bytes: 4)
        put(12, 0x1_0000, bytes: 4)
        put(16, -1, bytes: 8)
        footer.replaceSubrange(28..<32, with: creator.utf8)
        put(40, Self.size, bytes: 8)
        put(48, Self.size, bytes: 8)
        put(56, cylinders, bytes: 2)
        put(58, heads, bytes: 1)
        put(59, sectors, bytes: 1)
        put(60, 2, bytes: 4)
        put(64, Int(Checksums.complement(footer)), bytes: 4)
        return MemoryBytes(bytes: [UInt8](repeating: 9, count: Self.size) + footer)
    }

    @Test(arguments: ["wa\0\0", "vbox", "win ", "qem2", "d2v ", "tap\0", "CXS\0", "vs  ", "new!"])
    func itIsTheSizeFieldForAllBut(_ creator: String) throws {
        let found = try ImageInspector.inspect(image(creator, cylinders: 481), claimed: .vhd)
        #expect(found.virtualSizeBytes == Int64(Self.size) && !found.goesByGeometry)
    }

    @Test(arguments: ["vpc ", "qemu"])
    func theTwoThatGoByGeometry(_ creator: String) throws {
        let found = try ImageInspector.inspect(image(creator, cylinders: 481), claimed: .vhd)
        #expect(found.virtualSizeBytes == 481 * 4 * 17 * 512 && found.goesByGeometry)
    }

    @Test func atTheLimitOfTheGeometryTheSizeFieldCounts() throws {
        let full = image("qemu", cylinders: 65_535, heads: 16, sectors: 255)
        #expect(try ImageInspector.inspect(full).virtualSizeBytes == Int64(Self.size))
    }
}
