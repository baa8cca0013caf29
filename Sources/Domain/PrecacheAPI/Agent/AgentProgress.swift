public import PrecacheModel

/// How far the download of one image is.
public struct AgentProgress: Hashable, Sendable {
    /// The image.
    public var imageID: ImageID
    /// Bytes of it on the host's disk, counting those kept from an earlier attempt.
    public var bytesDone: Int64
    /// Its size, if known.
    public var bytesTotal: Int64?

    /// Puts progress together.
    public init(imageID: ImageID, bytesDone: Int64, bytesTotal: Int64?) {
        self.imageID = imageID
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }
}
