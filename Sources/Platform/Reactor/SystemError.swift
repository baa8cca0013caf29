import CLinux
import Glibc

/// A system call that failed, with the `errno` it left.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the call, and what it was for where that helps: `epoll_create1`, `bind 127.0.0.1:7700`.
    package let call: String
    /// The `errno` of the failed call (see errno(3)).
    package let code: Int32

    /// Describes a failed call.
    ///
    /// - Parameters:
    ///   - call: The name of the call.
    ///   - code: Its `errno`.
    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// Describes a call of this thread that has just failed: takes `errno`, so make this before anything else runs.
    package init(call: StaticString) {
        code = errno
        self.call = call.description
    }

    /// The call and the system's own words: `bind 127.0.0.1:80: Permission denied (13)`.
    package var description: String {
        let words = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            clinux_describe_error(code, buffer.baseAddress, buffer.count).map { String(cString: $0) }
                ?? "error"
        }
        return "\(call): \(words) (\(code))"
    }
}
