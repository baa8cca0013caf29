/// One of the services that share a database.
package struct ControllerRecord: Hashable, Sendable {
    /// Its number, which no other ever has.
    package var number: Int64
    /// What people call it.
    package var name: String
    package var version: String
    /// What tells its process from others on its machine.
    package var process: String
    /// How often it has said that it is alive.
    package var beat: Int64
    package var startedAt: Timestamp
    /// When it last said that it is alive, by the hour of the database server.
    package var seenAt: Timestamp
    /// How far the database server's clock is ahead of its own; zero where there is no server.
    package var clockOffset: Duration
    /// Jobs that it has and that haven't ended.
    package var openJobs: Int

    package init(
        number: Int64,
        name: String,
        version: String,
        process: String,
        beat: Int64,
        startedAt: Timestamp,
        seenAt: Timestamp,
        clockOffset: Duration,
        openJobs: Int
    ) {
        self.number = number
        self.name = name
        self.version = version
        self.process = process
        self.beat = beat
        self.startedAt = startedAt
        self.seenAt = seenAt
        self.clockOffset = clockOffset
        self.openJobs = openJobs
    }

    /// How long ago it said that it is alive.
    package func silence(at now: Timestamp) -> Duration { max(.zero, now - seenAt) }
}
