internal import GRDB
package import PrecacheModel

extension SQLiteInventory {
    /// Takes a host's heartbeat in place of the one before: seen by readers at once, durable with the next flush.
    ///
    /// Throws `notFound`.
    package func recordHeartbeat(
        _ heartbeat: HeartbeatRecord,
        of host: HostName
    ) async throws(StoreError) {
        let id: Int64
        if let known = book.id(of: host) {
            id = known
        } else {
            let found = try await database.read { try HostRows.id($0, host) }
            guard let found else { throw StoreError.notFound("host", host.text) }
            book.remember(found, of: host)
            id = found
        }
        book.take(heartbeat, hostID: id)
    }

    /// Writes the heartbeats that have come since the last flush, in one transaction.
    ///
    /// When it fails they are kept for the next flush.
    package func flushHeartbeats() async throws(StoreError) {
        let unwritten = book.takeUnwritten()
        guard !unwritten.isEmpty else { return }
        do {
            try await database.write { database, _ in
                for beat in unwritten { try HeartbeatRows.write(database, beat) }
            }
            book.noteWritten(unwritten)
        } catch {
            book.putBack(unwritten)
            throw error
        }
    }

    /// Flushes heartbeats every `interval` until the task is cancelled, and then once more.
    ///
    /// - Parameters:
    ///   - interval: The default is 3 s.
    ///   - onError: Hears of each flush that failed; the next one tries again.
    package func keepHeartbeats(
        every interval: Duration = .seconds(3),
        onError: @Sendable (StoreError) -> Void
    ) async {
        var isCancelled = false
        while !isCancelled {
            do { try await Task.sleep(for: interval) } catch { isCancelled = true }
            do { try await flushHeartbeats() } catch { onError(error) }
        }
    }
}
