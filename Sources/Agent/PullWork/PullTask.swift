import ImageCache

/// One attempt at caching some images, as the service ordered it.
package struct PullTask: Sendable {
    /// The id that the service chose.
    package var id: String
    /// The job, for logs.
    package var jobID: String
    /// The attempt's number, from 1.
    package var attempt: Int
    /// The longest that it may take.
    package var timeout: Duration
    /// How long to keep each image from the moment it's there; nil for no promise.
    package var keep: Duration?
    /// The images, each id once.
    package var images: [WantedImage]

    package init(
        id: String,
        jobID: String,
        attempt: Int,
        timeout: Duration,
        keep: Duration? = nil,
        images: [WantedImage]
    ) {
        self.id = id
        self.jobID = jobID
        self.attempt = attempt
        self.timeout = timeout
        self.keep = keep
        self.images = images
    }

    /// What the task wants, without where to get it: that may differ between two tellings of one attempt.
    var wish: Set<ExpectedImage> {
        Set(
            images.map { image in
                var expected = image.expected
                expected.source = nil
                return expected
            }
        )
    }
}
