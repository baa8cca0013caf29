import ImageCache
public import PrecacheModel

/// A task as it stands.
public struct PullSnapshot: Sendable {
    /// One image of it.
    public struct Image: Sendable {
        /// The image.
        public var id: ImageID
        /// Its final outcome, or nil while it's being worked on.
        public var outcome: PullOutcome?
        /// Bytes on the disk.
        public var bytesDone: Int64
        /// The image's size, if known.
        public var bytesTotal: Int64?
    }

    /// The task's id.
    public var id: String
    /// The job.
    public var jobID: String
    /// The attempt's number.
    public var attempt: Int
    /// Whether every image has an outcome.
    public var isFinished: Bool
    /// The images in the task's order.
    public var images: [Image]

    init(_ contents: TaskState.Contents) {
        id = contents.task.id
        jobID = contents.task.jobID
        attempt = contents.task.attempt
        isFinished = contents.isFinished
        images = contents.task.images.map { image in
            let outcome = contents.outcome(of: image.id)
            let progress = contents.progress[image.id]
            return Image(
                id: image.id,
                outcome: outcome,
                bytesDone: outcome?.bytesDone ?? progress?.bytesDone ?? 0,
                bytesTotal: outcome?.bytesTotal ?? progress?.bytesTotal ?? image.expected.sizeBytes
            )
        }
    }
}
