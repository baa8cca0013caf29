/// What became of one image on one host, or how it stands: the one shape of it from the agent that fetched it to the
/// record that people read.
///
/// Whoever speaks of it says beside it which image it is: agents by id, the ledger by the image's place in the job.
package struct ImageOutcome: Hashable, Sendable {
    /// Where the image stands; an agent says `cached`, `existing`, `error`, `unsupported` or `cancelled`.
    package var outcome: Outcome
    /// Why, if it isn't good.
    package var reason: Reason?
    /// More for people; holds no secret.
    package var detail: String?
    /// Whether an `error` may end better in another attempt: what the agent says at an attempt's end, not kept.
    package var isRetryable: Bool
    /// How long the source asked to be left alone, if it did; not kept either.
    package var retryAfter: Duration?
    /// Bytes of the image that the host holds.
    package var bytesDone: Int64
    /// Bytes in all, if known.
    package var bytesTotal: Int64?
    /// The URL that the bytes came from, without user, password and query; nil if nothing was fetched.
    package var source: String?
    /// Whether the agent itself has checked the file's digest; nil if there is no file.
    package var isVerified: Bool?
    /// Of an image that was exchanged: bytes that came from neighbours, and that this host read from the source.
    package var fromPeersBytes: Int64?
    package var fromSourceBytes: Int64?
    /// Those of the neighbours' that came from another zone; nil where none did.
    package var fromFarBytes: Int64?

    package init(
        _ outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        isRetryable: Bool = false,
        retryAfter: Duration? = nil,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool? = nil
    ) {
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
    }
}

/// What became of one image on one host.
///
/// Nova's words first (`nova/conductor/manager.py`, `cache_images`).
package enum Outcome: String, Sendable, CaseIterable {
    /// Nobody has begun.
    case pending
    /// An agent has the task.
    case running
    /// Downloaded and verified by this job.
    case cached
    /// Was there already; its age starts anew.
    case existing
    /// Could not be had; the reason says why.
    case error
    /// The host's storage needs no cache.
    case unsupported
    /// The host was down or disabled.
    case skipped
    /// The job was cancelled before this image was done.
    case cancelled

    /// Whether nothing will change it any more.
    package var isFinal: Bool { self != .pending && self != .running }

    /// Whether the host can boot from the image now without a download.
    package var isGood: Bool { self == .cached || self == .existing || self == .unsupported }
}

/// Why an outcome isn't good: a closed list that programs rely on.
///
/// Never rename one.
package enum Reason: String, Sendable, CaseIterable {
    /// No heartbeat for three intervals from a host that used to send them.
    case hostDown = "host_down"
    /// The inventory says that the host takes no work.
    case hostDisabled = "host_disabled"
    /// No connection to the agent, or it broke and couldn't be made again.
    case agentUnreachable = "agent_unreachable"
    /// The agent didn't finish within the host's time limit, or fell silent.
    case agentTimeout = "agent_timeout"
    /// The agent refused our token or certificate, or we its certificate.
    case agentUnauthorized = "agent_unauthorized"
    /// The agent at the host's address is another host's.
    case wrongHost = "wrong_host"
    /// The agent's answer broke the protocol.
    case agentProtocol = "agent_protocol"
    /// The source has no such image.
    case imageNotFound = "image_not_found"
    /// The image exists but can't be used now.
    case imageNotActive = "image_not_active"
    /// No connection to the source.
    case sourceUnreachable = "source_unreachable"
    /// The source refused the credentials.
    case sourceUnauthorized = "source_unauthorized"
    /// The source asked us to slow down (429 or 503).
    case sourceThrottled = "source_throttled"
    /// The source failed in another way: 5xx, a broken or stalled transfer, redirects without end.
    case sourceError = "source_error"
    /// No neighbour is left to get the image from.
    case peersUnavailable = "peers_unavailable"
    /// The file's size isn't what was promised.
    case sizeMismatch = "size_mismatch"
    /// The bytes' digest isn't what was promised.
    case checksumMismatch = "checksum_mismatch"
    /// The host's disk has no room for it.
    case noSpace = "no_space"
    /// The image could harm the host.
    case unsafeImage = "unsafe_image"
    /// The bytes aren't of the format claimed.
    case formatMismatch = "format_mismatch"
    /// qemu-img couldn't convert it.
    case conversionFailed = "conversion_failed"
    /// The host's file system failed.
    case ioError = "io_error"
    /// The host's storage needs no cache.
    case unsupportedBackend = "unsupported_backend"
    /// The job's time was up.
    case deadlineExceeded = "deadline_exceeded"
    /// Someone cancelled the job.
    case cancelled
    /// A fault of ours.
    case `internal`

    /// Whether another attempt may end better.
    ///
    /// An agent's report says for itself; this is the rule where only the reason is known.
    package var isRetryable: Bool {
        switch self {
        case .agentUnreachable, .agentTimeout, .agentProtocol, .sourceUnreachable, .sourceThrottled,
            .sourceError, .peersUnavailable, .sizeMismatch, .checksumMismatch, .ioError, .internal:
            true
        case .hostDown, .hostDisabled, .agentUnauthorized, .wrongHost, .imageNotFound, .imageNotActive,
            .sourceUnauthorized, .noSpace, .unsafeImage, .formatMismatch, .conversionFailed,
            .unsupportedBackend, .deadlineExceeded, .cancelled:
            false
        }
    }
}
