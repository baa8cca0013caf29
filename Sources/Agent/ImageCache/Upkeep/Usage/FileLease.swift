import CLinux
import Glibc

/// The kernel's word that nobody else has a file open: a write lease (fcntl(2), F_SETLEASE).
///
/// It holds across users, containers and memory maps, and for as long as it is held whoever opens the file waits. It takes
/// the file's owner or CAP_LEASE, and a file system that is this machine's own.
enum FileLease {
    /// What asking for one came to.
    enum Answer: Hashable, Sendable {
        /// Nobody else has the file open, until its descriptor is closed.
        case held
        /// Somebody has.
        case open
        /// It can't be told, and why.
        case unknown(String)
    }

    /// Asks for a lease on an open file.
    static func take(_ file: OpenFile) -> Answer {
        if clinux_take_lease(file.descriptor) == 0 { return .held }
        let code = errno
        return code == EAGAIN ? .open : .unknown(String(cString: strerror(code)))
    }

    /// Whether a lease is still held in full: somebody who wants to open the file takes it away.
    static func isHeld(_ file: OpenFile) -> Bool { clinux_holds_lease(file.descriptor) == 1 }
}
