/// An image of a job, as shown with it.
package struct JobImage: Hashable, Sendable {
    /// The identifier.
    package var id: ImageID
    /// Its name when the job was accepted, if any.
    package var name: String?
    /// Its size when the job was accepted, if known.
    package var sizeBytes: Int64?

    package init(id: ImageID, name: String?, sizeBytes: Int64?) {
        self.id = id
        self.name = name
        self.sizeBytes = sizeBytes
    }
}
