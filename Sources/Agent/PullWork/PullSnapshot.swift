import ImageCache
package import PrecacheModel

/// A task as it stands.
package struct PullSnapshot: Sendable {
    /// One image of it.
    package struct Image: Sendable {
        /// The image.
        package var id: ImageID
        /// Its final outcome, or nil while it's being worked on.
        package var outcome: PullOutcome?
        /// Bytes on the disk.
        package var bytesDone: Int64
        /// The image's size, if known.
        package var bytesTotal: Int64?
    }

    /// The task's id.
    package var id: String
    /// The job.
    package var jobID: String
    /// The attempt's number.
    package var attempt: Int
    /// Whether every image has an outcome.
    package var isFinished: Bool
    /// The images in the task's order.
    package var images: [Image]

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
