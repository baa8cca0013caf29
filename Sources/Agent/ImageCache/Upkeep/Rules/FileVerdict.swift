/// Whether a file may go.
package enum FileVerdict: Hashable, Sendable {
    /// It stays; if only time speaks against it, until when: microseconds since 1970, UTC.
    case stays(KeepReason, until: Int64? = nil)
    /// It may go: unused since then, in microseconds since 1970, UTC.
    case mayGo(since: Int64)
}
