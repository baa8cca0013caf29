internal import GRDB
package import PrecacheModel

extension SQLiteInventory {
    /// Every host as Nova's API shows it, in the order of their numbers: two statements, however many there are.
    package func computeHosts() async throws(StoreError) -> [ComputeHost] {
        let found = try await database.read { database in
            let zones = try ZoneRows.byHost(database)
            return try HostRows.compute(database).map { row in
                ComputeHost(
                    host: row.host,
                    serviceUUID: row.serviceUUID,
                    hypervisorUUID: row.hypervisorUUID,
                    zones: zones[row.host.id] ?? []
                )
            }
        }
        return found.map { host in
            var host = host
            host.host = withNewestHeartbeat(host.host)
            return host
        }
    }
}
