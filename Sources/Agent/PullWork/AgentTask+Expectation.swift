import ImageCache
import PrecacheModel

extension AgentTask {
    /// What the task wants, without where to get it: that may differ between two tellings of one attempt.
    var wish: Set<ExpectedImage> { Set(images.map(\.expected)) }
}

extension OrderedImage {
    /// What the cached file has to be.
    var expected: ExpectedImage {
        ExpectedImage(
            id: id,
            sizeBytes: reference.sizeBytes,
            digest: reference.digest,
            allowsUnverified: reference.allowsUnverified,
            diskFormat: reference.diskFormat
        )
    }
}
