/// Why the database couldn't do what was asked: what failed, on which file, and what mends it.
///
/// What is wrong with a *request* (a name that is taken, a host that isn't there) is never told with this type.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, stable for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// The file system, or the database's size limit, has no room. Works again when there is room.
        case full = "store_full"
        /// Another process held the write lock for longer than the busy timeout.
        case busy = "store_busy"
        /// The file or its file system may not be written.
        case readOnly = "store_read_only"
        /// Reading, writing or syncing the file failed.
        case ioError = "store_io_error"
        /// The file's contents are damaged.
        case corrupt = "store_corrupt"
        /// The file isn't a SQLite database, or not one of Precache's.
        case notADatabase = "store_not_a_database"
        /// A newer version of Precache has changed the database's schema.
        case newerVersion = "store_newer_version"
        /// The schema must be brought up to date first, which only the service does.
        case olderVersion = "store_older_version"
        /// Another `precached` uses the database.
        case inUse = "store_in_use"
        /// The file can't be opened or created.
        case cannotOpen = "store_cannot_open"
        /// The store has been closed.
        case closed = "store_closed"
        /// A fault of ours, such as a statement that SQLite refuses.
        case `internal` = "store_internal"
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and what to do about it, for people; names the file, holds no data from it.
    public let message: String

    /// Describes a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later without anyone changing the request or the program.
    public var isTransient: Bool {
        switch code {
        case .full, .busy, .ioError: true
        case .readOnly, .corrupt, .notADatabase, .newerVersion, .olderVersion, .inUse, .cannotOpen, .closed,
            .internal:
            false
        }
    }

    /// Code and message, fit for logs.
    public var description: String { "\(code.rawValue): \(message)" }
}
