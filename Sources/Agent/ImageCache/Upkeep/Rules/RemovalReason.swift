/// Why a file was removed.
package enum RemovalReason: String, Sendable, CaseIterable {
    /// Unused for longer than the minimum age.
    case unused
    /// To make room for a download.
    case room
    /// The cache had more bytes than it may have.
    case limit
    /// Its bytes no longer were what they had been: moved to quarantine.
    case damaged
    /// Someone asked for it.
    case asked
}
