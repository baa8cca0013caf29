package import PrecacheModel

/// Policies, in the service's database: what operators say, and what has been found out for them.
///
/// Specs and memories are JSON of those who read and write them.
package final class StoredPolicies: Sendable {
    /// A policy's row.
    package struct Row: Hashable, Sendable {
        package let name: PolicyName
        package let spec: String
        /// What its images were found to mean, and such; `{}` at first.
        package let memory: String
        package let createdAt: Timestamp
        package let updatedAt: Timestamp
    }

    /// What became of a policy when a set was applied.
    package enum Change: String, Sendable {
        case added, changed, removed, same
    }

    /// The most that there may be.
    package static let most = 1_000

    private let inventory: StoredInventory
    private let engine: any StoreEngine
    private let clock: @Sendable () -> Timestamp

    init(inventory: StoredInventory, engine: any StoreEngine, clock: @escaping @Sendable () -> Timestamp) {
        self.inventory = inventory
        self.engine = engine
        self.clock = clock
    }

    /// All, by name, with what makes them up to date: a number that rises when any of them, or the inventory, changes.
    package func all() async throws(StoreError) -> (rows: [Row], revision: Int64) {
        try await engine.read { (try Self.all($0), try FleetRows.revision($0)) }
    }

    private static func all(_ database: any StoreConnection) throws -> [Row] {
        try database.all("SELECT name, spec, memory, created_at, updated_at FROM policy ORDER BY name") {
            row in
            let text: String = row[0]
            guard let name = try? PolicyName(text) else {
                throw StoreError(.corrupt, message: "a policy has the impossible name '\(text)'")
            }
            return Row(name: name, spec: row[1], memory: row[2], createdAt: row[3], updatedAt: row[4])
        }
    }

    /// Makes policies these, in one transaction.
    ///
    /// - Parameters:
    ///   - wanted: Names and specs, each name once.
    ///   - prune: Whether all others go.
    ///   - dryRun: Whether only to say what would change.
    /// - Returns: What became of each, in the order given, those that went last.
    /// - Throws: `conflict` (subject `policy`) if there would be more than ``most``.
    package func apply(
        _ wanted: [(name: PolicyName, spec: String)],
        prune: Bool,
        dryRun: Bool = false
    ) async throws(StoreError) -> [(name: PolicyName, change: Change)] {
        let now = clock()
        let body: @Sendable (any StoreConnection) throws -> [(name: PolicyName, change: Change)] = {
            database in
            var present = Dictionary(uniqueKeysWithValues: try Self.all(database).map { ($0.name, $0) })
            var changes: [(name: PolicyName, change: Change)] = []
            var count = present.count
            for (name, spec) in wanted {
                let old = present.removeValue(forKey: name)
                let change: Change = old == nil ? .added : old?.spec == spec ? .same : .changed
                if change == .added { count += 1 }
                changes.append((name, change))
                guard !dryRun, change != .same else { continue }
                try database.run(
                    """
                    INSERT INTO policy (name, spec, memory, created_at, updated_at) VALUES (?1, ?2, '{}', ?3, ?3)
                    ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, updated_at = excluded.updated_at
                    """,
                    [name.text, spec, now]
                )
            }
            if prune {
                for name in present.keys.sorted(by: { $0.text < $1.text }) {
                    changes.append((name, .removed))
                    count -= 1
                    if !dryRun { try database.run("DELETE FROM policy WHERE name = ?1", [name.text]) }
                }
            }
            guard count <= Self.most else {
                throw StoreError(
                    .conflict,
                    subject: "policy",
                    message: "\(count) policies would be more than the \(Self.most) that there may be"
                )
            }
            return changes
        }
        return dryRun
            ? try await engine.read(body) : try await inventory.change { database, _ in try body(database) }
    }

    /// Removes one.
    ///
    /// Throws `notFound`.
    package func delete(_ name: PolicyName) async throws(StoreError) {
        try await inventory.change { database, _ in
            guard try database.run("DELETE FROM policy WHERE name = ?1", [name.text]) > 0 else {
                throw StoreError.notFound("policy", name.text)
            }
        }
    }

    /// Writes down what was found out for policies, unless they are gone or somebody else has written since.
    package func remember(_ memories: [(row: Row, memory: String)]) async throws(StoreError) {
        try await inventory.change { database, _ in
            for (row, memory) in memories {
                try database.run(
                    "UPDATE policy SET memory = ?1 WHERE name = ?2 AND memory = ?3",
                    [memory, row.name.text, row.memory]
                )
            }
        }
    }

    /// The images that open jobs are to bring to hosts, by the hosts' numbers, and the open jobs of policies.
    package func openWork() async throws(StoreError) -> (
        pairs: [(host: Int64, image: ImageID)], jobs: [(id: JobID, policy: PolicyName)]
    ) {
        try await engine.read { database in
            let jobs = try database.all(
                "SELECT uuid, policy FROM job WHERE \(StoredJobState.open) AND policy IS NOT NULL ORDER BY id"
            ) { row in
                (try Stored.jobID(row[0]), row[1] as String)
            }
            return (
                try JobAdmission.openPairs(database),
                jobs.compactMap { id, name in (try? PolicyName(name)).map { (id, $0) } }
            )
        }
    }
}
