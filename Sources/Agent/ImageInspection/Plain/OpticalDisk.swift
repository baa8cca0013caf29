/// The file system of an optical disk.
enum OpticalDisk {
    /// Whether the first volume descriptor is there: ISO 9660 (ECMA-119, 8.1) or UDF (ECMA-167, part 2, 9.1).
    static func matches(_ reader: BoundedReader) throws(InspectionRefusal) -> Bool {
        let descriptor = try reader.part(at: 0x8000, count: 8)
        return ["CD001", "NSR02", "NSR03"].contains { descriptor.hold($0.utf8, at: 1) }
    }
}
