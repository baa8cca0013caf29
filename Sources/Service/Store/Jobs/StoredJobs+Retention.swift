package import PrecacheModel

extension StoredJobs {
    /// Rows that one transaction of a pruning deletes at most, so that the writer is never held for long.
    static let pruneBatch = 2_000

    /// Deletes jobs that have ended and that the policy no longer keeps, with their results and events, and policies' and
    /// coverage's history of that age, and forgets idempotency keys whose time is up.
    ///
    /// In batches: other writes go between. What a crash or a cancelled task interrupts, the next call finishes.
    ///
    /// - Returns: How many jobs went.
    /// - Throws: `StoreError`.
    @discardableResult
    package func prune(_ policy: RetentionPolicy) async throws(StoreError) -> Int {
        let now = clock()
        var count = 0
        var gone: Int
        repeat {
            gone = try await unlink(policy, now: now)
            count += gone
            try await repeatWhileTrue { database in
                try RetentionRows.empty(database, limit: Self.pruneBatch)
            }
        } while gone > 0 && !Task.isCancelled
        try await repeatWhileTrue { database in
            try IdempotencyRows.prune(database, now: now, limit: Self.pruneBatch) > 0
        }
        try await repeatWhileTrue { database in
            try StoredPolicies.prune(database, before: now - policy.maximumAge, limit: Self.pruneBatch)
        }
        try await repeatWhileTrue { try StoredPolicies.pruneSurplus($0, limit: Self.pruneBatch) }
        try await repeatWhileTrue { database in
            try StoredInventory.prune(database, before: now - policy.maximumAge, limit: Self.pruneBatch)
        }
        while try await engine.vacuum(pages: Self.pruneBatch) > Self.pruneBatch, !Task.isCancelled {}
        return count
    }

    /// Whether there are jobs that the policy no longer keeps.
    package func hasOld(_ policy: RetentionPolicy) async throws(StoreError) -> Bool {
        let now = clock()
        return try await engine.read { database in
            try !RetentionRows.old(database, policy: policy, now: now, limit: 1).isEmpty
        }
    }

    private func unlink(_ policy: RetentionPolicy, now: Timestamp) async throws(StoreError) -> Int {
        try await engine.write(.rare) { [board] database, after in
            let gone = try RetentionRows.unlink(database, policy: policy, now: now, limit: 100)
            after.perform { for id in gone { board.forget(id) } }
            return gone.count
        }
    }

    /// Does a write again and again, each in a transaction of its own, until it says that there is no more.
    private func repeatWhileTrue(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Bool
    ) async throws(StoreError) {
        while !Task.isCancelled {
            guard try await engine.write(.rare, { database, _ in try body(database) }) else { return }
        }
    }
}

/// How long jobs that have ended are kept.
package struct RetentionPolicy: Hashable, Sendable {
    /// A job goes when it ended longer ago than this.
    ///
    /// The default is 30 days.
    package var maximumAge: Duration
    /// The newest so many that have ended are kept; those before them go.
    ///
    /// The default is 1,000.
    package var maximumCount: Int

    /// A job with events that a webhook still waits for stays for so long after its end, whatever the rest says.
    ///
    /// The default is a day and an hour: the time for which deliveries are tried, and some to give them up in.
    package var deliveryTime: Duration

    package init(
        maximumAge: Duration = .seconds(30 * 86_400),
        maximumCount: Int = 1_000,
        deliveryTime: Duration = .seconds(90_000)
    ) {
        self.maximumAge = maximumAge
        self.maximumCount = max(0, maximumCount)
        self.deliveryTime = deliveryTime
    }
}
