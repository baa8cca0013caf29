/// A job that waits until the service has looked up some of its images.
package struct UnresolvedJob: Hashable, Sendable {
    /// The job.
    package var id: JobID
    /// The images that nobody has looked up yet, in the job's order.
    package var images: [ImageID]
    /// When the job's time is up, by the wall clock.
    package var deadline: Timestamp

    package init(id: JobID, images: [ImageID], deadline: Timestamp) {
        self.id = id
        self.images = images
        self.deadline = deadline
    }
}
