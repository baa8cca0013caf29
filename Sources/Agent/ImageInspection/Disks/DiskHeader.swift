/// What an instance's disk says of itself: its format and the files it stands on, which it rightly may have.
///
/// For finding out what is in use, not for trusting anything: that is ``ImageInspector``'s.
public struct DiskHeader: Hashable, Sendable {
    /// What the disk's bytes are.
    public let format: ImageFormat
    /// The files that it needs beside itself; none for a disk that stands alone.
    public let references: [DiskReference]

    /// Reads a disk's header, a few kilobytes.
    ///
    /// - Throws: ``InspectionRefusal`` if the header can't be read (`unreadable`) or makes no sense (`unsafe`): then the
    ///   disk may need any file.
    public init(_ bytes: some ImageBytes) throws(InspectionRefusal) {
        let reader = BoundedReader(bytes)
        let head = try reader.part(at: 0, count: 4096)
        if Qcow2Header.matches(head) {
            format = .qcow2
            references = try Qcow2Header(reader).references(reader)
        } else {
            format = .raw
            references = []
        }
    }
}
