/// An image of a job, as shown with it.
public struct JobImage: Hashable, Sendable {
    /// The identifier.
    public var id: ImageID
    /// Its name when the job was accepted, if any.
    public var name: String?
    /// Its size when the job was accepted, if known.
    public var sizeBytes: Int64?

    /// Puts an image together.
    public init(id: ImageID, name: String?, sizeBytes: Int64?) {
        self.id = id
        self.name = name
        self.sizeBytes = sizeBytes
    }
}
