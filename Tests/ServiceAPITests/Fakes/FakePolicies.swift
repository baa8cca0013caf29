import Coverage
import PrecacheModel
import ServiceAPI

/// A fleet and policies that don't change, for routes that aren't about them: those are tried with the real ones.
struct FakePolicies: CoverageRecords, WantedImages, JobPlanning, PolicyRecords {
    func fleet() async throws(StoreError) -> Fleet { Fleet() }
    func copies(of image: ImageID, on hosts: [Int64]) async throws(StoreError) -> [Int64: ImageCopy] { [:] }
    func history(
        of pair: CoveragePair,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [CoverageMoment] { [] }
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID> { [] }
    func leases(of host: Int64, unless mark: String?) -> LeaseSet? { nil }
    func policies(
        after: String,
        limit: Int
    ) async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)] { [] }
    func policy(_ name: PolicyName) async throws(StoreError) -> (record: PolicyRecord, status: PolicyStatus)?
    {
        nil
    }
    func history(
        of name: PolicyName,
        before: Int64,
        since: Timestamp?,
        limit: Int
    ) async throws(StoreError) -> [PolicyMoment] { [] }
    func apply(
        _ policies: [(name: PolicyName, spec: PolicySpec)],
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [PolicyChange] { [] }
    func delete(_ name: PolicyName) async throws(StoreError) { throw .notFound("policy", name.text) }
    func run(_ name: PolicyName) async throws(StoreError) { throw .notFound("policy", name.text) }
    func fault(inZone zone: String) -> String? { nil }

    /// Two hosts in `web`, of which one has `one`.
    func plan(_ job: NewJob) async throws(StoreError) -> JobPlan? {
        do {
            let now = Timestamp(microseconds: 1_000_000)
            var fleet = Fleet()
            let hosts = try (1...2).map { number in
                Fleet.Host(id: number, name: try HostName("h\(number)"), isEnabled: true)
            }
            fleet.take(hosts, aggregates: [(1, try AggregateName("web"), [1, 2])], revision: 1)
            let held = HeartbeatImage(id: try ImageID("one"), sizeBytes: 10, isVerified: true)
            fleet.take([held], of: 1, mark: 1, at: now)
            let rules = PlanRules(maxInFlight: 4_096, maxDownloads: 64, exchanges: nil)
            return JobPlan(job, on: fleet, rules, .assumed, at: now)
        } catch {
            throw StoreError(.failed, message: "\(error)")
        }
    }
}
