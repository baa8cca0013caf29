internal import GRDB
package import PrecacheModel

extension StoreError {
    /// What an error means: one of ours as it is, one of SQLite's translated.
    ///
    /// Only SQLite's own words and the result code are kept: no statement and no values.
    package init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, message: "'\(path)': \(error)")
            return
        }
        let words = "\(error.message ?? "no message") (SQLite \(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.full, message: "no room for '\(path)': \(words); make room on its file system")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .busy,
                message: "'\(path)' is locked by another process: \(words); end that process or try again"
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.readOnly, message: "'\(path)' can't be written: \(words); let this user write it")
        case .SQLITE_IOERR:
            self.init(
                .failed,
                message: "reading or writing '\(path)' failed: \(words); see the kernel's log and the disk"
            )
        case .SQLITE_CORRUPT:
            self.init(
                .corrupt,
                message: "'\(path)' is damaged: \(words); restore it from a backup, or move it away"
            )
        case .SQLITE_NOTADB:
            self.init(
                .corrupt,
                message: "'\(path)' is not a SQLite database: \(words); set database.path to another file"
            )
        case .SQLITE_CANTOPEN:
            self.init(
                .failed,
                message: "cannot open '\(path)': \(words); let this user write the file and its directory"
            )
        case .SQLITE_MISUSE:
            self.init(.closed, message: "'\(path)' has been closed")
        default:
            self.init(.failed, message: "'\(path)': \(words)")
        }
    }
}
