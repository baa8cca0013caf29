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
