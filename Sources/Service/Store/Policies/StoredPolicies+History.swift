package import PrecacheModel

extension StoredPolicies {
    /// A moment with the policy that it is of.
    package typealias NamedMoment = (policy: PolicyName, moment: PolicyMoment)

    /// Moments that one transaction writes at most: others that change policies or hosts wait for it.
    private static let batch = 50

    /// The newest moments of a policy that are kept, however young the others are: a week of one each minute.
    static let kept = 10_000

    /// Writes down how policies stand, where that is news; of what several controllers see at once, it is news once.
    ///
    /// - Returns: What is the last moment of each now.
    @discardableResult
    package func note(_ moments: [NamedMoment]) async throws(StoreError) -> [NamedMoment] {
        var last: [NamedMoment] = []
        for start in stride(from: 0, to: moments.count, by: Self.batch) {
            last += try await note(moments[start..<min(start + Self.batch, moments.count)])
        }
        return last
    }

    private func note(_ moments: ArraySlice<NamedMoment>) async throws(StoreError) -> [NamedMoment] {
        try await engine.write(.rare) { database, _ in
            try moments.map { policy, moment in
                let last = try Self.history(database, policy, before: .max, since: nil, limit: 1).first
                if let last, !moment.isNews(after: last) { return (policy, last) }
                try database.run(
                    "INSERT INTO policy_history (policy, at, state, causes, status) VALUES (?1, ?2, ?3, ?4, ?5)",
                    [
                        policy.text, moment.at, moment.state.rawValue, moment.causes.joined(separator: ","),
                        moment.status,
                    ]
                )
                return (policy, moment)
            }
        }
    }

    /// How a policy stood, newest first, so many moments at most; also of one that is gone, until its moments are.
    ///
    /// Only those with numbers below `before`, and since a time.
    package func history(
        of policy: PolicyName,
        before: Int64 = .max,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [PolicyMoment] {
        try await engine.read { try Self.history($0, policy, before: before, since: since, limit: limit) }
    }

    private static func history(
        _ database: any StoreConnection,
        _ policy: PolicyName,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) throws -> [PolicyMoment] {
        let sql = """
            SELECT id, at, state, causes, status FROM policy_history
            WHERE policy = ?1 AND id < ?2 AND at >= ?3 ORDER BY id DESC LIMIT ?4
            """
        let start = since ?? Timestamp(microseconds: 0)
        return try database.all(sql, [policy.text, before, start, limit]) { row in
            PolicyMoment(
                number: row[0],
                at: row[1],
                state: PolicyStatus.State(rawValue: row[2]) ?? .held,
                causes: (row[3] as String).split(separator: ",").map(String.init),
                status: row[4]
            )
        }
    }

    /// Deletes moments from before this time, so many at most; the last of a policy that is there stays.
    ///
    /// - Returns: Whether there may be more.
    static func prune(_ database: any StoreConnection, before: Timestamp, limit: Int) throws -> Bool {
        try database.run(
            """
            DELETE FROM policy_history WHERE id IN (
                SELECT h.id FROM policy_history h WHERE h.at < ?1 AND (
                    EXISTS (SELECT 1 FROM policy_history n WHERE n.policy = h.policy AND n.id > h.id)
                    OR NOT EXISTS (SELECT 1 FROM policy p WHERE p.name = h.policy))
                ORDER BY h.at LIMIT ?2)
            """,
            [before, limit]
        ) == limit
    }

    /// Deletes what a policy has beyond its newest ``kept`` moments, so many at most.
    ///
    /// - Returns: Whether there may be more.
    static func pruneSurplus(_ database: any StoreConnection, kept: Int = kept, limit: Int) throws -> Bool {
        let policies = try database.all(
            "SELECT policy FROM policy_history GROUP BY policy HAVING count(*) > ?1",
            [kept]
        ) { $0[0] as String }
        var left = limit
        for policy in policies where left > 0 {
            left -= try database.run(
                """
                DELETE FROM policy_history WHERE id IN (
                    SELECT id FROM policy_history WHERE policy = ?1 AND id <= (
                        SELECT id FROM policy_history WHERE policy = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                    ORDER BY id LIMIT ?3)
                """,
                [policy, kept, left]
            )
        }
        return left == 0
    }
}
