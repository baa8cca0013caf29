package import PrecacheModel

/// A task as it stands.
package struct PullSnapshot: Sendable {
    /// The task's id.
    package var id: TaskID
    /// The job.
    package var job: JobID
    /// The attempt's number.
    package var attempt: Int
    /// Whether every image has an outcome.
    package var isFinished: Bool
    /// The images in the task's order; `running` while one is being worked on.
    package var images: [(id: ImageID, outcome: ImageOutcome)]

    init(_ contents: TaskState.Contents) {
        id = contents.task.id
        job = contents.task.job
        attempt = contents.task.attempt
        isFinished = contents.isFinished
        images = contents.task.images.map { image in
            let progress = contents.progress[image.id]
            var outcome =
                contents.outcome(of: image.id) ?? ImageOutcome(.running, bytesDone: progress?.bytesDone ?? 0)
            outcome.bytesTotal = outcome.bytesTotal ?? progress?.bytesTotal ?? image.reference.sizeBytes
            return (image.id, outcome)
        }
    }
}
