/// Where the grains of a VMDK disk are: a directory of tables of sectors ("Grain Directory", "Grain Table").
struct VMDKGrains {
    private let header: VMDKHeader
    private let reader: BoundedReader
    private(set) var reach = TableReach()
    /// Where the last compressed grain begins.
    private var lastCompressed: UInt64 = 0

    /// Reads the tables as far as the bound allows: those of the disk's beginning and its end.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if something lies behind the file's end: the image was cut short.
    init(_ header: VMDKHeader, _ reader: BoundedReader) throws(InspectionRefusal) {
        (self.header, self.reader) = (header, reader)
        try walk()
        try reach.checkInside(reader, .vmdk)
        guard lastCompressed > 0 else { return }
        // In front of a compressed grain stand its place and its length.
        let marker = try reader.whole("the last VMDK grain's marker", at: lastCompressed, count: 12)
        let length: UInt32 = try marker.little(8)
        reach.take(at: lastCompressed, length: 12 + UInt64(length), disk: 0)
        try reach.checkInside(reader, .vmdk)
    }

    private var grainBytes: UInt64 { header.grain * 512 }
    private var tableBytes: Int { Int(header.tableEntries) * 4 }
    /// Bytes of the disk that one table stands for.
    private var coveredBytes: UInt64 { grainBytes * UInt64(header.tableEntries) }
    private static let markerBytes = 12

    private mutating func walk() throws(InspectionRefusal) {
        var tables: [(index: Int, offset: UInt64)] = []
        let left = try reader.table(
            at: header.directory * 512,
            entries: Int(header.tables),
            bytesPerEntry: 4,
            share: reader.bytesLeft / 4
        ) { first, fields in
            for (index, sector) in fields.littleNumbers(UInt32.self).enumerated() where sector != 0 {
                tables.append((first + index, UInt64(sector) * 512))
            }
        }
        if left > 0 { reach.skip(disk: Self.product(UInt64(left), coveredBytes)) }
        for table in tables { reach.take(at: table.offset, length: UInt64(tableBytes), disk: 0) }
        try reach.checkInside(reader, .vmdk)
        let most = (reader.bytesLeft - Self.markerBytes) / tableBytes
        let isShort = tables.count > most
        for (number, table) in tables.enumerated() {
            guard !isShort || number < most / 2 || tables.count - number <= most / 2 else {
                reach.skip(disk: coveredBytes)
                continue
            }
            take(
                try reader.whole("a VMDK grain table", at: table.offset, count: tableBytes),
                from: Self.product(UInt64(table.index), coveredBytes)
            )
        }
    }

    private mutating func take(_ table: Fields, from start: UInt64) {
        let size = header.capacity * 512
        // 0 is a grain that was never written, 1 one of zeros.
        for (index, sector) in table.littleNumbers(UInt32.self).enumerated() where sector > 1 {
            let (place, overflow) = start.addingReportingOverflow(UInt64(index) * grainBytes)
            guard !overflow, place < size else { continue }
            let offset = UInt64(sector) * 512
            guard header.isCompressed else {
                reach.take(at: offset, length: min(grainBytes, size - place), disk: grainBytes)
                continue
            }
            reach.take(at: offset, length: UInt64(Self.markerBytes), disk: grainBytes)
            lastCompressed = max(lastCompressed, offset)
        }
    }

    private static func product(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (product, overflow) = first.multipliedReportingOverflow(by: second)
        return overflow ? .max : product
    }
}
