/// Formats that QEMU would recognise and nobody serves images in: known by their first bytes, and never taken.
enum OtherFormats {
    static func match(_ head: Fields) -> ImageFormat? {
        if head.hold("WithoutFreeSpace".utf8) || head.hold("WithouFreSpacExt".utf8) { return .ploop }
        if head.hold("Bochs Virtual HD Image".utf8) { return .bochs }
        if head.hold("#!/bin/sh\n#V2.0 Format\n".utf8) { return .cloop }
        return nil
    }
}

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
    /// How many of them the file has.
    private let allocated: UInt32

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
        allocated = try header.little(0x184)
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

    /// What the map points to.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if a block lies behind the file's end.
    func reach(_ reader: BoundedReader) throws(InspectionRefusal) -> TableReach {
        var reach = TableReach()
        let left = try reader.table(
            at: UInt64(mapOffset),
            entries: Int(blocks),
            bytesPerEntry: 4,
            share: reader.bytesLeft
        ) { first, fields in
            for (index, entry) in fields.littleNumbers(UInt32.self).enumerated() where entry < Self.firstMark
            {
                let place = UInt64(first + index) * UInt64(blockBytes)
                guard place < sizeBytes else { continue }
                reach.take(
                    at: UInt64(dataOffset) + UInt64(entry) * UInt64(blockBytes),
                    length: min(UInt64(blockBytes), sizeBytes - place),
                    disk: UInt64(blockBytes)
                )
            }
        }
        if left > 0 {
            reach.skip(disk: UInt64(left) * UInt64(blockBytes))
            // Blocks lie in a row: so many of them end here.
            reach.take(
                at: UInt64(dataOffset),
                length: UInt64(max(1, allocated) - 1) * UInt64(blockBytes),
                disk: 0
            )
        }
        try reach.checkInside(reader, .vdi)
        return reach
    }

    /// Entries from here on stand for no block: all ones for one that was never written, one less for zeros.
    private static let firstMark = UInt32.max - 1
}

/// The header of QEMU's enhanced disk (QEMU, `docs/interop/qed_spec.txt`), read for its backing file only.
struct QEDHeader {
    let features: UInt64
    private let nameOffset: UInt32
    private let nameLength: UInt32
    private let headerBytes: UInt64

    private static let hasBackingFile: UInt64 = 1
    private static let backingIsRaw: UInt64 = 4

    static func matches(_ head: Fields) -> Bool { head.hold([0x51, 0x45, 0x44, 0x00]) }

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let header = try reader.whole("the QED header", at: 0, count: 64)
        let clusterBytes: UInt32 = try header.little(4)
        let headerClusters: UInt32 = try header.little(12)
        headerBytes = UInt64(clusterBytes) * UInt64(headerClusters)
        features = try header.little(16)
        nameOffset = try header.little(56)
        nameLength = try header.little(60)
    }

    func references(_ reader: BoundedReader) throws(InspectionRefusal) -> [DiskReference] {
        guard features & Self.hasBackingFile != 0 else { return [] }
        let end = UInt64(nameOffset) + UInt64(nameLength)
        guard nameLength <= 1023, end <= headerBytes else {
            throw .unsafe(
                "a QED backing file name of \(nameLength) bytes at \(nameOffset); at most 1023 bytes within the header "
                    + "(\(headerBytes) bytes) are allowed"
            )
        }
        let name = try reader.whole(
            "the QED backing file name",
            at: UInt64(nameOffset),
            count: Int(nameLength)
        )
        let format = features & Self.backingIsRaw != 0 ? Array("raw".utf8) : nil
        return [DiskReference(.backing, name: name.bytes, format: format)]
    }
}

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
