package import PrecacheModel

/// How controllers share what each source of images allows in all (`FanOut.Ledger` has the contract).
///
/// A controller's units are its until it gives them back or somebody takes over from it; all units of a source are never more
/// than its limit. What it may use of them is its cap, which is less where others want some and it has more than its part.
extension StoredJobs {
    package var sharesSources: Bool { engine.isShared }

    package func share(
        _ wishes: [SourceKey: SourceWish],
        limit: Int
    ) async throws(StoreError) -> [SourceKey: Int] {
        try await engine.write(.shares) { [controllers] database, _ in
            let me = controllers.number
            try SourceShareRows.dropOrphans(database)
            try SourceShareRows.dropOwn(database, me, but: Set(wishes.keys.map(\.text)))
            var caps: [SourceKey: Int] = [:]
            for (source, wish) in wishes.sorted(by: { $0.key.text < $1.key.text }) {
                let rows = try SourceShareRows.find(database, source)
                let grant = SourceGrant(
                    wish,
                    own: rows.first { $0.owner == me }?.units ?? 0,
                    others: rows.filter { $0.owner != me },
                    limit: limit
                )
                try SourceShareRows.put(database, source, me, units: grant.units, wanted: wish.wanted)
                caps[source] = grant.cap
            }
            return caps
        }
    }
}

/// What a controller gets of a source.
struct SourceGrant: Equatable {
    /// What counts as its.
    let units: Int
    /// What it may use: less than it has until enough of its downloads have ended.
    let cap: Int

    struct Holding {
        let owner: Int64
        let units: Int
        let wanted: Int
    }

    init(_ wish: SourceWish, own: Int, others: [Holding], limit: Int) {
        let held = others.reduce(0) { $0 + $1.units }
        let free = max(0, limit - held - own)
        // What was taken over, or is at work since before, is above what there is to give: nobody can be told to stop.
        let had = max(own, wish.inUse)
        let wanted = max(wish.inUse, min(wish.wanted, limit))
        let isContended = others.contains { $0.wanted > $0.units }
        // Where there is less than one for each, whoever has one lets it go after a download, and another gets it.
        let part = isContended ? limit / (1 + others.count { $0.wanted > 0 }) : limit
        guard had < min(wanted, max(1, part)) else {
            cap = min(wanted, part)
            units = max(wish.inUse, cap)
            return
        }
        units = had + min(free, min(wanted, max(1, part)) - had)
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

    /// Gives what those had that are gone to whoever takes over the first of their jobs: agents go on with their downloads.
    static func inherit(_ database: any StoreConnection, by owner: Int64) throws {
        let left = try database.all(
            "SELECT source, sum(units) FROM source_share WHERE \(ControllerRows.isOrphan) GROUP BY source",
            []
        ) { ($0[0] as String, $0[1] as Int) }
        guard !left.isEmpty else { return }
        try database.run("DELETE FROM source_share WHERE \(ControllerRows.isOrphan)")
        for (source, units) in left {
            try database.run(
                """
                INSERT INTO source_share (source, owner, units, wanted) VALUES (?1, ?2, ?3, ?3)
                ON CONFLICT (source, owner) DO UPDATE SET units = source_share.units + excluded.units
                """,
                [source, owner, units]
            )
        }
    }
}
