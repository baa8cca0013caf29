package import PrecacheModel

/// The work of one attempt on one host.
package struct AgentTask: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The host's number within the job.
    package var hostOrdinal: Int
    /// The host's name, which its certificate must have.
    package var host: HostName
    /// Where its agent listens.
    package var address: String
    /// The agent's port.
    package var port: Int
    /// The attempt's number, from 1.
    package var attempt: Int
    /// How long the attempt may take; the agent keeps it too, so that a task that the service has lost doesn't go on
    /// for ever.
    package var timeout: Duration
    /// How long the host is to keep the images from the moment it has them; nil for no promise.
    package var keep: Duration?
    /// What to cache, each image once, at least one.
    package var images: [ImageReference]

    /// The task's name in the agent protocol: `<job>.<host ordinal>`, the same for every attempt.
    package var name: String { "\(job.text).\(hostOrdinal)" }

    package init(
        job: JobID,
        hostOrdinal: Int,
        host: HostName,
        address: String,
        port: Int,
        attempt: Int,
        timeout: Duration,
        keep: Duration? = nil,
        images: [ImageReference]
    ) {
        self.job = job
        self.hostOrdinal = hostOrdinal
        self.host = host
        self.address = address
        self.port = port
        self.attempt = attempt
        self.timeout = timeout
        self.keep = keep
        self.images = images
    }
}
