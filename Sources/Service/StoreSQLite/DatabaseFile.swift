internal import Glibc
internal import PrecacheModel

/// Looks after the database's file before SQLite opens it: it must be a regular file that only its owner can read.
enum DatabaseFile {
    /// Creates the file with mode 0600 unless it exists, and takes others' permissions away if it does.
    ///
    /// SQLite gives the `-wal` and `-shm` files the same mode. The file isn't opened when it exists: closing it again
    /// would drop this process's own locks (fcntl(2), "Advisory record locking").
    static func prepare(path: String) throws(StoreError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw notAFile(path) }
            if status.st_mode & 0o077 != 0, chmod(path, 0o600) != 0 {
                throw failure(errno, path: path, doing: "take other users' permissions from")
            }
            guard access(path, R_OK | W_OK) == 0 else { throw failure(errno, path: path, doing: "write") }
            return
        }
        guard errno == ENOENT else { throw failure(errno, path: path, doing: "look at") }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(errno, path: path, doing: "create") }
        close(descriptor)
    }

    /// Whether the service may open the file, or make it and what goes beside it; changes nothing.
    static func check(path: String) throws(StoreError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw notAFile(path) }
            guard access(path, R_OK | W_OK) == 0 else { throw failure(errno, path: path, doing: "write") }
        } else if errno != ENOENT {
            throw failure(errno, path: path, doing: "look at")
        }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else {
            throw failure(errno, path: path, doing: "make files beside")
        }
    }

    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func notAFile(_ path: String) -> StoreError {
        StoreError(
            .corrupt,
            message: "'\(path)' is not a regular file: set database.path to a file's path"
        )
    }

    /// The error for a failed system call.
    static func failure(_ code: Int32, path: String, doing: String) -> StoreError {
        let cause = String(cString: strerror(code))
        let advice: String
        let kind: StoreError.Code
        switch code {
        case EACCES, EPERM:
            (kind, advice) = (.readOnly, "let this user read and write the file and its directory")
        case EROFS:
            (kind, advice) = (.readOnly, "the file system is mounted read-only; set database.path elsewhere")
        case ENOENT, ENOTDIR:
            (kind, advice) = (.failed, "create its directory, or set database.path elsewhere")
        case ENOSPC, EDQUOT:
            (kind, advice) = (.full, "make room on its file system")
        default:
            (kind, advice) = (.failed, "see that database.path names a file that can be written")
        }
        return StoreError(kind, message: "cannot \(doing) '\(path)': \(cause); \(advice)")
    }
}
