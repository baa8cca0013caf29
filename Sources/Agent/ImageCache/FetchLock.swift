import CLinux

/// The right to fetch an image that nova-compute on the same host may fetch as well; given back with its last reference.
package final class FetchLock: Sendable {
    /// Nil where there is no Nova to agree with.
    private let file: OpenFile?

    init(_ file: OpenFile?) { self.file = file }

    // Closing alone isn't enough: a child between fork(2) and execve(2) has the file open, too.
    deinit { if let file { clinux_unlock(file.descriptor) } }
}
