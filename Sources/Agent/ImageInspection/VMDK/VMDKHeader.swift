/// The header of VMware's sparse disk (Virtual Disk Format 5.0, "Hosted Sparse Extent Header"), counted in sectors.
struct VMDKHeader {
    /// Stands for the grain directory's place where only the footer knows it.
    static let atEnd = UInt64.max

    let fields: Fields
    let version: UInt32
    let flags: UInt32
    let capacity: UInt64
    let grain: UInt64
    let descriptorOffset: UInt64
    let descriptorSectors: UInt64
    let tableEntries: UInt32
    let redundantDirectory: UInt64
    let directory: UInt64
    let overhead: UInt64
    let compression: UInt16

    /// The sparse disk, and its forerunner of ESX, which isn't taken.
    static func matches(_ head: Fields) -> Bool { head.hold("KDMV".utf8) || head.hold("COWD".utf8) }

    init(_ fields: Fields) throws(InspectionRefusal) {
        guard fields.hold("KDMV".utf8) else { throw .unsafe("an ESX copy-on-write VMDK isn't supported") }
        self.fields = fields
        version = try fields.little(4)
        flags = try fields.little(8)
        capacity = try fields.little(12)
        grain = try fields.little(20)
        descriptorOffset = try fields.little(28)
        descriptorSectors = try fields.little(36)
        tableEntries = try fields.little(44)
        redundantDirectory = try fields.little(48)
        directory = try fields.little(56)
        overhead = try fields.little(64)
        compression = try fields.little(77)
    }

    var usesRedundantDirectory: Bool { flags & 2 != 0 }
    var isCompressed: Bool { flags & 0x1_0000 != 0 }

    /// How many grain tables the disk takes; its numbers have to be checked first.
    var tables: UInt64 {
        let covered = grain * UInt64(tableEntries)
        return capacity / covered + (capacity.isMultiple(of: covered) ? 0 : 1)
    }

    /// Refuses numbers that don't fit the file or each other.
    func checkBounds(_ reader: BoundedReader) throws(InspectionRefusal) {
        guard (1...3).contains(version) else {
            throw .unsafe("VMDK version \(version) isn't supported, only 1 to 3")
        }
        // QEMU takes a disk of no size for one whose data is in other files.
        guard capacity > 0, capacity <= UInt64(Int64.max) / 512 else {
            throw .unsafe("a VMDK disk of \(capacity) sectors")
        }
        guard grain > 0, grain <= 0x20_0000, grain & (grain - 1) == 0 else {
            throw .unsafe("VMDK grains of \(grain) sectors; a power of two up to 2097152 is allowed")
        }
        guard (1...512).contains(tableEntries) else {
            throw .unsafe("VMDK grain tables of \(tableEntries) entries; 1 to 512 are allowed")
        }
        guard compression <= 1 else { throw .unsafe("unknown VMDK compression \(compression)") }
        guard tables <= 32 << 20 else { throw .unsafe("\(tables) VMDK grain tables; 33554432 at most") }
        try checkDirectory(reader, "the VMDK grain directory", at: directory, tables: tables)
        if usesRedundantDirectory {
            try checkDirectory(
                reader,
                "the VMDK redundant grain directory",
                at: redundantDirectory,
                tables: tables
            )
        }
        try checkDirectory(reader, "the VMDK overhead", at: overhead, tables: 0)
    }

    private func checkDirectory(
        _ reader: BoundedReader,
        _ what: String,
        at sector: UInt64,
        tables: UInt64
    ) throws(InspectionRefusal) {
        let (offset, overflow) = sector.multipliedReportingOverflow(by: 512)
        guard !overflow else { throw .unsafe("\(what) at sector \(sector) is outside the file") }
        _ = try FileRange.inside(reader, what, at: offset, length: tables * 4)
    }
}
