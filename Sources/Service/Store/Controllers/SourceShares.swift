package import PrecacheModel

/// How controllers share what each source of images allows in all (`FanOut.Ledger` has the contract).
///
/// A controller's units are its until it gives them back or somebody takes over from it; all units of a source are never more
/// than its limit. What it may use of them is its cap, which is less where others want some and it has more than its part.
extension StoredJobs {
    package var sharesSources: Bool { engine.isShared }

    package func share(
        _ wishes: [SourceKey: SourceWish],
        limit: Int,
        keepsAll: Bool
    ) async throws(StoreError) -> [SourceKey: Int] {
        try await engine.write(.shares) { [controllers] database, _ in
            let me = controllers.number
            try SourceShareRows.dropOrphans(database)
            if !keepsAll {
                try SourceShareRows.dropOwn(database, me, but: Set(wishes.keys.map(\.text)))
            }
            var caps: [SourceKey: Int] = [:]
            for (source, wish) in wishes.sorted(by: { $0.key.text < $1.key.text }) {
                let rows = try SourceShareRows.find(database, source)
                let grant = SourceGrant(
                    wish,
                    own: rows.first { $0.owner == me }?.units ?? 0,
                    others: rows.filter { $0.owner != me },
                    limit: limit,
                    keepsAll: keepsAll
                )
                try SourceShareRows.put(database, source, me, units: grant.units, wanted: wish.wanted)
                caps[source] = grant.cap
            }
            return caps
        }
    }
}

/// What a controller gets of a source.
struct SourceGrant {
    /// What counts as its.
    let units: Int
    /// What it may use: less than it has until enough of its downloads have ended.
    let cap: Int

    struct Holding {
        let owner: Int64
        let units: Int
        let wanted: Int
    }

    /// - Parameters:
    ///   - wish: What is at work, and what could be.
    ///   - own: What it has.
    ///   - others: What others have and want.
    ///   - limit: What the source allows in all.
    ///   - keepsAll: Whether nothing is given back yet: some of it was taken over, for downloads that go on uncounted.
    init(_ wish: SourceWish, own: Int, others: [Holding], limit: Int, keepsAll: Bool = false) {
        let held = others.reduce(0) { $0 + $1.units }
        let free = max(0, limit - held - own)
        // What was taken over, or is at work since before, is above what there is to give: nobody can be told to stop.
        let had = max(own, wish.inUse)
        let wanted = max(wish.inUse, min(wish.wanted, limit))
        let isContended = others.contains { $0.wanted > $0.units }
        // Where there is less than one for each, whoever has one lets it go after a download, and another gets it.
        let part = isContended ? limit / (1 + others.count { $0.wanted > 0 }) : limit
        let most = min(wanted, max(1, part))
        guard had < most else {
            cap = keepsAll ? had : min(wanted, part)
            units = max(wish.inUse, cap)
            return
        }
        units = had + min(free, most - had)
        cap = units
    }
}

/// SQL about shares of sources.
enum SourceShareRows {
    static func find(
        _ database: any StoreConnection,
        _ source: SourceKey
    ) throws -> [SourceGrant.Holding] {
        try database.all("SELECT owner, units, wanted FROM source_share WHERE source = ?1", [source.text]) {
            SourceGrant.Holding(owner: $0[0], units: $0[1], wanted: $0[2])
        }
    }

    static func put(
        _ database: any StoreConnection,
        _ source: SourceKey,
        _ owner: Int64,
        units: Int,
        wanted: Int
    ) throws {
        guard units > 0 || wanted > 0 else {
            try database.run(
                "DELETE FROM source_share WHERE source = ?1 AND owner = ?2",
                [source.text, owner]
            )
            return
        }
        try database.run(
            """
            INSERT INTO source_share (source, owner, units, wanted) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (source, owner) DO UPDATE SET units = excluded.units, wanted = excluded.wanted
            """,
            [source.text, owner, units, wanted]
        )
    }

    /// Gives back what a controller has of other sources than these.
    static func dropOwn(
        _ database: any StoreConnection,
        _ owner: Int64,
        but sources: Set<String>
    ) throws {
        let own = try database.all("SELECT source FROM source_share WHERE owner = ?1", [owner]) {
            $0[0] as String
        }
        for source in own where !sources.contains(source) {
            try database.run("DELETE FROM source_share WHERE owner = ?1 AND source = ?2", [owner, source])
        }
    }

    /// Forgets what controllers had that are gone and have no job any more that somebody has to take over.
    static func dropOrphans(_ database: any StoreConnection) throws {
        try database.run(
            """
            DELETE FROM source_share WHERE \(ControllerRows.isOrphan)
                AND owner NOT IN (SELECT owner FROM job WHERE \(StoredJobState.open) AND owner IS NOT NULL)
            """
        )
    }

    /// Gives a controller that takes over jobs what those had for them that are gone: agents go on with their downloads.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - running: Downloads that may go on, by source.
    ///   - owner: Who takes over.
    /// - Throws: What the disk says.
    static func inherit(
        _ database: any StoreConnection,
        _ running: [SourceKey: Int],
        by owner: Int64
    ) throws {
        for (source, count) in running.sorted(by: { $0.key.text < $1.key.text }) where count > 0 {
            let left = try database.all(
                """
                SELECT owner, units FROM source_share WHERE source = ?1 AND \(ControllerRows.isOrphan)
                ORDER BY owner\(database.dialect.locked)
                """,
                [source.text]
            ) { (owner: $0[0] as Int64, units: $0[1] as Int) }
            var taken = 0
            for row in left {
                let some = min(row.units, count - taken)
                taken += some
                try database.run(
                    "UPDATE source_share SET units = units - ?1 WHERE source = ?2 AND owner = ?3",
                    [some, source.text, row.owner]
                )
            }
            guard taken > 0 else { continue }
            try database.run(
                """
                INSERT INTO source_share (source, owner, units, wanted) VALUES (?1, ?2, ?3, ?3)
                ON CONFLICT (source, owner) DO UPDATE SET units = source_share.units + excluded.units
                """,
                [source.text, owner, taken]
            )
        }
    }
}
