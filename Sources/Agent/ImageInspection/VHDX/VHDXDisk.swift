/// A VHDX image ([MS-VHDX]).
struct VHDXDisk {
    let header: VHDXHeader
    let regions: VHDXRegions
    let metadata: VHDXMetadata

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        header = try VHDXHeader.current(reader)
        regions = try VHDXRegions(reader)
        metadata = try VHDXMetadata(regions.metadata, reader)
    }

    /// Refuses a disk that needs another one, that isn't closed properly, or whose block table is too small or points behind
    /// the file's end.
    ///
    /// - Returns: What the block table points to.
    func checkTrusted(_ reader: BoundedReader) throws(InspectionRefusal) -> TableReach {
        // Writing it back would change what we have looked at.
        guard !header.hasLog else {
            throw .unsafe("the VHDX image wasn't closed properly: changes to it wait in its log")
        }
        guard !metadata.hasParent else { throw .unsafe("the VHDX image stands on another disk") }
        try FileRange.checkApart([header.log, regions.blockTable, regions.metadata])
        let (size, block, sector) = (metadata.sizeBytes, metadata.blockBytes, metadata.sectorBytes)
        guard sector == 512 || sector == 4096 else {
            throw .unsafe("VHDX sectors of \(sector) bytes, not 512 or 4096")
        }
        guard block >= 1 << 20, block <= 256 << 20, block & (block - 1) == 0 else {
            throw .unsafe("VHDX blocks of \(block) bytes; a power of two from 1 MiB to 256 MiB is allowed")
        }
        guard size <= 64 << 40, size.isMultiple(of: UInt64(sector)) else {
            throw .unsafe(
                "a VHDX disk of \(size) bytes; whole sectors of \(sector), at most 64 TiB, are allowed"
            )
        }
        // After each chunk of blocks comes an entry for the chunk's bitmap (2.5).
        let blocks = size / UInt64(block) + (size.isMultiple(of: UInt64(block)) ? 0 : 1)
        let chunk = (UInt64(sector) << 23) / UInt64(block)
        let entries = blocks + (blocks == 0 ? 0 : (blocks - 1) / chunk)
        let room = (regions.blockTable.end - regions.blockTable.start) / 8
        guard entries <= room else {
            throw .unsafe(
                "the VHDX block table has \(room) entries, but a disk of \(size) bytes takes \(entries)"
            )
        }
        return try reach(reader, entries: Int(entries), chunk: chunk)
    }

    private func reach(
        _ reader: BoundedReader,
        entries: Int,
        chunk: UInt64
    ) throws(InspectionRefusal) -> TableReach {
        let (size, block) = (metadata.sizeBytes, UInt64(metadata.blockBytes))
        var reach = TableReach()
        let left = try reader.table(
            at: regions.blockTable.start,
            entries: entries,
            bytesPerEntry: 8,
            share: reader.bytesLeft
        ) { first, fields in
            for (index, entry) in fields.littleNumbers(UInt64.self).enumerated() where entry & 7 >= 6 {
                let number = UInt64(first + index)
                // Each chunk's bitmap counts for a disk that stands on another one only.
                guard number % (chunk + 1) != chunk else { continue }
                let place = (number - number / (chunk + 1)) * block
                guard place < size else { continue }
                reach.take(at: entry & ~0xf_ffff, length: min(block, size - place), disk: block)
            }
        }
        if left > 0 { reach.skip(disk: UInt64(left) * block) }
        try reach.checkInside(reader, .vhdx)
        return reach
    }
}

/// The current one of a VHDX file's two headers ([MS-VHDX] 2.2.2).
struct VHDXHeader {
    private let sequence: UInt64
    /// Whether changes wait in the log, to be written into the file before it may be read.
    let hasLog: Bool
    let log: FileRange

    static func matches(_ head: Fields) -> Bool { head.hold("vhdxfile".utf8) }

    /// Reads both and takes the intact one that was written last.
    static func current(_ reader: BoundedReader) throws(InspectionRefusal) -> VHDXHeader {
        var current: VHDXHeader?
        for offset in [UInt64(64 << 10), 128 << 10] {
            let fields = try reader.whole("the VHDX header", at: offset, count: 4096)
            guard fields.hold("head".utf8), try fields.little(4) == Checksums.crc32c(fields.clearing(4))
            else {
                continue
            }
            let header = try VHDXHeader(fields, reader)
            if current.map({ $0.sequence < header.sequence }) ?? true { current = header }
        }
        guard let current else { throw .unsafe("both VHDX headers are damaged") }
        return current
    }

    private init(_ fields: Fields, _ reader: BoundedReader) throws(InspectionRefusal) {
        sequence = try fields.little(8)
        hasLog = try fields.slice(48, 16).contains { $0 != 0 }
        let logVersion: UInt16 = try fields.little(64)
        let version: UInt16 = try fields.little(66)
        guard version == 1, logVersion == 0 else {
            throw .unsafe(
                "VHDX version \(version) with log version \(logVersion) isn't supported, only 1 with 0"
            )
        }
        let length: UInt32 = try fields.little(68)
        log = try .inside(reader, "the VHDX log", at: fields.little(72), length: UInt64(length))
    }
}

/// The regions of a VHDX file ([MS-VHDX] 2.2.3).
struct VHDXRegions {
    let blockTable: FileRange
    let metadata: FileRange

    /// Reads the region table, whose two copies must say the same.
    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let table = try reader.whole("the VHDX region table", at: 192 << 10, count: 64 << 10)
        guard table.hold("regi".utf8), try table.little(4) == Checksums.crc32c(table.clearing(4)) else {
            throw .unsafe("the VHDX region table is damaged")
        }
        guard try reader.whole("the VHDX region table", at: 256 << 10, count: 64 << 10).bytes == table.bytes
        else {
            throw .unsafe("the two VHDX region tables differ")
        }
        let count: UInt32 = try table.little(8)
        guard count <= 2047 else { throw .unsafe("\(count) VHDX regions; 2047 at most") }
        var regions: [GUID: FileRange] = [:]
        for index in 0..<Int(count) {
            let entry = 16 + index * 32
            let id = GUID(try table.slice(entry, 16))
            let offset: UInt64 = try table.little(entry + 16)
            let length: UInt32 = try table.little(entry + 24)
            let flags: UInt32 = try table.little(entry + 28)
            guard id == .blockTable || id == .metadata || flags & 1 == 0 else {
                throw .unsafe("the VHDX image needs an unknown region (\(id))")
            }
            guard offset >= 1 << 20, offset.isMultiple(of: 1 << 20) else {
                throw .unsafe("the VHDX region at \(offset) doesn't begin with a megabyte behind the first")
            }
            let region = try FileRange.inside(
                reader,
                "the VHDX region \(index + 1)",
                at: offset,
                length: UInt64(length)
            )
            guard regions.updateValue(region, forKey: id) == nil else {
                throw .unsafe("the VHDX region \(id) is there twice")
            }
        }
        guard let blockTable = regions[.blockTable], let metadata = regions[.metadata] else {
            throw .unsafe("the VHDX image has no block table or no metadata")
        }
        try FileRange.checkApart(Array(regions.values))
        (self.blockTable, self.metadata) = (blockTable, metadata)
    }
}

extension GUID {
    fileprivate static let blockTable = GUID("2DC27766-F623-4200-9D64-115E9BFD4A08")
    fileprivate static let metadata = GUID("8B7CA206-4790-4B9A-B8FE-575F050F886E")
}

/// Microsoft's identifier, in the order that its text has.
struct GUID: Hashable, CustomStringConvertible {
    let description: String

    init(_ text: String) { description = text }

    /// Sixteen bytes of a file: the first three groups are little-endian.
    init(_ bytes: ArraySlice<UInt8>) {
        let order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]
        let digits = Array("0123456789ABCDEF")
        description = String(
            order.flatMap { place -> [Character] in
                guard place >= 0, bytes.count == 16 else { return ["-"] }
                let byte = Int(bytes[bytes.startIndex + place])
                return [digits[byte >> 4], digits[byte & 15]]
            }
        )
    }
}
