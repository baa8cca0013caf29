/// The work of one attempt on one host, as the service orders it of the host's agent.
package struct AgentTask: Hashable, Sendable {
    /// Its name in the agent protocol.
    package var id: TaskID
    /// The job that it belongs to.
    package var job: JobID
    /// The attempt's number, from 1; a report for an older attempt is void.
    package var attempt: Int
    /// The host that is meant: an agent of another refuses; nil in orders of older services.
    package var host: HostName?
    /// How long the attempt may take; the agent keeps it too, so that a task that the service has lost doesn't go on
    /// for ever.
    package var timeout: Duration
    /// How long the host is to keep each image from the moment it has it; nil for no promise.
    package var keep: Duration?
    /// The images wanted, each id once.
    package var images: [OrderedImage]
    /// The trace that it is part of: goes beside the order, not in it.
    package private(set) var trace: TraceContext?

    package init(
        id: TaskID,
        job: JobID,
        attempt: Int,
        host: HostName? = nil,
        timeout: Duration,
        keep: Duration? = nil,
        images: [OrderedImage]
    ) {
        self.id = id
        self.job = job
        self.attempt = attempt
        self.host = host
        self.timeout = timeout
        self.keep = keep
        self.images = images
    }

    /// Makes the task, and whatever is asked of others for it, part of a trace.
    package mutating func join(_ trace: TraceContext) {
        self.trace = trace
        for index in images.indices {
            images[index].relay?.trace = trace
            for source in images[index].sources.indices { images[index].sources[source].trace = trace }
        }
    }
}

/// One image of a task: what its bytes must be, and where the host finds them.
package struct OrderedImage: Hashable, Sendable {
    /// What is known of the image; an agent's has the first of the sources as its URL.
    package var reference: ImageReference
    /// Where its bytes are, best first; empty for a host that gets them from its neighbours alone.
    package var sources: [ImageSource]
    /// How it is exchanged with other hosts; nil where it isn't.
    package var relay: RelayOrder?

    /// An image to be had from these sources; without them, from its URL as it is.
    package init(_ reference: ImageReference, sources: [ImageSource]? = nil, relay: RelayOrder? = nil) {
        self.reference = reference
        self.sources = sources ?? [ImageSource(url: reference.url)]
        self.relay = relay
    }

    /// The image's id.
    package var id: ImageID { reference.id }
}

/// One place that an image's bytes can be had from.
package struct ImageSource: Hashable, Sendable, CustomStringConvertible {
    /// An `http` or `https` URL; its query may be a secret.
    package var url: String
    /// Headers for the request, such as a short-lived token.
    ///
    /// Secret: never logged.
    package var headers: [String: String]
    /// The trace that requests to it are part of.
    package var trace: TraceContext?

    package init(url: String, headers: [String: String] = [:]) {
        self.url = url
        self.headers = headers
    }

    /// What may be shown: the URL without query, user and password.
    package var description: String { SourceURL.shown(url) }
}

/// Where a host's agent is.
package struct AgentPlace: Hashable, Sendable {
    /// The host's name, which its certificate must have.
    package var host: HostName
    /// Where the agent listens: an IP address or a name that resolves.
    package var address: String
    /// Its port.
    package var port: Int

    package init(host: HostName, address: String, port: Int) {
        self.host = host
        self.address = address
        self.port = port
    }

    /// Which of so many event loops calls it: always the same one while the process runs, since it has the connection that
    /// was kept.
    package func loop(of count: Int) -> Int { Int(UInt(bitPattern: host.hashValue) % UInt(count)) }
}
