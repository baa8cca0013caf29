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
            .sourceError, .sizeMismatch, .checksumMismatch, .ioError, .internal:
            true
        case .hostDown, .hostDisabled, .agentUnauthorized, .imageNotFound, .imageNotActive,
            .sourceUnauthorized, .noSpace, .unsafeImage, .formatMismatch, .conversionFailed,
            .unsupportedBackend, .deadlineExceeded, .cancelled:
            false
        }
    }
}
