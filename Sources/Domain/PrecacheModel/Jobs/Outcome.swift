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
