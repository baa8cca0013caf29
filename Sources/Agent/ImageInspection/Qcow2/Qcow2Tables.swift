/// What the tables of a qcow2 image point to ("Cluster mapping" of the specification).
struct Qcow2Tables {
    private let header: Qcow2Header
    private let reader: BoundedReader
    private(set) var reach = TableReach()

    /// Reads the tables as far as the bound allows: first those L2 tables that lie farthest behind, since the data that was
    /// written last is theirs.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if something lies behind the file's end: the image was cut short.
    init(_ header: Qcow2Header, _ reader: BoundedReader) throws(InspectionRefusal) {
        (self.header, self.reader) = (header, reader)
        try walk()
        try reach.checkInside(reader, .qcow2)
        // Those say as well where the image ends, in fewer bytes; but they may count too much after a crash.
        if !reach.isComplete { try checkReferenceCounts() }
    }

    private var entryBytes: Int { header.features.contains(.extendedL2) ? 16 : 8 }
    /// Bytes of the disk that one L2 table stands for.
    private var coveredBytes: UInt64 { header.clusterBytes / UInt64(entryBytes) * header.clusterBytes }
    private static let offsetMask: UInt64 = 0x00ff_ffff_ffff_fe00

    private mutating func walk() throws(InspectionRefusal) {
        var tables: [(index: Int, offset: UInt64)] = []
        let left = try reader.table(
            at: header.l1Offset,
            entries: Int(header.l1Entries),
            bytesPerEntry: 8,
            share: reader.bytesLeft / 4
        ) { first, fields in
            for (index, entry) in fields.bigNumbers(UInt64.self).enumerated()
            where entry & Self.offsetMask != 0 {
                tables.append((first + index, entry & Self.offsetMask))
            }
        }
        if left > 0 { reach.skip(disk: Self.product(UInt64(left), coveredBytes)) }
        for table in tables { reach.take(at: table.offset, length: header.clusterBytes, disk: 0) }
        try reach.checkInside(reader, .qcow2)
        for table in tables.sorted(by: { $0.offset > $1.offset }) {
            let start = Self.product(UInt64(table.index), coveredBytes)
            let bytes = usedBytes(ofTableFor: start)
            // Room for the reference counts stays.
            guard reader.bytesLeft - bytes >= Self.referenceBytes else {
                reach.skip(disk: coveredBytes)
                continue
            }
            take(try reader.whole("a qcow2 L2 table", at: table.offset, count: bytes), from: start)
        }
    }

    /// How much of an L2 table stands for something: all but in the last one of the disk.
    private func usedBytes(ofTableFor start: UInt64) -> Int {
        guard start < header.sizeBytes, header.sizeBytes - start < coveredBytes else {
            return Int(header.clusterBytes)
        }
        return Int((header.sizeBytes - start - 1) / header.clusterBytes + 1) * entryBytes
    }

    /// What an L2 table points to.
    private mutating func take(_ table: Fields, from start: UInt64) {
        let numbers = table.bigNumbers(UInt64.self)
        for index in stride(from: 0, to: numbers.count, by: entryBytes / 8) {
            let entry = numbers[index]
            guard entry & ~(1 << 63) != 0 else { continue }
            if entry & 1 << 62 != 0 {
                reach.take(at: compressedEnd(entry), length: 0, disk: header.clusterBytes)
                continue
            }
            let offset = entry & Self.offsetMask
            let isRead = entryBytes == 16 ? numbers[index + 1] & 0xffff_ffff != 0 : entry & 1 == 0
            guard offset != 0, isRead else { continue }
            // A disk that ends in mid cluster needs no more of it; behind its end is the state of a snapshot.
            let place = start &+ UInt64(index / (entryBytes / 8)) * header.clusterBytes
            let rest = place < header.sizeBytes ? min(header.clusterBytes, header.sizeBytes - place) : 1
            reach.take(at: offset, length: rest, disk: header.clusterBytes)
        }
    }

    /// The first byte that needn't be there: compressed bytes may end anywhere in the last of their sectors.
    private func compressedEnd(_ entry: UInt64) -> UInt64 {
        let bits = UInt64(62) - (UInt64(header.clusterBytes.trailingZeroBitCount) - 8)
        let offset = entry & ((1 << bits) - 1)
        let more = (entry & ((1 << 62) - 1)) >> bits
        return (offset & ~511) + more * 512 + 1
    }

    private static func product(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (product, overflow) = first.multipliedReportingOverflow(by: second)
        return overflow ? .max : product
    }
}

/// The counts of references to clusters: what is counted behind the file's end was there once.
extension Qcow2Tables {
    /// How much of the counts is looked at: they lie in a row, and so does what was cut off.
    private static let referenceBytes = 128 << 10

    private func checkReferenceCounts() throws(InspectionRefusal) {
        let size = UInt64(reader.sizeBytes)
        let perBlock = (header.clusterBytes * 8) >> UInt64(header.refcountOrder)
        let cluster = size / header.clusterBytes + (size.isMultiple(of: header.clusterBytes) ? 0 : 1)
        let index = cluster / perBlock
        let tableBytes = UInt64(header.refcountClusters) * header.clusterBytes
        guard index < tableBytes / 8 else { return }
        let count = min(
            tableBytes - index * 8,
            UInt64(Self.referenceBytes / 2),
            UInt64(max(0, reader.bytesLeft / 2))
        )
        let place = header.refcountOffset + index * 8
        let blocks = try reader.whole("a qcow2 reference count table", at: place, count: Int(count) & ~7)
        for (number, entry) in blocks.bigNumbers(UInt64.self).enumerated() where entry & ~511 != 0 {
            let block = entry & ~511
            var skipped: UInt64 = 0
            // Counts that share a byte with those of clusters that are there aren't looked at.
            if number == 0 { skipped = ((cluster % perBlock) << UInt64(header.refcountOrder) + 7) / 8 }
            guard let range = FileRange("a block", at: block, length: header.clusterBytes),
                range.fits(reader.sizeBytes)
            else {
                throw .truncated(.qcow2, "its reference counts lie at byte \(block)", reader)
            }
            let rest = min(
                header.clusterBytes - skipped,
                UInt64(Self.referenceBytes / 2),
                UInt64(reader.bytesLeft)
            )
            let counts = try reader.part(at: Int64(block + skipped), count: Int(rest))
            guard let used = counts.bytes.lastIndex(where: { $0 != 0 }) else { continue }
            let first = (index + UInt64(number)) * perBlock
            let last = first + ((skipped + UInt64(used)) * 8) >> UInt64(header.refcountOrder)
            throw .truncated(.qcow2, "it uses the cluster at byte \(last * header.clusterBytes)", reader)
        }
    }
}
