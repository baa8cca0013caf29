import Coverage
import PrecacheModel
import ServiceAPI

/// A fleet and policies that don't change, for routes that aren't about them: those are tried with the real ones.
struct FakePolicies: CoverageRecords, WantedImages, PolicyRecords {
    func fleet() async throws(StoreError) -> Fleet { Fleet() }
    func copies(of image: ImageID, on hosts: [Int64]) async throws(StoreError) -> [Int64: ImageCopy] { [:] }
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID> { [] }
    func leases(of host: Int64, unless mark: String?) -> LeaseSet? { nil }
    func policies() async throws(StoreError) -> [(record: PolicyRecord, status: PolicyStatus)] { [] }
    func apply(
        _ policies: [(name: PolicyName, spec: PolicySpec)],
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [PolicyChange] { [] }
    func delete(_ name: PolicyName) async throws(StoreError) { throw .notFound("policy", name.text) }
    func run(_ name: PolicyName) async throws(StoreError) { throw .notFound("policy", name.text) }
    func fault(inZone zone: String) -> String? { nil }
}
