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
