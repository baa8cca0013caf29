/// Small disks of plain bytes.
enum PlainDisks {
    /// A boot sector with one partition.
    static func mbr(type: UInt8) -> MemoryBytes {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.replaceSubrange(
            446..<462,
            with: [0, 0, 2, 0, type, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 7, 0, 0]
        )
        bytes.replaceSubrange(510..<512, with: [0x55, 0xaa])
        return MemoryBytes(bytes: bytes)
    }

    /// An ISO 9660 file system, as far as its first volume descriptor.
    static func iso() -> MemoryBytes {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.replaceSubrange(0x8000..<0x8007, with: [1] + Array("CD001".utf8) + [1])
        return MemoryBytes(bytes: bytes)
    }
}
