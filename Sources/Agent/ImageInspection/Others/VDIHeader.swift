/// The header of VirtualBox's disk (QEMU, `block/vdi.c`).
struct VDIHeader {
    /// The disk's size in bytes, whole sectors.
    let sizeBytes: UInt64
    /// Whether it stands on another disk, known by its UUID only.
    let hasParent: Bool
    private let version: UInt32
    private let type: UInt32
    private let mapOffset: UInt32
    private let dataOffset: UInt32
    private let sectorBytes: UInt32
    private let blockBytes: UInt32
    private let blocks: UInt32

    static func matches(_ head: Fields) -> Bool { head.hold([0x7f, 0x10, 0xda, 0xbe], at: 0x40) }

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let header = try reader.whole("the VDI header", at: 0, count: 512)
        version = try header.little(0x44)
        type = try header.little(0x4c)
        mapOffset = try header.little(0x154)
        dataOffset = try header.little(0x158)
        sectorBytes = try header.little(0x168)
        let size: UInt64 = try header.little(0x170)
        guard size <= UInt64(Int64.max) - 511 else { throw .unsafe("a VDI disk of \(size) bytes") }
        sizeBytes = (size + 511) & ~511
        blockBytes = try header.little(0x178)
        blocks = try header.little(0x180)
        hasParent = try header.slice(0x1a8, 32).contains { $0 != 0 }
    }

    /// Refuses a disk that needs another one, or whose map doesn't lie inside the file.
    func checkTrusted(_ reader: BoundedReader) throws(InspectionRefusal) {
        guard version == 0x1_0001 else {
            throw .unsafe("VDI version \(version >> 16).\(version & 0xffff) isn't supported, only 1.1")
        }
        guard !hasParent else { throw .unsafe("the VDI image stands on another disk") }
        guard type == 1 || type == 2 else {
            throw .unsafe("VDI type \(type) isn't supported, only 1 (dynamic) and 2 (static)")
        }
        guard sectorBytes == 512, blockBytes == 1 << 20 else {
            throw .unsafe(
                "a VDI image with sectors of \(sectorBytes) and blocks of \(blockBytes) bytes, not 512 and 1 MiB"
            )
        }
        guard blocks <= 0x1fff_ffff, sizeBytes <= UInt64(blocks) << 20 else {
            throw .unsafe("a VDI image of \(sizeBytes) bytes in \(blocks) blocks")
        }
        guard mapOffset.isMultiple(of: 512), dataOffset.isMultiple(of: 512) else {
            throw .unsafe("the VDI map at \(mapOffset) or data at \(dataOffset) don't begin with a sector")
        }
        let map = try FileRange.inside(
            reader,
            "the VDI map",
            at: UInt64(mapOffset),
            length: UInt64(blocks) * 4
        )
        let header = try FileRange.inside(reader, "the VDI header", at: 0, length: 512)
        try FileRange.checkApart([header, map])
        guard UInt64(dataOffset) >= map.end else {
            throw .unsafe("the VDI data at \(dataOffset) begins before its map's end at \(map.end)")
        }
    }
}
