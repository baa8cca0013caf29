internal import Glibc
package import Logging

/// systemd's journal as the reader of standard error: it takes a line's priority from its beginning (sd-daemon(3)).
package enum Journal {
    /// Whether a descriptor leads to the journal.
    ///
    /// `$JOURNAL_STREAM` has device and inode of the stream that systemd made (systemd.exec(5)). What was redirected since
    /// is another file, whose readers want lines as they are.
    package static func reads(_ descriptor: Int32) -> Bool {
        getenv("JOURNAL_STREAM").map { leads(descriptor, to: String(cString: $0)) } ?? false
    }

    /// Whether a descriptor is the file of this device and inode, `DEVICE:INODE`.
    static func leads(_ descriptor: Int32, to stream: String) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// What a line of a level begins with: syslog's priority, by which `journalctl -p warning` chooses.
    package static func prefix(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}
