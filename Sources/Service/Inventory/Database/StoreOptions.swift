/// How the database is opened; the defaults suit 10,000 hosts.
package struct StoreOptions: Sendable {
    /// Reading connections at most.
    ///
    /// The default is 4.
    package var readers: Int
    /// How long a write waits for another process (`precached token …`) before it fails as busy.
    ///
    /// The default is 5 s.
    package var busyTimeout: Duration
    /// How long a start waits for another process to let go of the database.
    ///
    /// The default is 1 s: enough for a command that is just bringing a fresh file up to date.
    package var lockTimeout: Duration
    /// The most pages of 4 KiB that the file may have, or nil for no limit (`PRAGMA max_page_count`).
    package var maximumPages: Int?

    /// Puts options together.
    package init(
        readers: Int = 4,
        busyTimeout: Duration = .seconds(5),
        lockTimeout: Duration = .seconds(1),
        maximumPages: Int? = nil
    ) {
        self.readers = max(1, readers)
        self.busyTimeout = busyTimeout
        self.lockTimeout = lockTimeout
        self.maximumPages = maximumPages
    }
}
