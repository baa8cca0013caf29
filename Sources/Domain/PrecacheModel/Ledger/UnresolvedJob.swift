/// A job that waits until the service has looked up some of its images.
public struct UnresolvedJob: Hashable, Sendable {
    /// The job.
    public var id: JobID
    /// The images that nobody has looked up yet, in the job's order.
    public var images: [ImageID]
    /// When the job's time is up, by the wall clock.
    public var deadline: Timestamp

    /// Puts a job together.
    public init(id: JobID, images: [ImageID], deadline: Timestamp) {
        self.id = id
        self.images = images
        self.deadline = deadline
    }
}
