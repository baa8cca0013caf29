import Coverage
import Policies
import PrecacheModel
import ServiceAPI
import Store
import Synchronization

extension PolicyKeeper: WantedImages {
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID> {
        state.withLock { $0.round?.wanted[aggregate] ?? [] }
    }

    func leases(of host: Int64, unless mark: String?) -> LeaseSet? {
        state.withLock { $0.round }?.leases(of: host, unless: mark, for: needs.settings.lease)
    }
}

extension PolicyKeeper: PolicyRecords {
    func policies(
        after: String,
        limit: Int
    ) async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)] {
        var found: [(record: PolicyRecord, status: PolicyStatus)] = []
        var (after, isEnd) = (after, false)
        // Rows that can't be read are passed over, and don't make a page look like the last.
        while found.count < limit, !isEnd {
            let wanted = limit - found.count
            let rows = try await needs.store.policies.page(after: after, limit: wanted)
            found += rows.compactMap(withStatus)
            (after, isEnd) = (rows.last?.name.text ?? after, rows.count < wanted)
        }
        return found
    }

    func policy(_ name: PolicyName) async throws(StoreError) -> (record: PolicyRecord, status: PolicyStatus)?
    {
        guard let found = try await needs.store.policies.policy(name).flatMap(withStatus) else { return nil }
        return (found.record, try await explained(found.status))
    }

    /// The same with what the example of each cause said, and in which job.
    private func explained(_ status: PolicyStatus) async throws(StoreError) -> PolicyStatus {
        guard status.heldUpBy.contains(where: { $0.image != nil }) else { return status }
        let hosts = try await needs.store.inventory.fleet().hosts
        var status = status
        for (place, hold) in status.heldUpBy.enumerated() {
            guard let image = hold.image, let host = hosts.first(where: { $0?.name == hold.example })??.id
            else { continue }
            let copies = try await needs.store.inventory.copies(of: image, on: [host])
            guard let last = copies[host]?.last, last.reason?.rawValue == hold.cause.text else { continue }
            status.heldUpBy[place].job = last.job
            if let detail = last.detail { status.heldUpBy[place].detail = detail }
        }
        return status
    }

    private func withStatus(_ row: StoredPolicyRow) -> (record: PolicyRecord, status: PolicyStatus)? {
        guard let kept = KeptPolicy(row) else { return nil }
        let known = state.withLock { state in
            state.lookedAt[row.name] == row.updatedAt
                ? state.round?.reconciliation.statuses[row.name] : nil
        }
        let first = PolicyStatus(state: kept.record.spec.isEnabled ? .working : .disabled, fraction: 0)
        return (kept.record, known ?? first)
    }

    func history(
        of name: PolicyName,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [PolicyMoment] {
        try await needs.store.policies.history(of: name, before: before, since: since, limit: limit)
    }

    func apply(
        _ policies: [(name: PolicyName, spec: PolicySpec)],
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [PolicyChange] {
        let texts = policies.map { (name: $0.name, spec: KeptPolicy.text($0.spec)) }
        let changes = try await needs.store.policies.apply(texts, prune: prune, dryRun: dryRun)
        if !dryRun { lookAtAll() }
        return changes
    }

    func delete(_ name: PolicyName) async throws(StoreError) {
        try await needs.store.policies.delete(name)
        lookAtAll()
    }

    private func lookAtAll() {
        state.withLock { $0.asked.isForAll = true }
        bell.yield()
    }

    func run(_ name: PolicyName) async throws(StoreError) {
        guard try await needs.store.policies.policy(name) != nil else {
            throw StoreError.notFound("policy", name.text)
        }
        try await needs.store.inventory.forgive(policyImages(of: name))
        state.withLock { _ = $0.asked.names.insert(name) }
        bell.yield()
    }

    private func policyImages(of name: PolicyName) -> Set<ImageID> {
        state.withLock { state in
            Set(
                state.policies.first { $0.record.name == name }?.meanings.flatMap { $0.current.map(\.id) }
                    ?? []
            )
        }
    }

    func fault(inZone zone: String) -> String? {
        do throws(ZoneDatabase.UnknownZone) {
            _ = try zones.rules(of: zone)
            return nil
        } catch {
            return error.description
        }
    }
}
