import PrecacheModel
import ServiceAPI

final class PolicyKeeper: WantedImages {
    func images(wantedOn aggregate: AggregateName) async throws(StoreError) -> Set<ImageID> { [] }
    func leases(of host: Int64, unless mark: String?) -> LeaseSet? { nil }
}
