/// What a VHDX file says of its disk ([MS-VHDX] 2.6).
struct VHDXMetadata {
    /// The disk's size in bytes.
    let sizeBytes: UInt64
    /// Whether it stands on another disk.
    let hasParent: Bool
    let blockBytes: UInt32
    let sectorBytes: UInt32

    init(_ region: FileRange, _ reader: BoundedReader) throws(InspectionRefusal) {
        guard region.end - region.start >= 64 << 10 else {
            throw .unsafe("VHDX metadata of \(region.end - region.start) bytes; 64 KiB at least")
        }
        let items = try Items(region, reader)
        let parameters = try items.read(.fileParameters, bytes: 8)
        blockBytes = try parameters.little(0)
        let flags: UInt32 = try parameters.little(4)
        hasParent = flags & 2 != 0 || items.has(.parentLocator)
        sizeBytes = try items.read(.diskSize, bytes: 8).little(0)
        sectorBytes = try items.read(.logicalSectorSize, bytes: 4).little(0)
    }

    /// Where each item is.
    private struct Items {
        private var places: [GUID: FileRange] = [:]
        private let reader: BoundedReader

        init(_ region: FileRange, _ reader: BoundedReader) throws(InspectionRefusal) {
            self.reader = reader
            let head = try reader.whole("the VHDX metadata table", at: region.start, count: 32)
            guard head.hold("metadata".utf8) else { throw .unsafe("the VHDX metadata table is damaged") }
            let count: UInt16 = try head.little(10)
            guard count <= 2047 else { throw .unsafe("\(count) VHDX metadata items; 2047 at most") }
            let table = try reader.whole(
                "the VHDX metadata table",
                at: region.start + 32,
                count: Int(count) * 32
            )
            for entry in stride(from: 0, to: table.count, by: 32) {
                let id = GUID(try table.slice(entry, 16))
                let offset: UInt32 = try table.little(entry + 16)
                let length: UInt32 = try table.little(entry + 20)
                let flags: UInt32 = try table.little(entry + 24)
                guard GUID.known.contains(id) || flags & 4 == 0 else {
                    throw .unsafe("the VHDX image needs unknown metadata (\(id))")
                }
                let place = try FileRange.inside(
                    reader,
                    "the VHDX metadata item \(id)",
                    at: region.start + UInt64(offset),
                    length: UInt64(length)
                )
                guard length == 0 || offset >= 64 << 10 && place.end <= region.end else {
                    throw .unsafe("\(place.what) (\(length) bytes at \(offset)) is outside the metadata")
                }
                guard places.updateValue(place, forKey: id) == nil else {
                    throw .unsafe("\(place.what) is there twice")
                }
            }
        }

        func has(_ id: GUID) -> Bool { places[id] != nil }

        func read(_ id: GUID, bytes: Int) throws(InspectionRefusal) -> Fields {
            guard let place = places[id], place.end - place.start >= UInt64(bytes) else {
                throw .unsafe("the VHDX metadata item \(id) is missing or too short")
            }
            return try reader.whole(place.what, at: place.start, count: bytes)
        }
    }
}

extension GUID {
    fileprivate static let fileParameters = GUID("CAA16737-FA36-4D43-B3B6-33F0AA44E76B")
    fileprivate static let diskSize = GUID("2FA54224-CD1B-4876-B211-5DBED83BF4B8")
    fileprivate static let logicalSectorSize = GUID("8141BF1D-A96F-4709-BA47-F233A8FAAB5F")
    fileprivate static let physicalSectorSize = GUID("CDA348C7-445D-4471-9CC9-E9885251C556")
    fileprivate static let diskIdentifier = GUID("BECA12AB-B2E6-4523-93EF-C309E000C746")
    fileprivate static let parentLocator = GUID("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C")
    fileprivate static let known: Set<GUID> = [
        fileParameters, diskSize, logicalSectorSize, physicalSectorSize, diskIdentifier, parentLocator,
    ]
}
