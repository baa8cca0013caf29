import HTTPServing
import HTTPTypes
import PrecacheModel
import Synchronization

@testable import NovaAPI

/// An inventory in memory.
///
/// It has the aggregate `web` (number 1, zone `z1`, host `c1`) and the hosts `c1` and `c2`; it refuses what isn't there, and
/// whatever a test says.
final class FakeNova: NovaInventory, NovaJobs, Gatekeeper {
    static let start = Timestamp(microseconds: 1_570_803_547_366_577)

    struct State {
        var aggregates: [AggregateRecord] = []
        var hosts: [ComputeHost] = []
        var refusal: AggregateRefusal?
        var edits: [AggregateEdit] = []
        var orders: [[ImageID]] = []
        var trouble: StoreError?
        /// Tokens that hold for one more look, and then none.
        var brief: [String: Bool] = [:]
    }

    let state: Mutex<State>

    init() throws {
        let web = AggregateRecord(
            id: 1,
            uuid: "00000000-0000-4000-8000-000000000001",
            entry: AggregateEntry(
                name: try AggregateName("web"),
                availabilityZone: "z1",
                metadata: ["ssd": "true"]
            ),
            hosts: [try HostName("c1")],
            createdAt: Self.start,
            updatedAt: Self.start
        )
        let hosts = try [("c1", ["z1"], true), ("c2", [], false)].enumerated().map { index, host in
            ComputeHost(
                host: HostRecord(
                    id: Int64(index + 1),
                    entry: HostEntry(
                        name: try HostName(host.0),
                        address: "10.0.0.\(index + 1)",
                        isEnabled: host.2,
                        disabledReason: host.2 ? nil : "broken fan"
                    ),
                    createdAt: Self.start,
                    updatedAt: Self.start,
                    lastHeartbeat: index > 0
                        ? nil
                        : HeartbeatRecord(
                            receivedAt: Self.start,
                            interval: .seconds(30),
                            version: "1",
                            startedAt: nil,
                            diskTotalBytes: 100 << 30,
                            diskFreeBytes: 40 << 30,
                            cacheImages: 0,
                            cacheBytes: 0,
                            tasks: 0
                        )
                ),
                serviceUUID: "00000000-0000-4000-8000-00000000005\(index)",
                hypervisorUUID: "00000000-0000-4000-8000-00000000009\(index)",
                zones: host.1
            )
        }
        state = Mutex(State(aggregates: [web], hosts: hosts))
    }

    func allAggregates() async throws(StoreError) -> [AggregateRecord] {
        if let trouble = state.withLock({ $0.trouble }) { throw trouble }
        return state.withLock { $0.aggregates }
    }

    func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord? {
        state.withLock { $0.aggregates.first { $0.id == key.id } }
    }

    func createAggregate(_ entry: AggregateEntry) async throws(StoreError) -> AggregateRecord {
        try answer(AggregateKey(id: 1)) { $0.entry = entry }
    }

    func editAggregate(
        _ key: AggregateKey,
        _ edit: AggregateEdit
    ) async throws(StoreError) -> AggregateRecord {
        state.withLock { $0.edits.append(edit) }
        return try answer(key) { $0.updatedAt = Self.start + .seconds(1) }
    }

    func deleteAggregate(
        _ key: AggregateKey,
        onlyIfEmpty: Bool
    ) async throws(StoreError) -> AggregateName {
        try answer(key) { _ in }.name
    }

    func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord {
        try answer(key, host: host) { $0.hosts.append(host) }
    }

    func removeMember(
        _ host: HostName,
        from key: AggregateKey
    ) async throws(StoreError) -> AggregateRecord {
        try answer(key, host: host) { $0.hosts = [] }
    }

    func computeHosts() async throws(StoreError) -> [ComputeHost] { state.withLock { $0.hosts } }

    func cacheImages(
        _ images: [ImageID],
        on aggregate: Int64,
        by caller: Caller,
        trace: TraceContext?
    ) async throws(StoreError) -> JobRecord {
        state.withLock { $0.orders.append(images) }
        guard let name = state.withLock({ $0.aggregates.first?.name }) else {
            throw .notFound("aggregate", "\(aggregate)")
        }
        return JobRecord(
            id: .make(),
            aggregate: name,
            aggregateID: aggregate,
            images: [],
            limits: JobLimits(
                parallelism: .hosts(1),
                hostTimeout: .seconds(1),
                maxAttempts: 1,
                deadline: .seconds(1)
            ),
            state: .queued,
            hostsTotal: 1,
            hostsDone: 0,
            results: OutcomeCounts(),
            bytesDone: 0,
            bytesTotal: 0,
            createdAt: Self.start
        )
    }

    func admit(_ credentials: Credentials, peer: String) -> Admission {
        guard let word = credentials.authToken else { return .refused }
        let isOver = state.withLock { state in
            guard let seen = state.brief[word] else { return false }
            state.brief[word] = true
            return seen
        }
        if isOver { return .refused }
        if word == "flood" { return .slowed(.seconds(2)) }
        if word == "away" { return .unfamiliar }
        if word.hasPrefix("keystone:") || word.hasPrefix("roleless:") {
            let identity = KeystoneIdentity(
                userID: "u",
                userName: "user",
                projectID: String(word.dropFirst(9)),
                projectName: "p",
                roles: []
            )
            let role: Role? = word.hasPrefix("keystone:") ? .admin : nil
            return .admitted(Caller(name: "user", role: role, keystone: identity))
        }
        return Role(rawValue: word).map { .admitted(Caller(name: word, role: $0)) } ?? .refused
    }

    func admitAnew(_ credentials: Credentials, peer: String) async -> Admission { .unavailable(.seconds(4)) }

    var challenges: [String] { ["Keystone uri=\"http://keystone:5000\""] }

    private func answer(
        _ key: AggregateKey,
        host: HostName? = nil,
        _ change: (inout AggregateRecord) -> Void
    ) throws(StoreError) -> AggregateRecord {
        try state.withLock { state throws(StoreError) in
            switch state.refusal {
            case nil: break
            case .noAggregate: throw .notFound("aggregate", key.text)
            case .noHost: throw .notFound("host", host?.text ?? "")
            case .notMember: throw .notFound("member", host?.text ?? "")
            case let refusal?: throw .refused(refusal)
            }
            guard var record = state.aggregates.first(where: { $0.id == key.id }) else {
                throw .notFound("aggregate", key.text)
            }
            change(&record)
            return record
        }
    }
}
