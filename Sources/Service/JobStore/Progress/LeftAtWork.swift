internal import GRDB
internal import Inventory
internal import PrecacheModel

/// Finds the waiting hosts of a job on which a process that is gone had begun a task: their agents may be at work on it.
///
/// Only a claim that was taken back is due at once and has begun: a host that waits for its first attempt has not begun,
/// and one that waits for another is due at a moment.
struct LeftAtWork {
    let database: Database
    let inventory: SQLiteInventory

    /// SQL for those among the waiting; `prefix` names the table.
    static func condition(_ prefix: String) -> String {
        "\(prefix)next_attempt_at = 0 AND \(prefix)started_at IS NOT NULL"
    }

    /// Those hosts, by their places.
    func find(job: Int64) throws -> [Int: ClaimedHost] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT ordinal, host_id, name, attempt FROM job_host
                WHERE job_id = ? AND state = 0 AND \(Self.condition(""))
                """
        )
        var found: [Int: ClaimedHost] = [:]
        for row in try Row.fetchAll(statement, arguments: [job]) {
            let name = row[2] as String
            let known = try inventory.reachable(database, hostID: row[1])
            found[row[0]] = ClaimedHost(
                ordinal: row[0],
                name: try Stored.hostName(name),
                address: known?.address ?? name,
                port: known?.port ?? HostEntry.defaultPort,
                isEnabled: known?.isEnabled ?? false,
                heartbeatAt: known?.heartbeatAt,
                heartbeatInterval: known?.heartbeatInterval ?? .zero,
                attempt: row[3] + 1,
                images: []
            )
        }
        return found
    }
}
