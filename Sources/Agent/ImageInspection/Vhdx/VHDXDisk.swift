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

    /// Refuses a disk that needs another one, that isn't closed properly, or whose block table is too small.
    func checkTrusted() throws(InspectionRefusal) {
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
    }
}
