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
