package import PrecacheModel

/// How far the download of one image is.
package struct AgentProgress: Hashable, Sendable {
    /// The image.
    package var imageID: ImageID
    /// Bytes of it on the host's disk, counting those kept from an earlier attempt.
    package var bytesDone: Int64
    /// Its size, if known.
    package var bytesTotal: Int64?

    /// Puts progress together.
    package init(imageID: ImageID, bytesDone: Int64, bytesTotal: Int64?) {
        self.imageID = imageID
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }
}
