/// The header of a qcow2 image (QEMU, `docs/interop/qcow2.txt`): its fields, in bounds of their own.
struct Qcow2Header {
    let version: UInt32
    let backingOffset: UInt64
    let backingLength: UInt32
    /// Bytes of a cluster: 512 to 2 MiB, a power of two.
    let clusterBytes: UInt64
    /// The disk's size in bytes, whole sectors, as QEMU rounds it.
    let sizeBytes: UInt64
    let encryption: UInt32
    let l1Entries: UInt32
    let l1Offset: UInt64
    let refcountOffset: UInt64
    let refcountClusters: UInt32
    /// The binary logarithm of a reference count's bits.
    let refcountOrder: UInt32
    let snapshotCount: UInt32
    let snapshotsOffset: UInt64
    let features: Qcow2Features
    let compression: UInt8
    /// Bytes of the header, where the extensions begin.
    let length: UInt32

    /// How the disk's bytes are encrypted; nil if they aren't.
    var cipher: String? { encryption == 0 ? nil : encryption == 1 ? "AES" : "LUKS" }

    static func matches(_ head: Fields) -> Bool { head.hold([0x51, 0x46, 0x49, 0xfb]) }

    /// Reads the header.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if it isn't one that QEMU would take.
    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let fixed = try reader.whole("the qcow2 header", at: 0, count: 72)
        version = try fixed.big(4)
        guard version == 2 || version == 3 else {
            throw .unsafe("qcow2 version \(version) isn't supported, only 2 and 3")
        }
        backingOffset = try fixed.big(8)
        backingLength = try fixed.big(16)
        let clusterBits: UInt32 = try fixed.big(20)
        guard (9...21).contains(clusterBits) else {
            throw .unsafe("qcow2 clusters of 2^\(clusterBits) bytes; 2^9 to 2^21 are allowed")
        }
        clusterBytes = 1 << UInt64(clusterBits)
        let size: UInt64 = try fixed.big(24)
        guard size <= UInt64(Int64.max) else { throw .unsafe("a qcow2 disk of \(size) bytes") }
        sizeBytes = size & ~511
        encryption = try fixed.big(32)
        guard encryption <= 2 else { throw .unsafe("unknown qcow2 encryption method \(encryption)") }
        l1Entries = try fixed.big(36)
        l1Offset = try fixed.big(40)
        refcountOffset = try fixed.big(48)
        refcountClusters = try fixed.big(56)
        snapshotCount = try fixed.big(60)
        snapshotsOffset = try fixed.big(64)
        guard version == 3 else {
            (features, refcountOrder, compression, length) = (Qcow2Features(), 4, 0, 72)
            return
        }
        let more = try reader.whole("the qcow2 header", at: 72, count: 32)
        features = Qcow2Features(rawValue: try more.big(0))
        refcountOrder = try more.big(24)
        guard refcountOrder <= 6 else {
            throw .unsafe("qcow2 reference counts of 2^\(refcountOrder) bits; 2^6 at most")
        }
        length = try more.big(28)
        guard length >= 104, UInt64(length) <= clusterBytes, length.isMultiple(of: 8) else {
            throw .unsafe(
                "a qcow2 header of \(length) bytes; a multiple of 8 from 104 to a cluster (\(clusterBytes)) is allowed"
            )
        }
        compression = length > 104 ? try reader.whole("the qcow2 header", at: 104, count: 1).big(0) : 0
    }
}

/// The `incompatible_features` of a qcow2 header: who doesn't know one of them mustn't open the image.
struct Qcow2Features: OptionSet {
    let rawValue: UInt64

    static let dirty = Qcow2Features(rawValue: 1 << 0)
    static let corrupt = Qcow2Features(rawValue: 1 << 1)
    static let externalDataFile = Qcow2Features(rawValue: 1 << 2)
    static let compressionType = Qcow2Features(rawValue: 1 << 3)
    static let extendedL2 = Qcow2Features(rawValue: 1 << 4)

    static let known: Qcow2Features = [.dirty, .corrupt, .externalDataFile, .compressionType, .extendedL2]
}

extension Qcow2Header {
    /// The backing file's name, or nil without one.
    func backingName(_ reader: BoundedReader) throws(InspectionRefusal) -> [UInt8]? {
        guard backingOffset != 0 else { return nil }
        guard backingLength <= 1023, backingOffset >= UInt64(length), backingOffset <= clusterBytes,
            UInt64(backingLength) <= clusterBytes - backingOffset
        else {
            throw .unsafe(
                "a qcow2 backing file name of \(backingLength) bytes at \(backingOffset); at most 1023 bytes within "
                    + "the first cluster (\(clusterBytes) bytes) are allowed"
            )
        }
        return try reader.whole("the qcow2 backing file name", at: backingOffset, count: Int(backingLength))
            .bytes
    }

    /// The files that the image needs beside itself.
    func references(_ reader: BoundedReader) throws(InspectionRefusal) -> [DiskReference] {
        let extensions = try Qcow2Extensions(self, reader)
        var references: [DiskReference] = []
        if let name = try backingName(reader), !name.isEmpty {
            references.append(DiskReference(.backing, name: name, format: extensions.backingFormat))
        }
        if features.contains(.externalDataFile) {
            references.append(
                DiskReference(.data, name: extensions.dataFile ?? [], format: Array("raw".utf8))
            )
        }
        return references
    }
}
