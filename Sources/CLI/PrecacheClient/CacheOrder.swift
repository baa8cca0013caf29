/// What `POST /v1/aggregates/{name or id}/images` asks for.
package struct CacheOrder: Encodable, Sendable, Hashable {
    private struct Image: Encodable {
        let id: String
    }

    /// The images' identifiers.
    package var images: [String]
    /// Hosts at once: a number or a percentage, as `Parallelism` reads it; nil for the service's own.
    package var parallelism: String?
    /// The longest that an attempt may take on a host, in seconds.
    package var hostTimeoutSeconds: Int?
    /// Attempts per host.
    package var maxAttempts: Int?
    /// The longest that the job may take, in seconds.
    package var deadlineSeconds: Int?
    /// How long each host is to keep the images, in seconds; nil for no promise.
    package var keepSeconds: Int?

    package init(
        images: [String],
        parallelism: String? = nil,
        hostTimeoutSeconds: Int? = nil,
        maxAttempts: Int? = nil,
        deadlineSeconds: Int? = nil,
        keepSeconds: Int? = nil
    ) {
        self.images = images
        self.parallelism = parallelism
        self.hostTimeoutSeconds = hostTimeoutSeconds
        self.maxAttempts = maxAttempts
        self.deadlineSeconds = deadlineSeconds
        self.keepSeconds = keepSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case cache
        case parallelism
        case hostTimeoutSeconds = "host_timeout_seconds"
        case maxAttempts = "max_attempts"
        case deadlineSeconds = "deadline_seconds"
        case keepSeconds = "keep_seconds"
    }

    /// Writes the body; a parallelism of digits alone as a number.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(images.map(Image.init), forKey: .cache)
        if let parallelism, let hosts = Int(parallelism) {
            try container.encode(hosts, forKey: .parallelism)
        } else {
            try container.encodeIfPresent(parallelism, forKey: .parallelism)
        }
        try container.encodeIfPresent(hostTimeoutSeconds, forKey: .hostTimeoutSeconds)
        try container.encodeIfPresent(maxAttempts, forKey: .maxAttempts)
        try container.encodeIfPresent(deadlineSeconds, forKey: .deadlineSeconds)
        try container.encodeIfPresent(keepSeconds, forKey: .keepSeconds)
    }
}
