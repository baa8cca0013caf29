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

    /// The most that there may be.
    package static let most = 1_000

    private let inventory: StoredInventory
    let engine: any StoreEngine
    private let clock: @Sendable () -> Timestamp

    init(inventory: StoredInventory, engine: any StoreEngine, clock: @escaping @Sendable () -> Timestamp) {
        self.inventory = inventory
        self.engine = engine
        self.clock = clock
    }

    /// All, by name; ``Coverage/Fleet/revision`` rises when any of them changes.
    package func all() async throws(StoreError) -> [Row] { try await page(after: "", limit: .max) }

    /// Those after a name, by name, so many at most.
    package func page(after: String, limit: Int) async throws(StoreError) -> [Row] {
        try await engine.read { try Self.rows($0, "name > ?1 ORDER BY name LIMIT ?2", [after, limit]) }
    }

    /// One; nil if there is none.
    package func policy(_ name: PolicyName) async throws(StoreError) -> Row? {
        try await engine.read { try Self.rows($0, "name = ?1", [name.text]).first }
    }

    private static func rows(
        _ database: any StoreConnection,
        _ which: String,
        _ values: [any StoreBindable]
    ) throws -> [Row] {
        let sql = "SELECT name, spec, memory, created_at, updated_at FROM policy WHERE \(which)"
        return try database.all(sql, values) { row in
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
    ) async throws(StoreError) -> [PolicyChange] {
        let now = clock()
        let body: @Sendable (any StoreConnection) throws -> [PolicyChange] = {
            database in
            var present = Dictionary(
                uniqueKeysWithValues: try Self.rows(database, "true", []).map { ($0.name, $0) }
            )
            var changes: [PolicyChange] = []
            var count = present.count
            for (name, spec) in wanted {
                let old = present.removeValue(forKey: name)
                let change: PolicyChange.Change = old == nil ? .added : old?.spec == spec ? .same : .changed
                if change == .added { count += 1 }
                changes.append(PolicyChange(name: name, change: change))
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
                    changes.append(PolicyChange(name: name, change: .removed))
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

    /// What jobs are about to do, and have done for policies.
    package struct Work: Sendable {
        /// The images that open jobs are to bring to hosts, by the hosts' numbers.
        package var pairs: [(host: Int64, image: ImageID)]
        /// The open jobs of policies, the oldest first.
        package var open: [PolicyName: [JobID]] = [:]
        /// When a job was last made for each.
        package var lastRun: [PolicyName: Timestamp] = [:]

        package init(pairs: [(host: Int64, image: ImageID)] = []) { self.pairs = pairs }
    }

    /// What jobs are about to do, and have done for policies.
    package func work() async throws(StoreError) -> Work {
        try await engine.read { database in
            var work = Work(pairs: try JobAdmission.openPairs(database))
            try database.rows(
                "SELECT uuid, policy FROM job WHERE \(StoredJobState.open) AND policy IS NOT NULL ORDER BY id",
                []
            ) { row in
                guard let name = try? PolicyName(row[1] as String) else { return }
                work.open[name, default: []].append(try Stored.jobID(row[0]))
            }
            try database.rows(
                "SELECT policy, max(created_at) FROM job WHERE policy IS NOT NULL GROUP BY policy",
                []
            ) { row in
                if let name = try? PolicyName(row[0] as String) { work.lastRun[name] = row[1] }
            }
            return work
        }
    }
}
