/// A VHD image: a fixed disk is its bytes and a footer; a dynamic one begins with a copy of it and has a block table.
struct VHDDisk {
    let footer: VHDFooter
    private let isInFront: Bool

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let head = try reader.part(at: 0, count: VHDFooter.bytes)
        isInFront = VHDFooter.matches(head)
        if isInFront {
            footer = try VHDFooter(head)
            return
        }
        guard let end = try VHDFooter.atEnd(reader) else { throw .unsafe("the VHD image has no footer") }
        footer = end
    }

    /// Refuses a disk that needs another one, or whose headers are damaged or outside the file, or its blocks.
    ///
    /// - Returns: What the block table points to; nil for a fixed disk, which has none.
    func checkTrusted(_ reader: BoundedReader) throws(InspectionRefusal) -> TableReach? {
        guard footer.isIntact else { throw .unsafe("the VHD footer's checksum is wrong") }
        guard !footer.isDifferencing else { throw .unsafe("the VHD image stands on another disk") }
        // Where the footer is decides for QEMU what the type is.
        guard isInFront ? footer.isDynamic : footer.isFixed else {
            throw .unsafe(
                "a VHD image of type \(footer.typeNumber) whose footer is \(isInFront ? "in front" : "at the end")"
            )
        }
        guard isInFront else {
            _ = try FileRange.inside(reader, "the VHD disk", at: 0, length: footer.sizeBytes())
            return nil
        }
        let reach = try checkBlocks(reader)
        guard let end = try VHDFooter.atEnd(reader), end.fields.bytes == footer.fields.bytes else {
            throw .unsafe("the VHD footer at the end isn't the one in front")
        }
        return reach
    }

    private func checkBlocks(_ reader: BoundedReader) throws(InspectionRefusal) -> TableReach {
        let header = try reader.whole("the VHD dynamic header", at: footer.headerOffset, count: 1024)
        guard header.hold("cxsparse".utf8), try header.big(36) == Checksums.complement(header.clearing(36))
        else {
            throw .unsafe("the VHD dynamic header at \(footer.headerOffset) is damaged")
        }
        let entries: UInt32 = try header.big(28)
        let blockBytes: UInt32 = try header.big(32)
        guard blockBytes >= 512, blockBytes & (blockBytes - 1) == 0 else {
            throw .unsafe("VHD blocks of \(blockBytes) bytes; a power of two from 512 on is allowed")
        }
        let size = try footer.sizeBytes()
        guard UInt64(entries) * UInt64(blockBytes) >= size else {
            throw .unsafe("the VHD table has \(entries) blocks of \(blockBytes) bytes for a disk of \(size)")
        }
        let table = try FileRange.inside(
            reader,
            "the VHD block table",
            at: header.big(16),
            length: UInt64(entries) * 4
        )
        try FileRange.checkApart([
            .inside(reader, "the VHD footer in front", at: 0, length: 512),
            .inside(reader, "the VHD dynamic header", at: footer.headerOffset, length: 1024),
            table,
            .inside(reader, "the VHD footer", at: UInt64(reader.sizeBytes - 512), length: 512),
        ])
        return try reach(reader, table, UInt64(blockBytes), size)
    }

    /// What the block table points to: a bitmap of the block's sectors, in whole sectors, and the block.
    private func reach(
        _ reader: BoundedReader,
        _ table: FileRange,
        _ blockBytes: UInt64,
        _ size: UInt64
    ) throws(InspectionRefusal) -> TableReach {
        let bitmap = (blockBytes / 512 / 8 + 511) / 512 * 512
        // Entries behind the disk's end stand for nothing.
        let entries = Int(size / blockBytes) + (size.isMultiple(of: blockBytes) ? 0 : 1)
        var reach = TableReach()
        let left = try reader.table(
            at: table.start,
            entries: entries,
            bytesPerEntry: 4,
            // The footer at the end is still to be read.
            share: reader.bytesLeft - VHDFooter.bytes
        ) { first, fields in
            for (index, sector) in fields.bigNumbers(UInt32.self).enumerated() where sector != .max {
                let rest = size - UInt64(first + index) * blockBytes
                reach.take(
                    at: UInt64(sector) * 512,
                    length: bitmap + min(blockBytes, rest),
                    disk: blockBytes
                )
            }
        }
        if left > 0 { reach.skip(disk: UInt64(left) * blockBytes) }
        try reach.checkInside(reader, .vhd)
        return reach
    }
}

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

    /// Whether the disk's size is by its geometry, not by the size that the footer says.
    ///
    /// Virtual PC has it so, and QEMU where it wrote the image as Virtual PC does (`block/vpc.c`). All others, Azure, Hyper-V,
    /// VirtualBox and Xen among them, go by the size; QEMU knows some of them. A disk at the geometry's limit goes by the
    /// size in any case.
    var goesByGeometry: Bool {
        let largestGeometry: UInt64 = 65_535 * 16 * 255
        return sectorsByGeometry != largestGeometry
            && ["vpc ", "qemu"].contains { fields.hold($0.utf8, at: 28) }
    }

    /// The disk's size in bytes.
    func sizeBytes() throws(InspectionRefusal) -> UInt64 {
        let sectors = goesByGeometry ? sectorsByGeometry : currentSize / 512
        guard sectors <= 0xff00_0000 else {
            throw .unsafe("a VHD disk of \(sectors) sectors; 4278190080 at most")
        }
        return sectors * 512
    }
}
